//! Annotated items as users write them: they compile, run, and are what they were.
#![deny(warnings)]

use trail::validates;

#[trail::implements(work_item = "PROJ-1234", criterion = "AC-3")]
fn double(number: u32) -> u32 {
    number * 2
}

#[trail::implements(work_item = "PROJ-1234", criterion = ["AC-3", "AC-4@2",])]
#[trail::documents(work_item = "owner/repo#7", criterion = "AC-1")]
#[derive(Debug, PartialEq, Eq)]
struct Flow<const N: usize> {
    steps: [u8; N],
}

#[trail::implements(work_item = "PROJ-1234", criterion = "AC-3")]
impl<const N: usize> Flow<N> {
    #[trail::implements(work_item = "PROJ-1234", criterion = "AC-5", revision = 2)]
    const fn length(&self) -> usize {
        self.steps.len()
    }
}

#[test]
#[trail::validates(work_item = "PROJ-1234", criterion = "AC-3")]
fn an_annotated_test_runs() {
    assert_eq!(double(2), 4);
}

#[trail::validates(work_item = "PROJ-1234", criterion = "AC-3, AC-4@2")]
#[test]
#[validates(criterion = "AC-1", work_item = "#12")]
#[should_panic(expected = "left == right")]
fn an_annotated_test_can_fail() {
    assert_eq!(Flow { steps: [1] }.length(), 2);
}

#[trail::validates(work_item = "PROJ-1234", criterion = "AC-6")]
mod every_test_of_a_module {
    #[test]
    fn is_meant() -> Result<(), std::num::ParseIntError> {
        "1".parse::<u8>().map(drop)
    }
}

macro_rules! tests_of {
    ($item:literal, $($name:ident: $criterion:literal),*) => {
        $(
            #[test]
            #[trail::validates(work_item = $item, criterion = $criterion)]
            fn $name() {}
        )*
    };
}

tests_of!("PROJ-1234", made_by_a_macro: "AC-7", made_by_a_macro_too: "AC-8");
