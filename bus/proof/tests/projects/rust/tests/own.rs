fn main() {
    if std::env::args().any(|own| own == "--list") {
        return;
    }
    println!("a harness of its own");
}
