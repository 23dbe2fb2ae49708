// trail:validates SHOP-1 AC-6
#[test]
fn multiplies() {
    assert_eq!(shop::multiply(2, 3), 6);
}
