//! Entries removed, edited, added, moved, cut off, signed again.

use trail_record::{Entry, UserId};

use super::Cases;
use super::craft::{add as add_entry, edit_payload, repost, repost_text, resign};
use crate::world::{Draft, Holder};

/// An entry that is taken out leaves its successor without predecessor, and the checkpoint of the
/// end unmet.
const GONE: &[&str] = &["missing-entry", "truncated"];

/// An entry that cannot be read, so early that both checkpoints and the revocation are unmet.
const EARLY: &[&str] = &[
    "malformed",
    "missing-entry",
    "truncated",
    "truncated",
    "truncated",
];

const UNCHECKED: &str = "tail: unchecked";

pub(super) fn add(cases: &mut Cases) {
    cases.add(
        "removed-entry",
        "an entry in the middle is deleted",
        GONE,
        "findings",
        |w| {
            w.items[0].comments.remove(9);
        },
    );
    cases.add(
        "reordered",
        "the tracker gives the comments in another order; the chain has its own",
        &[],
        "verified",
        |w| {
            w.items[0].comments.reverse();
            w.items[0].comments.swap(2, 11);
        },
    );
    cases.add(
        "edited-payload",
        "the writer's time inside a payload is changed",
        &["foreign-key", "missing-entry", "truncated"],
        "findings",
        |w| {
            edit_payload(
                w,
                10,
                "2026-11-20T10:40:00.000Z",
                "2026-11-20T10:41:00.000Z",
            );
        },
    );
    cases.add(
        "edited-inline-record",
        "a record inside an entry is changed",
        EARLY,
        "findings",
        |w| {
            edit_payload(w, 2, "eleven disclosures", "twelve  disclosures");
        },
    );
    cases.add(
        "edited-listing",
        "the title under which an entry lists a record is changed",
        EARLY,
        "findings",
        |w| {
            edit_payload(
                w,
                2,
                "\"title\":\"library_choice\"}",
                "\"title\":\"library_chance\"}",
            );
        },
    );
    cases.add(
        "foreign-entry",
        "a stranger adds an entry at the end",
        &["foreign-key"],
        "findings",
        |w| {
            add_entry(w, 0, Holder::Stranger);
        },
    );
    cases.add(
        "sibling",
        "a worker that lost a race has posted a second successor of one entry",
        &[],
        "verified",
        |w| {
            let entry = Entry {
                at: crate::world::minute(101),
                ..w.items[0].sealed[10].entry.clone()
            };
            repost(
                w,
                entry
                    .seal(&Holder::Tester.key())
                    .expect("has a canonical form")
                    .envelope,
            );
        },
    );
    cases.add(
        "edited-sibling",
        "the sibling that stood first was edited before anything relied on it",
        &["edited-entry"],
        "findings",
        |w| {
            add_entry(w, 0, Holder::Tester);
            w.items[0].comments[20].edited = true;
        },
    );
    cases.add(
        "backdated-sibling",
        "an entry whose time was set by hand, so that it stands before its sibling",
        &["backdated"],
        "findings",
        |w| {
            add_entry(w, 0, Holder::Tester);
            w.items[0].comments[20].backdated = true;
        },
    );
    cases.add(
        "backdated-relied-on",
        "the time of an entry that others rely on was set by hand",
        &["backdated"],
        "findings",
        |w| w.items[0].comments[7].backdated = true,
    );
    cases.add(
        "fork",
        "two successors of one entry were both built on",
        &["fork", "truncated"],
        "findings",
        |w| {
            let mut other = w.clone();
            other.items[0].comments.truncate(18);
            other.items[0].sealed.truncate(18);
            add_entry(&mut other, 0, Holder::Tester);
            add_entry(&mut other, 0, Holder::Tester);
            for comment in other.items[0].comments.drain(18..) {
                repost_text(w, comment.envelope);
            }
        },
    );
    cases.add(
        "truncated-checked",
        "the end is cut off; a checkpoint saw it",
        &["truncated"],
        "findings",
        |w| {
            w.items[0].comments.truncate(17);
        },
    );
    cases.add(
        "truncated-unchecked",
        "the end is cut off, and no checkpoint is at hand",
        &[],
        UNCHECKED,
        |w| {
            w.items[0].comments.truncate(17);
            w.checkpoints.clear();
        },
    );
    cases.add(
        "no-checkpoint",
        "the whole history without its checkpoints",
        &[],
        UNCHECKED,
        |w| {
            w.checkpoints.clear();
        },
    );
    cases.add(
        "rewritten-past",
        "the holder of a revoked key rewrites what came before its revocation, and drops the rest",
        &["truncated"],
        "findings",
        |w| {
            w.items[0].comments.truncate(6);
            w.items[0].sealed.truncate(6);
            w.checkpoints.clear();
            let first = w.documents[0].clone();
            let entry = w.draft(
                0,
                Holder::Coder,
                Draft {
                    spec: w.items[0].sealed[0].entry.spec,
                    ..Draft::default()
                },
            );
            w.post(
                0,
                Holder::Coder,
                Entry {
                    trust: first.0,
                    ..entry
                },
            );
        },
    );
    cases.add(
        "resigned-foreign",
        "an entry carries a stranger's signature",
        &["foreign-key", "missing-entry", "truncated"],
        "findings",
        |w| {
            resign(w, 13, Holder::Stranger);
        },
    );
    cases.add(
        "resigned-revoked",
        "an entry carries the signature of a revoked key",
        &["missing-entry", "revoked-key", "truncated"],
        "findings",
        |w| {
            resign(w, 13, Holder::Coder);
        },
    );
    cases.add(
        "resigned-other-persona",
        "an entry carries another persona's signature",
        &["foreign-key", "missing-entry", "truncated"],
        "findings",
        |w| {
            resign(w, 13, Holder::Tester);
        },
    );
    cases.add(
        "rechained",
        "a stranger writes the whole history of the second item anew",
        &["foreign-key", "foreign-key", "truncated"],
        "findings",
        |w| {
            let mut prev = None;
            for index in 0..w.items[1].sealed.len() {
                let own = w.items[1].sealed[index].entry.clone();
                let sealed = Entry { prev, ..own }
                    .seal(&Holder::Stranger.key())
                    .expect("has a canonical form");
                prev = Some(sealed.digest);
                w.items[1].comments[index].envelope = sealed.envelope.to_json();
            }
        },
    );
    cases.add(
        "moved",
        "an entry of one item stands under another",
        &["missing-entry", "truncated", "wrong-item"],
        "findings",
        |w| {
            let moved = w.items[0].comments.remove(14);
            w.items[1].comments.push(moved);
        },
    );
    cases.add(
        "wrong-account",
        "an entry stands under another account",
        &["missing-entry", "truncated", "wrong-account"],
        "findings",
        |w| {
            w.items[0].comments[11].author = UserId::from("u-klara");
        },
    );
    cases.add(
        "edited-comment",
        "the text around an accepted entry was edited",
        &["edited-entry"],
        "findings",
        |w| {
            w.items[0].comments[4].edited = true;
        },
    );
    cases.add(
        "garbage",
        "comments that only look like entries",
        &["malformed", "malformed", "malformed"],
        "findings",
        |w| {
            let array = r#"["cGF5bG9hZA==","application/vnd.in-toto+json",[]]"#;
            for text in ["{\"payload\":", array, "\u{202e}\u{1f600}"] {
                repost_text(w, text.to_owned());
            }
        },
    );
    cases.add(
        "posing",
        "strangers post what looks like entries, each text several times",
        &["posing", "posing", "posing"],
        "findings",
        |w| {
            let twice = ["{\"payload\":", "{}"].repeat(2);
            for (text, account) in twice
                .into_iter()
                .zip(["u-eve"; 4])
                .chain([("{}", "u-mallory")])
            {
                repost_text(w, text.to_owned());
                let posted = w.items[0].comments.last_mut().expect("was added");
                posted.author = account.into();
            }
        },
    );
    cases.add(
        "copied-entry",
        "a stranger posts copies of a persona's entry",
        &["wrong-account"],
        "findings",
        |w| {
            let copy = w.items[0].comments[15].envelope.clone();
            for _ in 0..3 {
                repost_text(w, copy.clone());
                let posted = w.items[0].comments.last_mut().expect("was added");
                posted.author = "u-eve".into();
            }
        },
    );
    cases.add(
        "duplicate-post",
        "a worker that got no answer posted its entry twice",
        &[],
        "verified",
        |w| {
            let copy = w.items[0].comments[15].envelope.clone();
            repost_text(w, copy);
        },
    );
}
