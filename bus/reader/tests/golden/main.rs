//! The golden history and what can be done to it: files under `tests/golden` and `tests/tampered`,
//! made here with fixed keys and times, and judged by Trail and by a second verifier in Python that
//! shares no code with it (`tests/verifier/verify.py`).
//!
//! `TRAIL_BLESS=1 cargo test -p trail-reader --test golden` writes the files anew;
//! `TRAIL_REQUIRE_FOREIGN=1` makes a missing Python a failure.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

mod directory;
mod events;
mod facts;
mod files;
mod flips;
mod foreign;
mod objects;
mod proven;
mod scenario;
mod tamper;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

use serde_json::{Value, json};
use trail_reader::history::{History, Judged};
use trail_record::verify::Tail;

use files::Files;
use scenario::{Twist, play};

/// What one verifier says of one history, in the form `verify.py` prints.
fn summary(judged: &[Judged]) -> Value {
    let items: Vec<Value> = judged
        .iter()
        .map(|item| {
            let counts = item.judgement.counts;
            let mut findings: Vec<Value> = item
                .judgement
                .findings
                .iter()
                .map(|finding| json!({ "kind": finding.kind, "seq": finding.place.seq }))
                .collect();
            findings.sort_by_key(ToString::to_string);
            json!({
                "key": item.subject.key,
                "entries": counts.entries,
                "records": counts.records,
                "decisions": counts.decisions,
                "gates": counts.gates,
                "intermediate": counts.intermediate,
                "outside_actions": counts.outside_actions,
                "head": item.assembly.chain.head(),
                "word": item.judgement.word(),
                "findings": findings,
            })
        })
        .collect();
    json!({ "items": items })
}

/// The kinds of all findings, sorted, and the word for the whole.
fn verdict(summary: &Value) -> Value {
    let items = summary["items"].as_array().unwrap();
    let findings = items
        .iter()
        .flat_map(|item| item["findings"].as_array().unwrap());
    let mut kinds: Vec<&str> = findings
        .map(|finding| finding["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    let words = ["findings", "tail: unchecked", "verified"];
    let word = words
        .iter()
        .find(|word| items.iter().any(|item| item["word"] == **word));
    json!({ "findings": kinds, "word": word.unwrap() })
}

fn judge(dir: &Path) -> Value {
    summary(&History::load(dir).unwrap().judge(None))
}

fn golden_dir() -> PathBuf {
    bless();
    files::tests_dir().join("golden/v0")
}

/// Returns the value with the keys of its maps in order, whatever other crates ask of serde_json.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| (*key).clone());
            fields
                .into_iter()
                .map(|(key, own)| (key.clone(), sorted(own)))
                .collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(&sorted(value)).unwrap();
    text.push('\n');
    text.into_bytes()
}

/// All files as the generator makes them, by path under `tests/`.
fn generated() -> Files {
    let golden = files::of(&play(Twist::None));
    let mut all = Files::new();
    for (path, bytes) in &golden {
        all.insert(format!("golden/v0/{path}"), bytes.clone());
    }
    let proven = proven::play(proven::Flaw::None);
    for (name, bytes) in &proven.objects {
        all.insert(format!("golden/objects/{name}"), bytes.clone());
    }
    let proven = files::of(&proven.world);
    for (path, bytes) in &proven {
        all.insert(format!("golden/proven/{path}"), bytes.clone());
    }
    for case in tamper::cases() {
        let from = match case.base {
            "v0" => &golden,
            _ => &proven,
        };
        let operations = files::differences(from, &files::of(&case.world));
        let description =
            json!({ "about": case.about, "base": case.base, "operations": operations });
        let expected = json!({ "findings": case.findings, "word": case.word });
        // One operation a line keeps the files small and their changes readable.
        let text = format!(
            "{{\"about\":{},\"base\":{},\"operations\":[\n{}\n]}}\n",
            description["about"],
            description["base"],
            operations
                .iter()
                .map(|operation| sorted(operation).to_string())
                .collect::<Vec<_>>()
                .join(",\n")
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), description);
        all.insert(
            format!("tampered/{}/case.json", case.name),
            text.into_bytes(),
        );
        all.insert(
            format!("tampered/{}/expected.json", case.name),
            pretty(&expected),
        );
    }
    all
}

/// Writes the files anew, once, if that is asked for.
fn bless() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("TRAIL_BLESS").is_none() {
            return;
        }
        for folder in ["golden", "tampered"] {
            let dir = files::tests_dir().join(folder);
            if dir.exists() {
                fs::remove_dir_all(dir).unwrap();
            }
        }
        files::put(&files::tests_dir(), &generated());
    });
}

fn stored() -> Files {
    bless();
    let mut all = Files::new();
    for folder in ["golden", "tampered"] {
        for (path, bytes) in files::collect(&files::tests_dir().join(folder)) {
            all.insert(format!("{folder}/{path}"), bytes);
        }
    }
    all
}

