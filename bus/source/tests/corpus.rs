//! What is seen in the files of the corpus, as snapshots a person can read.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::path::{Path, PathBuf};

use trail_source::{Claim, Options, Scan, scan};

mod shown;

/// Returns the files of the corpus, sorted.
fn corpus() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut folders = vec![root];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn what_is_seen_in_the_corpus() {
    for file in corpus() {
        let folder = file
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let options = Options {
            open_fast_trace: name.starts_with("neighbour"),
            strict_doc: name.starts_with("neighbour"),
        };
        let path = format!("{folder}/{name}");
        let scan = scan(&path, &std::fs::read(&file).unwrap(), &options);
        insta::assert_snapshot!(path.replace(['/', '.'], "_"), shown::shown(&scan));
    }
}
