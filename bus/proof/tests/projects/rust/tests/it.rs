mod common;

// trail:validates SHOP-1 AC-1
#[test]
fn unwraps() {
    let n: Option<u8> = None;
    n.unwrap();
}

// trail:validates SHOP-1 AC-1, AC-2
#[test]
fn product_asserts() {
    shop::add(2000, 1);
}

#[test]
#[should_panic]
fn panics() {}

#[test]
#[should_panic(expected = "large")]
fn panics_well() {
    shop::add(2000, 1);
}

#[test]
#[should_panic(expected = "small")]
fn panics_otherwise() {
    shop::add(2000, 1);
}

#[test]
fn returns() -> Result<(), String> {
    Err("no".to_owned())
}

#[test]
fn prints() {
    println!("to standard output");
    eprintln!("to standard error");
    std::process::Command::new("echo").arg("-n").arg("a child").status().unwrap();
}

#[test]
fn helper_asserts() {
    common::is(1, 2);
}

#[test]
fn helper_panics() {
    common::is_here(1, 2);
}

mod inner {
    // trail:validates SHOP-1 AC-4
    #[test]
    fn adds() {
        assert_eq!(shop::add(1, 1), 2);
    }
}
