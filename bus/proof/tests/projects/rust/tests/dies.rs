// trail:validates SHOP-1 AC-5
#[test]
fn aborts() {
    std::thread::sleep(std::time::Duration::from_millis(300));
    std::process::abort();
}

#[test]
fn lives() {}
