#[test]
#[trail::validates(work_item = "X-1")]
fn without_criterion() { body() }

#[test]
#[trail::validates]
fn without_anything() { body() }

#[test]
#[trail::validates(criterion = "AC-3")]
fn without_item() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "three")]
fn not_a_criterion() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "ac-03")]
fn nearly_a_criterion() { body() }

#[test]
#[trail::validates(work_item = "X 1", criterion = "AC-3")]
fn not_an_item() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3", because = "so")]
fn unknown_argument() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3", criterion = "AC-4")]
fn twice() { body() }

#[test]
#[trail::validates("X-1", "AC-3")]
fn by_place() { body() }

#[test]
#[trail::validates(work_item = ITEM, criterion = "AC-3")]
fn constant() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = concat!("AC-", 3))]
fn concatenated() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3", revision = REVISION)]
fn computed_revision() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3@2", revision = 2)]
fn two_revisions() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3, AC-4", revision = 2)]
fn which_revision() { body() }

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3", revision = 0)]
fn no_revision() { body() }

mod inner {
    #![trail::validates(work_item = "X-1", criterion = "AC-3")]
}

// trail:validates AC-3
fn a() {}
// trail:validates
fn b() {}
// trail:validates X-1
fn c() {}
// trail:validates X-1 AC-3 because it does
fn d() {}
// trail:validate X-1 AC-3
fn e() {}
// trail: implements X-1 AC-3
fn f() {}
// trail:ignore something until 2027-01-31: reason
fn g() {}
// trail:documents X_1 AC-3
fn h() {}
// trail:documents X-1 ac-3
fn i() {}
// trail:validates X-1 AC-3 AC-3@2
fn j() {}
fn k() {
    // trail:implements X-1 AC-3
}
fn l() {}
