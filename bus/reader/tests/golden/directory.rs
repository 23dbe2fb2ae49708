//! Directories that are no histories, or try to be more than one.

use std::fs;
use std::os::unix::fs::symlink;

use trail_reader::history::{Error, History};
use trail_record::verify::Bytes as _;

use crate::files::{self, Files};
use crate::scenario::{Twist, play};
use crate::{golden_dir, summary};

fn changed(change: impl FnOnce(&mut Files)) -> tempfile::TempDir {
    let mut files = files::of(&play(Twist::None));
    change(&mut files);
    let dir = tempfile::tempdir().unwrap();
    files::put(dir.path(), &files);
    dir
}

#[test]
fn what_is_no_history_is_an_error_that_names_file_and_line() {
    let write = |path: &str, bytes: &[u8]| {
        let (path, bytes) = (path.to_owned(), bytes.to_vec());
        changed(move |files| drop(files.insert(path, bytes)))
    };
    let comment = r#"{"comment":"c","author":"a","edited":false,"envelope":"x"}"#;
    for (dir, expected) in [
        (
            write("operator.pub", b"ed25519:xyz"),
            "operator.pub: not a public key",
        ),
        (
            write("operator.pub", &[0xFF]),
            "operator.pub: invalid utf-8",
        ),
        (
            write("trust/new.json", b"{}"),
            "trust/new.json: expected a number.json",
        ),
        (write("trust/1.json", b"{}"), "the number 1 is there twice"),
        (
            write("checkpoints/readme.md", b""),
            "expected a name that ends in .json",
        ),
        (
            write("items/1/subject.json", b"{}"),
            "items/1/subject.json: unexpected shape",
        ),
        (
            write("items/first/subject.json", b"{}"),
            "items/first: expected a number",
        ),
        (
            write("items/2/comments.jsonl", b"{\n"),
            "comments.jsonl line 1: not strict JSON",
        ),
        (
            write(
                "items/2/comments.jsonl",
                format!("{comment}\n\n").as_bytes(),
            ),
            "comments.jsonl line 2: not strict JSON",
        ),
        (
            write(
                "items/2/comments.jsonl",
                format!("{comment}\n{comment}\n").as_bytes(),
            ),
            "comments.jsonl line 2: comment c is listed twice",
        ),
        (
            write(
                "items/2/comments.jsonl",
                br#"{"comment":"c","comment":"d"}"#,
            ),
            "duplicate key",
        ),
        (
            changed(|files| drop(files.remove("items/1/comments.jsonl"))),
            "items/1/comments.jsonl: No such file",
        ),
    ] {
        let error = History::load(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains(expected),
            "expected {expected:?}, got {error:?}"
        );
    }
    assert!(matches!(
        History::load("no/such/place".as_ref()),
        Err(Error::Io { .. })
    ));
}

#[test]
fn no_link_is_followed() {
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("secret"), "secret").unwrap();
    for name in [
        "operator.pub",
        "trust/0001.json",
        "trust",
        "items",
        "items/2",
        "items/1/comments.jsonl",
    ] {
        let dir = changed(|_| ());
        let path = dir.path().join(name);
        let moved = elsewhere.path().join(name.replace('/', "-"));
        fs::rename(&path, &moved).unwrap();
        symlink(&moved, &path).unwrap();
        let error = History::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("not a link"), "{name}: {error}");
    }
    let dir = changed(|_| ());
    let history = History::load(dir.path()).unwrap();
    let name = files::of(&play(Twist::None))
        .into_keys()
        .find(|name| name.starts_with("blobs/"));
    let name = name.unwrap();
    let digest = format!("sha256:{}", &name[9..]).parse().unwrap();
    assert!(history.blobs.bytes(&digest).is_some());
    fs::remove_file(dir.path().join(&name)).unwrap();
    symlink(elsewhere.path().join("secret"), dir.path().join(&name)).unwrap();
    assert!(
        history.blobs.bytes(&digest).is_none(),
        "a linked blob is not there"
    );
}

#[test]
fn a_loaded_history_is_written_as_it_was() {
    let history = History::load(&golden_dir()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    history.write(dir.path()).unwrap();
    assert!(files::collect(dir.path()) == files::collect(&golden_dir()));
    let again = History::load(dir.path()).unwrap();
    assert_eq!(summary(&again.judge(None)), summary(&history.judge(None)));
}

#[test]
fn unreadable_trust_and_checkpoint_files_are_findings() {
    for (path, kind) in [
        ("trust/0002.json", "trust"),
        ("checkpoints/0002.json", "checkpoint"),
    ] {
        let dir = changed(|files| drop(files.insert(path.to_owned(), b"no JSON".to_vec())));
        for item in History::load(dir.path()).unwrap().judge(None) {
            let kinds: Vec<_> = item
                .judgement
                .findings
                .iter()
                .map(|finding| finding.kind.as_str())
                .collect();
            assert_eq!(kinds, [kind]);
            assert_eq!(item.judgement.word(), "findings");
        }
    }
}
