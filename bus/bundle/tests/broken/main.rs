//! Bundles, good and broken: `tests/broken-bundles` holds what nobody should be handed, each with the
//! finding that it must give, and both verifiers are held to it.
//!
//! `TRAIL_BLESS=1 cargo test -p trail-bundle --test broken` writes the folder anew;
//! `TRAIL_REQUIRE_FOREIGN=1` makes a missing Python a failure.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

mod cases;
mod foreign;
mod git;
mod good;
mod sample;
mod tinker;

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Once;

use serde_json::{Value, json};
use trail_bundle::{Verified, verify};

use cases::{Case, cases};

/// Judges a bundle as `trail verify` does.
fn judge(bytes: &[u8]) -> Verified {
    verify(Cursor::new(bytes.to_vec()), None, Some(&mut sample::rules)).unwrap()
}

/// All words, sorted, and the verdict on the whole.
fn told(verified: &Verified) -> Value {
    let problems = verified.problems.iter().map(|own| own.kind.as_str());
    let items = verified.items.iter();
    let findings = items.flat_map(|own| &own.judged.judgement.findings);
    let mut words: Vec<&str> = problems
        .chain(findings.map(|own| own.kind.as_str()))
        .collect();
    words.sort_unstable();
    json!({ "findings": words, "word": verified.verdict().as_str() })
}

fn expected(case: &Case) -> Value {
    json!({ "about": case.about, "findings": case.findings, "word": case.word })
}

fn folder() -> PathBuf {
    static ONCE: Once = Once::new();
    let folder = sample::tests_dir().join("broken-bundles");
    ONCE.call_once(|| {
        if std::env::var_os("TRAIL_BLESS").is_none() {
            return;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        for case in cases() {
            fs::write(folder.join(format!("{}.trail", case.name)), &case.bytes).unwrap();
            let mut text = serde_json::to_string_pretty(&expected(&case)).unwrap();
            text.push('\n');
            fs::write(folder.join(format!("{}.json", case.name)), text).unwrap();
        }
        fs::write(folder.join("good.trail"), sample::good()).unwrap();
    });
    folder
}

#[test]
fn the_stored_bundles_are_the_generated_ones() {
    let folder = folder();
    let mut names = vec!["good.trail".to_owned()];
    assert_eq!(fs::read(folder.join("good.trail")).unwrap(), sample::good());
    for case in cases() {
        let name = format!("{}.trail", case.name);
        let stored = fs::read(folder.join(&name)).unwrap_or_default();
        assert!(
            stored == case.bytes,
            "{name}: TRAIL_BLESS=1 after a wanted change"
        );
        let told = fs::read(folder.join(format!("{}.json", case.name))).unwrap();
        let told: Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(told, expected(&case), "{name}");
        names.extend([name, format!("{}.json", case.name)]);
    }
    names.sort();
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|own| own.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn every_broken_bundle_gives_its_finding() {
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() > 50, "there are {} cases", cases.len());
    for case in cases {
        let mut own = told(&judge(&case.bytes));
        own["about"] = json!(case.about);
        if own != expected(&case) {
            wrong.push(format!(
                "{}: expected {}, found {own}",
                case.name,
                expected(&case)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
