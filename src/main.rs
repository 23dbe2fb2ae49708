//! The `trail` binary.
fn main() {}
