//! The plan to verify again what is suspect, in order.

use super::{Cause, Change, Kind, Step, Suspect};
use crate::delivered;
use crate::story::Story;

/// Returns the steps for what is open.
pub(super) fn of(story: &Story, causes: &[Cause], suspects: &[Suspect]) -> Vec<Step> {
    let mut plan = Vec::new();
    let key = &story.key;
    if causes.is_empty() {
        return plan;
    }
    let open = |kinds: &[Kind]| -> Vec<String> {
        suspects
            .iter()
            .filter(|own| own.settled.is_none() && kinds.contains(&own.kind))
            .map(|own| match own.kind {
                Kind::Commit | Kind::Conclusion | Kind::Decision | Kind::Approval => {
                    format!("{} ({})", own.address, own.what)
                }
                _ => own.address.clone(),
            })
            .collect()
    };
    let mut step = |what: String, why: &str, targets: Vec<String>, command: Option<String>| {
        if !targets.is_empty() {
            plan.push(Step {
                what,
                why: why.to_owned(),
                targets,
                command,
            });
        }
    };
    let named: Vec<String> = causes.iter().map(name).collect();
    let removed = causes.iter().any(|own| own.change == Change::Removed);
    let reverted = causes.iter().any(|own| own.change == Change::Reverted);
    if reverted {
        step(
            "take out, or give another criterion to, what still names the work that was taken back"
                .to_owned(),
            "nothing of it is agreed any more",
            open(&[Kind::Test, Kind::Code, Kind::Document]),
            Some("trail lint".to_owned()),
        );
        step(
            "verify again, or take back as well, what builds on it".to_owned(),
            "it was built and tested with what is gone",
            open(&[Kind::Item]),
            Some("trail revert KEY".to_owned()),
        );
        return plan;
    }
    step(
        "read what changed".to_owned(),
        "all that follows is held against the new words",
        named,
        Some(format!("trail report {key}")),
    );
    step(
        "re-read the decisions".to_owned(),
        "they were made on the older words: do they still stand?",
        open(&[Kind::Conclusion, Kind::Decision]),
        Some("trail trace ADDRESS".to_owned()),
    );
    step(
        "re-read the code".to_owned(),
        "it was written for the older words",
        open(&[Kind::Commit, Kind::Code]),
        Some("trail why FILE:LINE".to_owned()),
    );
    step(
        "bring the documents up to date".to_owned(),
        "they tell the older words",
        open(&[Kind::Document]),
        None,
    );
    let to = causes
        .iter()
        .filter_map(|own| own.to.map(|to| format!("{}@{to}", id(own))))
        .collect::<Vec<_>>()
        .join(", ");
    let tests = if to.is_empty() && removed {
        "take the annotations of what is removed out of the tests".to_owned()
    } else if to.is_empty() {
        "bring the tests to the new revision".to_owned()
    } else {
        format!("bring the tests to {to}")
    };
    step(
        tests,
        "a test of the older words proves nothing of the new ones",
        open(&[Kind::Test]),
        Some("trail lint".to_owned()),
    );
    step(
        "run the tests and prove them again".to_owned(),
        "results and proofs are of the older words",
        open(&[Kind::TestResult, Kind::Proof]),
        Some(format!("trail prove {key}")),
    );
    step(
        "ask for the approvals again".to_owned(),
        "what was approved was shown with the older words",
        open(&[Kind::Approval]),
        None,
    );
    let again = if delivered::ended(story) {
        "the run has ended, so this is a new item's to do"
    } else {
        "the run does so by itself as it goes on"
    };
    step(
        "review and deliver again".to_owned(),
        again,
        open(&[Kind::PullRequest, Kind::Review, Kind::Delivery]),
        None,
    );
    step(
        "look at what builds on it".to_owned(),
        "it may rest on what changes here",
        open(&[Kind::Item]),
        Some("trail impact KEY --if-changed".to_owned()),
    );
    plan
}

fn id(cause: &Cause) -> String {
    cause
        .criterion
        .as_ref()
        .map_or_else(|| "all".to_owned(), ToString::to_string)
}

fn name(cause: &Cause) -> String {
    let id = id(cause);
    match (cause.from, cause.to) {
        (Some(from), Some(to)) => format!("{id}@{from} to {id}@{to}"),
        (Some(from), None) => format!("{id}@{from}"),
        (None, _) => id,
    }
}
