use super::price;

// trail:validates SHOP-1 AC-3
#[test]
fn adds() {
    let told = price(2);
    assert!(
        told == 7,
        "told {told}"
    );
}
