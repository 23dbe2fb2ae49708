//! Prints what a report of an item with 1,000 records and a matrix of 2,000 criteria cost, on histories
//! that are made here, sealed and posted as real ones are.
//!
//! `cargo bench -p trail-reader --bench telling`. With `TRAIL_BENCH_LIMITS=1` it ends with an error
//! where a limit of the issue is not kept: 0.3 s for the report, 1 s for the matrix, each from the
//! bytes of the history to the page.

#[path = "../../tests/golden/world.rs"]
#[expect(dead_code, reason = "the golden tests use more of it")]
mod world;

mod session;

use std::process::ExitCode;
use std::time::Instant;

use trail_reader::history::History;
use trail_reader::matrix::{self, Filter, Matrix};
use trail_reader::{Judged, Report, Story};

/// How often each step is timed; the best counts, since other work on the machine only adds.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let large = session::large();
    let many = session::many(200, 10);
    let wide = session::many(1, 2_000);
    let mut kept = true;
    kept &= told(
        "report of an item with 1,000 records",
        &large,
        0.3,
        |stories| {
            let report = Report::of(&stories[0]);
            let records = report.totals.records;
            let bytes = report.html().len();
            format!("{records} records, a page of {} KiB", bytes / 1024)
        },
    );
    for (name, history) in [
        ("matrix of 2,000 criteria in 200 items", &many),
        ("matrix of 2,000 criteria in one item", &wide),
    ] {
        kept &= told(name, history, 1.0, |stories| {
            let matrix = Matrix::of(stories, &Filter::default());
            let proven = matrix.totals.standings.get("proven").copied().unwrap_or(0);
            assert_eq!(proven, 2_000, "every criterion of this history is proven");
            let bytes = matrix::html(&matrix).len();
            format!(
                "{} claims of tests, a page of {} KiB",
                matrix.totals.tests,
                bytes / 1024
            )
        });
    }
    if kept || std::env::var_os("TRAIL_BENCH_LIMITS").is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Times reading and telling a history; tells whether both together stay below `limit` seconds.
fn told(name: &str, history: &History, limit: f64, tell: impl Fn(&[Story]) -> String) -> bool {
    let (mut reading, mut telling) = (f64::INFINITY, f64::INFINITY);
    let mut about = String::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let judged = history.judge(None);
        let stories = stories(history, &judged);
        reading = reading.min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        about = tell(&stories);
        telling = telling.min(started.elapsed().as_secs_f64());
        for own in &judged {
            assert_eq!(own.judgement.findings, Vec::new(), "{}", own.subject.key);
        }
    }
    let whole = reading + telling;
    let share = whole / limit;
    println!(
        "{name} ({about}): verify and read {:.1} ms, tell {:.1} ms, together {:.0} % of {limit} s",
        reading * 1e3,
        telling * 1e3,
        share * 100.0
    );
    share <= 1.0
}

fn stories(history: &History, judged: &[Judged]) -> Vec<Story> {
    let trust = history.trust().ok();
    let told = judged
        .iter()
        .map(|own| Story::of(own, trust.as_ref(), &history.blobs));
    told.collect()
}
