//! What is worked on: a repository's files, the item, and the script in the model's place.

use std::path::Path;

use trail_tests::{binary, pages};

/// A project with one item to do.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// What item keys begin with.
    pub(crate) prefix: &'static str,
    /// The key of its item: the first of the tracker.
    pub(crate) key: &'static str,
    /// Paths and contents.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// The test command, and how its results are read.
    pub(crate) tests: (&'static str, &'static str),
    /// The script that plays the model.
    pub(crate) script: String,
    /// The item.
    pub(crate) title: String,
    /// Its body, in Markdown.
    pub(crate) body: String,
    /// How many calls the session takes.
    pub(crate) calls: usize,
}

impl Project {
    /// Returns the sample of `trail demo` with the script of the reference session.
    pub(crate) fn reference() -> Self {
        let root = binary::workspace();
        let mut files = Vec::new();
        collect(&root.join("src/demo/sample/repo"), "", &mut files);
        let annotations = root.join("policies/annotations/rust");
        for name in ["Cargo.toml", "src/lib.rs"] {
            let bytes = std::fs::read(annotations.join(name)).unwrap();
            files.push((format!("vendor/trail/{name}"), bytes));
        }
        let script = include_str!("../../../src/demo/scripts/scripted-a.json");
        // The sample's item is number 142; here it is the tracker's first.
        let script = script.replace("VSME-142", "VSME-1");
        Self {
            prefix: "VSME",
            key: "VSME-1",
            files,
            tests: ("cargo test --offline --test xbrl", "cargo"),
            script,
            title: "Add XBRL export to the VSME sustainability report".to_owned(),
            body: include_str!("../../../src/demo/sample/item.md").to_owned(),
            calls: 47,
        }
    }

    /// Returns the small Python project; each action of its session begins with `padding` calls that
    /// only look, and each call takes so long.
    pub(crate) fn pages(padding: usize, latency_ms: u64) -> Self {
        let script = pages::script(padding, latency_ms);
        let (title, body) = pages::ITEM.split_once('\n').unwrap();
        let files = pages::FILES.iter();
        Self {
            prefix: "PAGES",
            key: pages::KEY,
            files: files
                .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
                .collect(),
            tests: (pages::TESTS, "exit"),
            calls: pages::calls(&script),
            script: script.to_string(),
            title: title.trim_start_matches("# ").to_owned(),
            body: body.trim().to_owned(),
        }
    }
}

/// Reads the files below a folder, what a build left there aside.
fn collect(folder: &Path, above: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{above}{name}");
        if entry.file_type().unwrap().is_dir() {
            if name != "target" {
                collect(&entry.path(), &format!("{path}/"), files);
            }
        } else {
            files.push((path, std::fs::read(entry.path()).unwrap()));
        }
    }
}
