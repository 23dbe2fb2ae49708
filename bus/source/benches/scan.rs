//! Prints what it costs to scan 10,000 annotated Python tests in 200 files, on one core and on two.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use trail_source::{Options, scan};

const FILES: usize = 200;
const TESTS: usize = 50;
const CRITERIA: usize = 10;

fn main() {
    let files: Vec<(String, String)> = (0..FILES).map(file).collect();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!(
        "{FILES} files, {} tests, {:.1} MB",
        FILES * TESTS,
        bytes as f64 / 1e6
    );
    for threads in [1, 2] {
        for round in 0..3 {
            let started = Instant::now();
            let claims = std::thread::scope(|scope| {
                let parts = files.chunks(FILES.div_ceil(threads));
                let all: Vec<_> = parts.map(|part| scope.spawn(|| count(part))).collect();
                all.into_iter()
                    .map(|part| part.join().expect("a scan does not panic"))
                    .sum::<usize>()
            });
            let took = started.elapsed();
            assert_eq!(claims, FILES * TESTS, "each test names one criterion");
            println!(
                "{threads} thread(s), round {round}: {:.0} ms, {:.1} MB/s",
                took.as_secs_f64() * 1e3,
                bytes as f64 / 1e6 / took.as_secs_f64()
            );
        }
    }
}

fn count(files: &[(String, String)]) -> usize {
    let claims = |(path, text): &(String, String)| {
        let scan = scan(path, black_box(text.as_bytes()), &Options::default());
        scan.tests
            .iter()
            .map(|test| test.validates.len())
            .sum::<usize>()
    };
    files.iter().map(claims).sum()
}

/// Writes a file of tests as people write them: a docstring, a few statements, an assertion.
fn file(index: usize) -> (String, String) {
    let mut text = String::from("import trail\nfrom report import render\n\n");
    for test in 0..TESTS {
        let number = index * TESTS + test;
        let item = number / CRITERIA % 200;
        let criterion = number % CRITERIA + 1;
        write!(
            text,
            "\n@trail.validates(work_item=\"BENCH-{}\", criterion=\"AC-{criterion}\")\n\
             def test_{number}_renders_the_report():\n    \
             report = render({{\"items\": {number}, \"rows\": [1, 2, 3]}})\n    \
             assert report.total == {number}\n    \
             assert report.rows[0] == 1, \"the first row\"\n\n",
            item + 1
        )
        .expect("a string takes everything");
    }
    (format!("tests/unit/test_part_{index}.py"), text)
}