/// The golden files, and every case with its files and what is expected of it, as stored.
fn stored_cases() -> (Files, Vec<(String, Files, Value)>) {
    let all = stored();
    let base = |name: &str| -> Files {
        let folder = format!("golden/{name}/");
        all.iter()
            .filter_map(|(path, bytes)| {
                Some((path.strip_prefix(&folder)?.to_owned(), bytes.clone()))
            })
            .collect()
    };
    let golden = base("v0");
    let cases = all
        .iter()
        .filter_map(|(path, bytes)| {
            let name = path.strip_prefix("tampered/")?.strip_suffix("/case.json")?;
            let case: Value = serde_json::from_slice(bytes).unwrap();
            let expected = &all[&format!("tampered/{name}/expected.json")];
            let from = base(case["base"].as_str().unwrap());
            let files = files::apply(&from, &case["operations"]);
            Some((
                name.to_owned(),
                files,
                serde_json::from_slice(expected).unwrap(),
            ))
        })
        .collect();
    (golden, cases)
}

#[test]
fn the_stored_files_are_the_generated_ones() {
    let generated = generated();
    let stored = stored();
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&stored),
        names(&generated),
        "run with TRAIL_BLESS=1 after a wanted change"
    );
    for (path, bytes) in &generated {
        assert!(
            stored[path] == *bytes,
            "{path} differs; TRAIL_BLESS=1 after a wanted change"
        );
    }
    let size: usize = stored.values().map(Vec::len).sum();
    assert!(size < 1_500_000, "the files have {size} bytes together");
}

#[test]
fn the_golden_history_is_verified_and_counted() {
    let summary = judge(&golden_dir());
    let own = &summary["items"][0];
    let expected = json!({
        "key": "VSME-142", "entries": 20, "records": 36, "decisions": 10, "gates": 2,
        "intermediate": 10, "outside_actions": 1, "word": "verified", "findings": [],
        "head": own["head"],
    });
    assert_eq!(*own, expected);
    assert_eq!(
        verdict(&summary),
        json!({ "findings": [], "word": "verified" })
    );
}

#[test]
fn the_golden_history_follows_the_rules_of_the_item_core() {
    let history = History::load(&golden_dir()).unwrap();
    let mut rules_of = |_: &trail_record::chain::Subject| -> Box<dyn trail_record::chain::Rules> {
        Box::new(trail_item::step::Fold::default())
    };
    for item in history.judge(Some(&mut rules_of)) {
        assert_eq!(item.judgement.findings, [], "{:?}", item.assembly.void);
        assert_eq!(
            item.judgement.word(),
            "verified",
            "{:?}",
            item.assembly.void
        );
    }
}

#[test]
fn the_golden_proofs_are_verified_and_follow_the_rules_of_the_item_core() {
    bless();
    let history = History::load(&files::tests_dir().join("golden/proven")).unwrap();
    let mut rules_of = |_: &trail_record::chain::Subject| -> Box<dyn trail_record::chain::Rules> {
        Box::new(trail_item::step::Fold::default())
    };
    let judged = &history.judge(Some(&mut rules_of))[0];
    assert_eq!(judged.judgement.findings, [], "{:?}", judged.assembly.void);
    assert_eq!(judged.judgement.word(), "verified");
    let chain = judged.assembly.chain.entries().iter();
    let listed = chain.flat_map(|own| &own.signed.entry.records);
    let proofs = listed.filter(|own| own.kind == trail_record::Kind::Proof);
    let proves: Vec<(String, bool)> = proofs
        .map(|own| {
            let record = trail_record::verify::record(own, &history.blobs).unwrap();
            let proof: trail_record::body::Proof = record.read().unwrap();
            (proof.test, proof.claims[0].proves)
        })
        .collect();
    let expected = [
        ("report::has_a_title", false),
        ("report::plain_output_is_kept", true),
        ("report::rounds_half_up", true),
        ("xbrl::exists", false),
        ("xbrl::maps_every_disclosure", true),
    ];
    assert_eq!(proves, expected.map(|(test, own)| (test.to_owned(), own)));
}

#[test]
fn every_tampering_is_found_as_expected() {
    let (_, cases) = stored_cases();
    assert!(cases.len() > 60, "there are {} cases", cases.len());
    let mut wrong = Vec::new();
    for (name, files, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        files::put(dir.path(), &files);
        let summary = judge(dir.path());
        if verdict(&summary) != expected {
            wrong.push(format!("{name}: expected {expected}, found {summary}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_prefix_of_a_history_is_valid_and_says_that_its_end_is_unchecked() {
    let mut world = play(Twist::None);
    world.checkpoints.clear();
    let whole = world.items[0].comments.clone();
    // The revocation in the second document speaks of entry 7: no history may end before it.
    for entries in 8..=whole.len() {
        world.items[0].comments.truncate(0);
        world.items[0].comments.extend_from_slice(&whole[..entries]);
        let judged = &world.history().judge(None)[0];
        assert_eq!(judged.judgement.findings, []);
        assert_eq!(judged.judgement.tail, Tail::Unchecked);
        assert_eq!(judged.judgement.word(), "tail: unchecked");
        assert_eq!(judged.judgement.counts.entries, entries as u64);
    }
    let first = play(Twist::CommitUnapproved);
    assert_eq!(
        first.trust.len(),
        1,
        "before the second document any prefix is valid"
    );
    for entries in 0..first.items[0].comments.len() {
        let mut world = first.clone();
        world.items[0].comments.truncate(entries);
        let judged = &world.history().judge(None)[0];
        assert_eq!(judged.judgement.word(), "tail: unchecked");
    }
}
