#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-1")]
fn before() { assert!(1 < 2); }

fn broken( { let x = ;

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-2")]
fn after() { assert!(1 < 2); }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3"]
fn broken_attribute() { assert!(1 < 2); }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-4")]
fn last() { assert!(1 < 2); }
