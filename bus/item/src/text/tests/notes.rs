//! Every note there is.

use trail_record::body::{GateName, GateOutcome};

use super::records::*;
use crate::action::Action;
use crate::command::{Mistake, Word};
use crate::event::Order;
use crate::text::*;

pub(super) fn tests_and_work(words: &Words) -> Vec<(&'static str, Note)> {
    let concluded = [(digest("conclusion"), conclusion(words))];
    let patchset = patchset(words);
    let pull = the_pull_request(words);
    let standings = standings(&spec(words), &proofs(words));
    vec![
        ("taken_up", taken_up(&spec(words))),
        ("claimed", claimed(Action::Implement, 1, moment())),
        ("claimed again", claimed(Action::RunTests, 2, moment())),
        ("renewed", renewed(Action::WriteTests, moment())),
        ("released", released(Action::Apply)),
        ("planned", planned(&words.text, &concluded, 3, 12_345)),
        ("proposed", proposed(&patchset, &concluded, 4, 0)),
        ("applied", applied(&patchset, &commit(), &[], 0, 0)),
        (
            "applied under contract",
            applied(&patchset, &commit(), &concluded, 2, 9_900),
        ),
        (
            "tested red",
            tested(&result(words, false), &words.text, 1, 0),
        ),
        (
            "tested green",
            tested(&result(words, true), &words.text, 1, 500),
        ),
        ("proven in part and sent back", {
            let mut note = tested(&result(words, true), &words.text, 1, 500);
            note.also(&proved(&standings, true, None));
            note
        }),
        ("proven in part, rounds used up", {
            let mut note = tested(&result(words, true), "", 1, 0);
            note.also(&proved(&standings, false, Some(&words.text)));
            note
        }),
        ("proven whole", {
            let mut note = tested(&result(words, true), "", 1, 0);
            note.also(&proved(&standings[..1], false, None));
            note
        }),
        (
            "proven later",
            proved_later(&standings, 3, Some(&words.name)),
        ),
        (
            "reported",
            reported(&words.name, &words.text, 2, &["AC-1".into()]),
        ),
        ("reported of nothing", reported("junit.xml", "ci", 1, &[])),
        (
            "delivered",
            delivered(&pull, "item VSME-142", Some(&words.name), &words.text),
        ),
        (
            "delivered locally",
            delivered(&pull, "item VSME-142", None, ""),
        ),
        ("refused", refused(&words.text)),
        ("failed", failed(Action::WriteTests, &words.text, false)),
        (
            "failed and stuck",
            failed(Action::Deliver, &words.text, true),
        ),
    ]
}

pub(super) fn requests(words: &Words) -> Vec<(&'static str, Note)> {
    let concluded = [(digest("conclusion"), conclusion(words))];
    let patchset = patchset(words);
    let pull = the_pull_request(words);
    let standings = standings(&spec(words), &proofs(words));
    let of_patchset = GateShown::Patchset {
        digest: digest("patchset"),
        patchset: &patchset,
        diff: &words.diff,
    };
    let of_pull_request = GateShown::PullRequest {
        digest: digest("pull request"),
        pull_request: &pull,
        diff: &words.diff,
        standings: Some(&standings),
    };
    let of_record = GateShown::Record {
        digest: digest("plan"),
        title: &words.name,
        text: &words.text,
        next: "implement",
    };
    let long = words.diff.repeat(12_100 / words.diff.len().max(1) + 1);
    let of_long = GateShown::Patchset {
        digest: digest("patchset"),
        patchset: &patchset,
        diff: &long,
    };
    let first = request(words, "file_write", of_patchset, 1);
    let second = request(words, "pr_create", of_pull_request, 2);
    let third = request(words, &words.name, of_record, 1);
    let cut = request(words, "file_write", of_long, 1);
    let made = proposed(&patchset, &concluded, 4, 0);
    let green = tested(&result(words, true), &words.text, 1, 0);
    let label = GateName::new(words.name.clone());
    let yes = GateOutcome::Approved;
    let no = GateOutcome::Rejected;
    let mut played = decision(words, "pr_create", yes, false);
    played.simulated = true;
    vec![
        (
            "unfit",
            unfit(&[words.text.clone(), "AC-2 is there twice".to_owned()]),
        ),
        (
            "asked_to_start",
            asked_to_start(
                CODE,
                &spec(words).criteria,
                "The tracker does not prove who wrote this text as it stands.",
            ),
        ),
        ("asked for file_write", gate_request(&made, &first, CODE)),
        ("asked for pr_create", gate_request(&green, &second, CODE)),
        (
            "asked for a label gate",
            gate_request(&held_up(&label), &third, CODE),
        ),
        (
            "asked with too much to show",
            gate_request(&made, &cut, CODE),
        ),
        (
            "approved",
            gate_decided(&decision(words, "file_write", yes, false), 0),
        ),
        (
            "approved by one of two",
            gate_decided(&decision(words, "pr_create", yes, false), 1),
        ),
        ("approved by a played person", gate_decided(&played, 0)),
        (
            "approved by delegation",
            gate_decided(&decision(words, "file_write", yes, true), 0),
        ),
        (
            "rejected",
            gate_decided(&decision(words, "file_write", no, false), 1),
        ),
        (
            "rejected at a label gate",
            gate_decided(&decision(words, "legal", no, false), 1),
        ),
    ]
}

pub(super) fn answers(words: &Words) -> Vec<(&'static str, Note)> {
    let gate = Some((words.name.as_str(), CODE));
    let unknown = |did_you_mean| Mistake::UnknownCommand {
        word: words.name.clone(),
        did_you_mean,
    };
    let command = Word::Approve;
    let malformed = Mistake::MalformedCode {
        command,
        given: words.name.clone(),
    };
    let several = Mistake::Several(vec!["hold".to_owned(), words.name.clone()]);
    vec![
        (
            "meant something else",
            answered_mistake(&unknown(Some(Word::Approve)), None),
        ),
        (
            "meant nothing known",
            answered_mistake(&unknown(None), None),
        ),
        (
            "no code",
            answered_mistake(&Mistake::MissingCode { command }, gate),
        ),
        (
            "no reason",
            answered_mistake(
                &Mistake::MissingWhy {
                    command: Word::Reject,
                },
                gate,
            ),
        ),
        ("no such code", answered_mistake(&malformed, gate)),
        (
            "no slash",
            answered_mistake(&Mistake::MissingSlash { command }, gate),
        ),
        ("several commands", answered_mistake(&several, None)),
        ("hidden text", answered_mistake(&Mistake::Hidden, None)),
        (
            "not permitted",
            answered_not_permitted(&words.name, &words.text),
        ),
        ("stale code", answered_stale("/approve", CODE, gate)),
        ("not now", answered_ended(&words.name, &words.text)),
        ("held", obeyed(Order::Hold, &words.name)),
        ("resumed", obeyed(Order::Resume, &words.name)),
        ("retried", obeyed(Order::Retry, &words.name)),
        ("cancelled", obeyed(Order::Cancel, &words.name)),
        ("drifted", drifted(&words.diff, CODE)),
        ("restored", restored()),
        ("found", found("edited-approval", &words.text, CODE)),
        (
            "disposed",
            disposed("edited-approval", &words.name, &words.text),
        ),
    ]
}

pub(super) fn every(words: &Words) -> Vec<(&'static str, Note)> {
    [tests_and_work(words), requests(words), answers(words)].concat()
}
