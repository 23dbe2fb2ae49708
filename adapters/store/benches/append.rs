//! Prints how many durable commits per second the local store makes, and its syncs.

use std::time::Instant;

use trail_port::Store;
use trail_port::store::Op;
use trail_store::LocalStore;

fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let store = LocalStore::open(dir.path()).expect("a new store opens");
    let commits: u32 = 5000;
    let value: Vec<u8> = (0..2048u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut times = Vec::new();
    let started = Instant::now();
    for n in 0..commits {
        let key = format!("journal/{n:08}");
        let began = Instant::now();
        store
            .commit(vec![Op::Put {
                key,
                value: value.clone(),
            }])
            .expect("the disk accepts");
        times.push(began.elapsed());
    }
    let took = started.elapsed();
    times.sort_unstable();
    let at = |per_cent: usize| times[(times.len() - 1) * per_cent / 100].as_secs_f64() * 1e3;
    println!(
        "store append: {commits} durable commits of 2 kB, {:.0} per second, p50 {:.3} ms, p99 {:.3} ms, {} syncs",
        f64::from(commits) / took.as_secs_f64(),
        at(50),
        at(99),
        store.syncs(),
    );
    let began = Instant::now();
    drop(store);
    println!("store close: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    let store = LocalStore::open(dir.path()).expect("the store opens again");
    let opened = began.elapsed();
    let all = store.scan("journal/").expect("the store can be read");
    println!(
        "store open: {:.1} ms, then {} values",
        opened.as_secs_f64() * 1e3,
        all.len()
    );
}
