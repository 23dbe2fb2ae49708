//! Prints what linting 2,000 criteria against 10,000 annotated Python tests in 200 files costs.
//!
//! The target is 0.5 s and less than 100 MB on two cores, warm and cold. The processor's time is told
//! too: on a machine that does other things as well, it is what can be compared.

mod generator;

use std::time::Instant;

use jiff::civil::date;
use trail_lint::{Format, Question, Settings, Walk, check, format};

use generator::Size;

const SIZE: Size = Size {
    criteria: 2_000,
    tests: 10_000,
    files: 200,
    seed: 5,
};

/// How often each is measured.
const ROUNDS: u32 = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    generator::write(SIZE, folder.path())?;
    let criteria = std::fs::read(folder.path().join("trail-criteria.json"))?;
    let settings = Settings::default();
    for threads in [1, 2] {
        let mut times: Vec<f64> = Vec::new();
        let mut told = String::new();
        let before = busy()?;
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let known = trail_lint::Known::from_json(&criteria)?;
            let walk = Walk::new(folder.path(), &[], &settings)?.threads(threads);
            let tree = walk.read(&|| ());
            let report = check(&Question {
                known: &known,
                settings: &settings,
                tree: &tree,
                whole: true,
                today: date(2026, 11, 21),
            });
            told = format::write(&report, Format::Human, "0");
            times.push(started.elapsed().as_secs_f64());
        }
        let first = times[0];
        times.sort_by(f64::total_cmp);
        println!(
            "{threads} threads: first {first:.3} s, median {:.3} s, fastest {:.3} s, processor {:.3} s each; {}",
            times[times.len() / 2],
            times[0],
            (busy()? - before) / f64::from(ROUNDS),
            told.lines().last().unwrap_or_default()
        );
    }
    println!("peak resident memory: {} MiB", peak()? / 1024);
    Ok(())
}

/// Returns the most memory this process had, in KiB.
fn peak() -> std::io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|own| own.strip_prefix("VmHWM:"));
    let number = line.and_then(|own| own.split_whitespace().next());
    Ok(number.and_then(|own| own.parse().ok()).unwrap_or(0))
}

/// Returns the processor time of this process so far, in seconds; Linux counts it in hundredths.
fn busy() -> std::io::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit(')').next().unwrap_or_default();
    let field = |index: usize| after.split_whitespace().nth(index)?.parse::<f64>().ok();
    // Of proc(5): 14 is the time in user mode, 15 in the kernel; two fields stand before the `)`.
    Ok((field(11).unwrap_or(0.0) + field(12).unwrap_or(0.0)) / 100.0)
}
