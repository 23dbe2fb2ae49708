//! Story, report, log and show over the golden history, as snapshots.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

use std::path::{Path, PathBuf};

use trail_item::Fold;
use trail_reader::history::History;
use trail_reader::show::{self, Found};
use trail_reader::{Judged, Report, Story, log};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/v0")
}

fn judged() -> (History, Vec<Judged>) {
    let history = History::load(&golden()).unwrap();
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    (history, judged)
}

fn story(index: usize) -> Story {
    let (history, judged) = judged();
    Story::of(
        &judged[index],
        history.trust().ok().as_ref(),
        &history.blobs,
    )
}

/// Replaces digests, key ids and codes, which change whenever a byte of the format does.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|own: char| own.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(at);
        let length = from
            .find(|own: char| !own.is_ascii_hexdigit())
            .unwrap_or(from.len());
        let (run, after) = from.split_at(length);
        out.push_str(before);
        out.push_str(if run.len() >= 12 { "<hex>" } else { run });
        rest = after;
    }
    out.push_str(rest);
    let words: Vec<&str> = out
        .split('`')
        .map(|word| if is_code(word) { "<code>" } else { word })
        .collect();
    let lines: Vec<String> = words
        .join("`")
        .lines()
        .map(|line| {
            let parts: Vec<&str> = line
                .split(' ')
                .map(|word| if is_code(word) { "<code>" } else { word })
                .collect();
            parts.join(" ")
        })
        .collect();
    lines.join("\n")
}

fn is_code(word: &str) -> bool {
    let letters = |part: &str| {
        part.len() == 5
            && part
                .bytes()
                .all(|own| own.is_ascii_digit() || own.is_ascii_uppercase())
    };
    word.split_once('-')
        .is_some_and(|(first, second)| letters(first) && letters(second))
}

#[test]
fn a_report_tells_gaps_first_and_then_who_what_and_why() {
    let report = Report::of(&story(0));
    insta::assert_snapshot!("report", plain(&report.markdown()));
    let json = serde_json::to_value(&report).unwrap();
    let mut fields: Vec<&String> = json.as_object().unwrap().keys().collect();
    // Their order in a map depends on what other crates ask of serde_json.
    fields.sort();
    insta::assert_snapshot!(
        "report_fields",
        fields
            .iter()
            .map(|own| own.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn a_log_tells_calls_events_and_waits_in_order() {
    let lines: Vec<String> = log::lines(&story(0), &log::Filter::default())
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!("log", plain(&lines.join("\n")));
}

#[test]
fn totals_are_those_of_the_judgement() {
    for index in 0..2 {
        let story = story(index);
        let (totals, counts) = (story.totals(), story.judgement.counts);
        assert_eq!(totals.decisions, counts.decisions);
        assert_eq!(story.decisions.len() as u64, counts.decisions);
        let gates: usize = story.gates.iter().map(|gate| gate.decisions.len()).sum();
        assert_eq!(gates as u64, counts.gates);
        assert_eq!(story.deliveries.len() as u64, counts.outside_actions);
        assert!(story.unread.is_empty(), "{:?}", story.unread);
    }
}

#[test]
fn a_record_is_found_by_the_start_of_its_digest_and_several_are_candidates() {
    let (history, judged) = judged();
    let story = story(0);
    let spec = story.spec().unwrap();
    let Found::Record(shown) = show::find(&judged, &history.blobs, &spec.digest.hex()[..16]) else {
        panic!("the spec is found");
    };
    assert_eq!((shown.digest, shown.seq), (spec.digest, spec.entry));
    assert!(shown.body.is_some() && !shown.used_by.is_empty());
    let head = story.head().unwrap();
    assert!(matches!(
        show::find(&judged, &history.blobs, &head.to_string()),
        Found::Entry(_)
    ));
    for nothing in ["", "12", "xyzw", "sha256:", "ffffffffffffffffffff"] {
        assert!(
            matches!(show::find(&judged, &history.blobs, nothing), Found::Nothing),
            "{nothing}"
        );
    }
}

#[test]
fn a_history_without_its_blobs_names_what_is_missing() {
    let (history, judged) = judged();
    let nothing = |_: &trail_record::Digest<trail_record::Record>| None;
    let story = Story::of(&judged[0], history.trust().ok().as_ref(), &nothing);
    assert!(!story.unread.is_empty());
    let report = Report::of(&story);
    let unread = report
        .gaps
        .iter()
        .filter(|gap| gap.kind == "unread")
        .count();
    assert_eq!(unread, story.unread.len());
}
