//! A shop.

mod price;
pub use price::price;

/// Adds.
///
/// ```
/// assert_eq!(shop::add(1, 1), 2);
/// ```
pub fn add(a: u64, b: u64) -> u64 {
    assert!(a < 1000, "too large");
    a + b
}

/// Subtracts.
///
/// ```
/// assert_eq!(shop::subtract(1, 1), 1);
/// ```
pub fn subtract(a: u64, b: u64) -> u64 {
    a - b
}

#[cfg(test)]
mod tests {
    use super::*;

    // trail:validates SHOP-1 AC-1
    #[test]
    fn adds() {
        assert_eq!(add(2, 2), 4);
    }

    // trail:validates SHOP-1 AC-2@3
    #[test]
    fn adds_wrongly() {
        assert_eq!(add(2, 2), 5, "sum of {}", 2);
    }

    #[test]
    #[ignore = "slow"]
    fn slow() {}
}
