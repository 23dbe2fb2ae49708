pub fn is(one: u64, other: u64) {
    assert_eq!(one, other);
}

#[track_caller]
pub fn is_here(one: u64, other: u64) {
    if one != other {
        panic!("{one} is not {other}");
    }
}
