//! trail:documents X-1 AC-20

use trail::{implements, validates as proves};

#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3")]
fn one() {
    assert!(true);
}

#[trail::validates(
    criterion = "AC-2", // the second
    work_item = "X-1",
)]
#[trail::validates(work_item = "Y-2", criterion = "AC-1", revision = 2)]
#[tokio::test(flavor = "multi_thread")]
/// Says what it does.
pub(crate) async fn two<'a>() -> Result<(), Error> {
    let c = '"';
    let d = '\'';
    Ok(())
}

// #[trail::validates(work_item = "X-1", criterion = "AC-9")]
fn not_this() {}
/* #[trail::validates(work_item = "X-1", criterion = "AC-9")] /* nested */
fn nor_this() {} */
const S: &str = "#[trail::validates(work_item = \"X-1\", criterion = \"AC-9\")] fn nor_that() {}
// trail:validates X-1 AC-9
fn in_a_string() {}";
const R: &str = r#"
#[trail::validates(work_item = "X-1", criterion = "AC-9")]
// trail:validates X-1 AC-9
fn in_a_raw_string() {}
"#;

#[cfg_attr(test, trail::validates(work_item = "X-1", criterion = "AC-4"))]
unsafe extern "C" fn three() {}

// trail:validates X-1 AC-5@3, AC-6
#[test]
fn four() -> Result<(), Error> {
    five()
}

/// Exports a report.
#[implements(work_item = "owner/repo#12", criterion = "AC-7, AC-8")]
pub fn five() -> Result<(), Error> {
    #[proves(work_item = "X-1", criterion = "AC-1")]
    fn inner() {}
    // trail:implements X-1 AC-1
    let x = 1;
    Ok(())
}

#[trail::implements(work_item = "X-1", criterion = ["AC-10", "AC-11"])]
impl<T> Report<T> {
    // trail:implements X-1 AC-12
    pub fn new() -> Self {
        Self
    }
}

#[cfg(test)]
#[trail::validates(work_item = "X-1", criterion = "AC-13")]
mod tests {
    use super::*;

    #[test]
    fn inherits() {
        assert_eq!(1, 1);
    }

    mod deeper {
        #[::trail::validates(work_item = "X-1", criterion = "AC-14")]
        #[rstest]
        #[case(1)]
        #[case(2)]
        fn with_cases(#[case] a: u32) {
            assert!(a > 0);
        }

        #[test]
        #[ignore = "slow"]
        fn ignored() {
            assert!(false);
        }

        #[test]
        fn empty() {
            // Nothing yet.
        }

        fn helper() {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// Says what it does.
    #[test]
    #[trail::validates(work_item = "X-1", criterion = "AC-15")]
    fn in_a_known_macro(a in 0..5u32, (b, c) in pairs()) {
        prop_assert!(a < 5);
    }

    // trail:validates X-1 AC-16
    #[test]
    fn commented_in_a_known_macro(a: u32) { let _ = a; }
}

my_macro! {
    #[trail::validates(work_item = "X-1", criterion = "AC-17")]
    fn in_an_unknown_macro() {}
}

macro_rules! make {
    ($name:ident) => {
        #[trail::validates(work_item = "X-1", criterion = "AC-9")]
        fn $name() {}
    };
}

#[other::validates(work_item = "X-1", criterion = "AC-9")]
fn foreign() {}

fn trailing() {} // trail:implements X-1 AC-18
fn after_trailing() {}

#[trail::documents(work_item = "X-1", criterion = "AC-19")]
enum Kind {
    // trail:implements X-1 AC-19
    One,
}
