//! The labels that people put on items, made at the tracker so that they need not be typed.
//!
//! Nothing relies on a label being there or gone: one that asks for a gate is sealed when it is seen.

use crate::wire::Account;

/// The label of items that are meant for Trail.
pub(crate) const TRAIL: &str = "trail";

/// Name, colour and description of the labels that people put on items.
const ASKED: [(&str, &str, &str); 5] = [
    (TRAIL, "#5319e7", "For Trail's workers to take up"),
    (
        "gate:plan",
        "#d93f0b",
        "A human approves the plan before anything is built",
    ),
    (
        "gate:file_write",
        "#d93f0b",
        "A human approves the change before it is written",
    ),
    (
        "gate:exec",
        "#d93f0b",
        "A human approves commands before they run",
    ),
    (
        "gate:pr_create",
        "#d93f0b",
        "A human approves before the pull request is opened",
    ),
];

/// The labels by which the adapter shows states that GitHub has no word for.
const SHOWN: [(&str, &str, &str); 3] = [
    ("trail:backlog", "#c5def5", "Not to be worked on yet"),
    ("trail:in-progress", "#0e8a16", "Trail works on it"),
    ("trail:waiting", "#fbca04", "Waits for a human"),
];

/// Returns the labels that Trail needs at a tracker.
fn needed(account: &Account) -> Vec<(&'static str, &'static str, &'static str)> {
    match account {
        Account::Embedded(_) => Vec::new(),
        Account::GitHub(_) => [&ASKED[..], &SHOWN[..]].concat(),
        Account::Plane(_) => ASKED.to_vec(),
    }
}

/// Makes the labels that are missing at the tracker; returns their names.
///
/// # Errors
/// If the account may not make labels.
pub(crate) async fn ensure(account: &Account) -> anyhow::Result<Vec<String>> {
    let labels = needed(account);
    Ok(match account {
        Account::Embedded(_) => Vec::new(),
        Account::GitHub(own) => own.ensure_labels(&labels).await?,
        Account::Plane(own) => own.ensure_labels(&labels).await?,
    })
}

/// Returns the labels that are missing at the tracker.
///
/// # Errors
/// If the tracker cannot be asked.
pub(crate) async fn missing(account: &Account) -> anyhow::Result<Vec<String>> {
    let labels = needed(account);
    let names: Vec<&str> = labels.iter().map(|(name, ..)| *name).collect();
    Ok(match account {
        Account::Embedded(_) => Vec::new(),
        Account::GitHub(own) => own.missing_labels(&names).await?,
        Account::Plane(own) => own.missing_labels(&names).await?,
    })
}
