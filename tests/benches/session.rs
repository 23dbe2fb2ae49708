//! What the machinery costs: milliseconds for one sealed, durable decision.
//!
//! Plays sessions of 47 calls on the embedded set-up (tracker, stores and blobs on disk, in one
//! process) with a model that answers at once with 2 kB. Every answer is synced before the next call
//! is made, and every entry before it is acknowledged; the syncs are counted. The repository is in
//! memory: git's own time is not the machinery's.
//!
//! `cargo bench -p trail-tests --bench session`

use std::time::Instant;

use serde_json::{Value, json};
use trail_item::Stage;
use trail_tests::world::{BODY, World};

const SESSIONS: u32 = 20;
const ANSWER: usize = 2048;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(play());
}

async fn play() {
    let world = World::on_disk(&script());
    let workers = world.workers().await;
    let mut decisions = 0;
    let mut entries = 0;
    let before = world.syncs();
    let began = Instant::now();
    for _ in 0..SESSIONS {
        let item = world.file(BODY, &[]).await;
        for _ in 0..2 {
            world.settle(&workers, &item).await;
            world.approve(&item).await;
        }
        world.settle(&workers, &item).await;
        let state = world.view(&item).await.state;
        assert!(matches!(state.stage, Stage::Delivered { .. }), "{state:?}");
        decisions += state.calls;
        entries += state.entries;
    }
    let took = began.elapsed();
    let syncs = world.syncs() - before;
    println!(
        "{SESSIONS} sessions, {decisions} decisions, {entries} entries, answers of {ANSWER} bytes"
    );
    println!(
        "{:.3} ms per sealed, durable decision ({syncs} data syncs, {:.2} per decision)",
        took.as_secs_f64() * 1000.0 / f64::from(decisions),
        syncs as f64 / f64::from(decisions),
    );
    println!(
        "{:.1} sessions per second",
        f64::from(SESSIONS) / took.as_secs_f64()
    );
}

/// A session of 47 calls with the shape of the reference session.
fn script() -> String {
    let say = "x".repeat(ANSWER);
    let read = || json!({"name": "read", "arguments": {"path": "src/lib.rs"}});
    let write = |path: &str, text: &str| json!({"name": "write", "arguments": {"path": path, "content": text}});
    let deliver = || json!({"name": "deliver", "arguments": {"summary": "done"}});
    let run = || json!({"name": "run", "arguments": {"command": ["test"]}});
    let usage = json!({"input": 1000, "output": 500});
    let action = |name: &str, round: u32, turns: usize, last: Vec<Value>| {
        let mut calls: Vec<Value> = (1..turns)
            .map(|_| json!({"text": say, "calls": [read()], "usage": usage}))
            .collect();
        calls.push(json!({"text": say, "calls": last, "usage": usage}));
        json!({"action": name, "round": round, "turns": calls})
    };
    json!({"name": "scripted-bench", "actions": [
        action("plan", 1, 12, vec![deliver()]),
        action("implement", 1, 16, vec![write("src/greet.rs", "pub fn greet() {}\n"), deliver()]),
        action("write-tests", 1, 6, vec![write("tests/greet.rs", "fn greets() {}\n"), deliver()]),
        action("run-tests", 1, 4, vec![run(), deliver()]),
        action("fix", 1, 5, vec![write("src/greet.rs", "// fixed\n"), deliver()]),
        action("run-tests", 2, 3, vec![run(), deliver()]),
        action("deliver", 1, 1, vec![deliver()]),
    ]})
    .to_string()
}
