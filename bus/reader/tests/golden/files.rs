//! Histories as files: collected, compared, and as short lists of differences.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::world::World;

/// Paths inside a history directory and their bytes.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The folder `tests/` of the repository.
pub(crate) fn tests_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

/// Reads every file under `dir`.
pub(crate) fn collect(dir: &Path) -> Files {
    fn walk(root: &Path, dir: &Path, files: &mut Files) {
        for entry in fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut files = Files::new();
    if dir.exists() {
        walk(dir, dir, &mut files);
    }
    files
}

/// Writes the files under `dir`.
pub(crate) fn put(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Returns the files of a history.
pub(crate) fn of(world: &World) -> Files {
    let dir = tempfile::tempdir().unwrap();
    world.history().write(dir.path()).unwrap();
    collect(dir.path())
}

/// Returns what makes `files` out of `golden`, as `case.json` holds it: files removed, files
/// written, and files of lines made of the golden file's lines, by number, and of new ones.
pub(crate) fn differences(golden: &Files, files: &Files) -> Vec<Value> {
    let mut operations = Vec::new();
    for path in golden.keys().filter(|path| !files.contains_key(*path)) {
        operations.push(json!({ "op": "remove", "path": path }));
    }
    for (path, bytes) in files {
        let before = golden.get(path);
        if before == Some(bytes) {
            continue;
        }
        let text = std::str::from_utf8(bytes);
        operations.push(match (before, text) {
            (Some(before), Ok(text)) if path.ends_with(".jsonl") => {
                let before = std::str::from_utf8(before).unwrap();
                let known: Vec<&str> = before.lines().collect();
                let line = |line: &str| match known.iter().position(|own| *own == line) {
                    Some(number) => json!(number),
                    None => json!(line),
                };
                let lines: Vec<Value> = text.lines().map(line).collect();
                json!({ "op": "lines", "path": path, "lines": lines })
            }
            (_, Ok(text)) => json!({ "op": "write", "path": path, "text": text }),
            (_, Err(_)) => json!({ "op": "write", "path": path, "hex": hex(bytes) }),
        });
    }
    operations
}

/// Makes the files of a case out of the golden ones.
pub(crate) fn apply(golden: &Files, operations: &Value) -> Files {
    let mut files = golden.clone();
    for operation in operations.as_array().unwrap() {
        let path = operation["path"].as_str().unwrap().to_owned();
        match operation["op"].as_str().unwrap() {
            "remove" => drop(files.remove(&path).unwrap()),
            "write" => {
                let bytes = match (operation["text"].as_str(), operation["hex"].as_str()) {
                    (Some(text), _) => text.as_bytes().to_vec(),
                    (None, Some(digits)) => bytes(digits),
                    (None, None) => panic!("nothing to write to {path}"),
                };
                files.insert(path, bytes);
            }
            "lines" => {
                let before = String::from_utf8(golden[&path].clone()).unwrap();
                let known: Vec<&str> = before.lines().collect();
                let mut text = String::new();
                for line in operation["lines"].as_array().unwrap() {
                    let number = line.as_u64().map(|number| usize::try_from(number).unwrap());
                    text += number.map_or_else(|| line.as_str().unwrap(), |number| known[number]);
                    text.push('\n');
                }
                files.insert(path, text.into_bytes());
            }
            other => panic!("unknown operation {other}"),
        }
    }
    files
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}
