//! Prints what a durable append costs in process and over HTTP on loopback, and the memory used.

use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use trail_port::Tracker;
use trail_port::tracker::{Append, NewItem};
use trail_record::Digest;
use trail_tracker::{Client, Embedded, Project, Role, serve};

const APPENDS: u32 = 1000;

/// Appends 4 kB comments to a new item and prints how long each took.
async fn measure(name: &str, tracker: &dyn Tracker) {
    let new = NewItem {
        title: name.to_owned(),
        body: String::new(),
        labels: Vec::new(),
    };
    let item = tracker.create(&new).await.expect("an item can be made").id;
    let text = "0123456789abcdef".repeat(256);
    let mut times = Vec::new();
    let mut after = None;
    for n in 0..APPENDS {
        let key = Digest::of(format!("{name}/{n}").as_bytes());
        let append = Append {
            text: text.clone(),
            key,
            after,
        };
        let began = Instant::now();
        let landed = tracker
            .append(&item, &append)
            .await
            .expect("nobody else writes");
        times.push(began.elapsed());
        after = Some(landed.id);
    }
    times.sort_unstable();
    let mean = times.iter().sum::<Duration>() / APPENDS;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let began = Instant::now();
    let read = tracker.read(&item, None).await.expect("the item is there");
    println!(
        "tracker append, {name}: p50 {:.3} ms, mean {:.3} ms, p99 {:.3} ms; read of {} comments {:.1} ms",
        ms(times[times.len() / 2]),
        ms(mean),
        ms(times[times.len() * 99 / 100]),
        read.comments.len(),
        ms(began.elapsed()),
    );
}

/// Returns the memory of this process that is in use, as the kernel tells it.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap_or("unknown").trim().to_owned()
}

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let project = Project {
        id: "bench".into(),
        prefix: "TRK".to_owned(),
    };
    let embedded = Embedded::open(dir.path(), &project).expect("a new tracker opens");
    println!("tracker memory, new: {}", resident());
    let (user, token) = embedded
        .add_user("coder", "Coder", Role::Bot)
        .expect("a good login");
    measure(
        "in process",
        &embedded.as_user(&user.id).expect("it is active"),
    )
    .await;
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback is there");
    let base = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(serve(embedded.clone(), listener, CancellationToken::new()));
    let token = token.expose().to_owned().into();
    measure(
        "over HTTP",
        &Client::new(&base, &token).expect("a good address"),
    )
    .await;
    println!(
        "tracker syncs: {}; memory: {}",
        embedded.syncs(),
        resident()
    );
}
