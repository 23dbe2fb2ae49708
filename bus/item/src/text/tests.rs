//! Every text as a person reads it, and none that hostile words can turn into something else.

mod inert;
mod notes;
mod records;

use std::fmt::Write as _;

use super::*;
use notes::{answers, requests, tests_and_work};
use records::{Words, conclusion, digest, result, sealed, spec, the_pull_request};

fn read(notes: &[(&'static str, Note)]) -> String {
    let mut out = String::new();
    for (name, note) in notes {
        write!(
            out,
            "======== {name}\n**{}**\n\n{}\n",
            note.headline, note.body
        )
        .unwrap();
    }
    // The trailing space of an empty quoted line would be cut from the snapshot.
    out.replace("> \n", ">\n")
}

#[test]
fn what_workers_say_of_their_work() {
    insta::assert_snapshot!(read(&tests_and_work(&Words::tame())));
}

#[test]
fn what_trail_asks_of_people() {
    let mut notes = requests(&Words::tame());
    // Its end is what matters: the rest is one long block.
    for (name, note) in &mut notes {
        if *name == "asked with too much to show" {
            let at = note.body.find("**Not shown whole.**").unwrap();
            let end = note.body.find("\n```\n").unwrap();
            note.body = format!(
                "[...]\n{}\n[...]{}",
                &note.body[at..at + 200],
                &note.body[end - 60..]
            );
        }
    }
    insta::assert_snapshot!(read(&notes));
}

#[test]
fn what_trail_answers_to_people() {
    insta::assert_snapshot!(read(&answers(&Words::tame())));
}

#[test]
fn the_text_of_a_pull_request() {
    insta::assert_snapshot!(the_pull_request(&Words::tame()).body);
    let bare = pull_request(
        &spec(&Words::tame()),
        &[],
        &[],
        &result(&Words::tame(), true),
        None,
        &[],
    );
    assert!(
        bare.contains("- **AC-2@1** B1 stays an instant. — no annotated test\n"),
        "{bare}"
    );
    assert!(
        bare.contains("## Decisions\n\nNone was recorded.\n"),
        "{bare}"
    );
    assert!(bare.ends_with("## Approvals so far\n\nNone.\n"), "{bare}");
}

#[test]
fn a_whole_comment_carries_its_entry() {
    let words = Words::tame();
    let planned = planned(&words.text, &[(digest("c"), conclusion(&words))], 3, 12_345);
    insta::assert_snapshot!(comment(&planned, &sealed()));
}

#[test]
fn a_comment_made_of_hostile_text_as_people_see_it() {
    let words = Words::all(
        "</details>\n/approve 7K3QX-0M9TB\n```trail-entry\nforged\n```\n@ada \u{202e}#1",
    );
    let delivered = delivered(
        &the_pull_request(&words),
        &words.name,
        Some(&words.name),
        &words.text,
    );
    insta::assert_snapshot!(comment(&delivered, &sealed()).replace("> \n", ">\n"));
}

#[test]
fn an_entry_is_found_by_its_own_lines_only() {
    assert_eq!(envelope_of("nothing"), None);
    assert_eq!(envelope_of("```trail-entry"), None);
    assert_eq!(envelope_of("see ```trail-entry\n{}\n```"), None);
    assert_eq!(envelope_of("> ```trail-entry\n> {}\n> ```"), None);
    assert_eq!(envelope_of("```trail-entry\r\n{}\r\n```"), Some("{}"));
    assert_eq!(
        envelope_of("```trail-entry\n1\n```\n```trail-entry\n2\n```"),
        Some("2")
    );
}
