//! What is open in a project, first of all in its matrix.

use trail_item::text::count;

use super::{Matrix, Row};
use crate::report::Gap;
use crate::story::Standing;

/// How many names one gap lists; the rows have them all.
const NAMES: usize = 12;

pub(super) fn of(matrix: &Matrix) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut gap = |kind, what: String| gaps.push(Gap { kind, what });
    if let Some(filter) = matrix.filter.sentence() {
        gap("filter", format!("this is a part of the project: {filter}"));
    }
    for own in matrix.items.iter().filter(|own| own.findings > 0) {
        let findings = count(
            usize::try_from(own.findings).unwrap_or(usize::MAX),
            "finding",
        );
        gap(
            "findings",
            format!("{}: verification has {findings}", own.item),
        );
    }
    let unchecked = matrix
        .items
        .iter()
        .filter(|own| own.chain == "tail: unchecked");
    let unchecked: Vec<String> = unchecked.map(|own| own.item.to_string()).collect();
    if !unchecked.is_empty() {
        let names = names(&unchecked);
        gap("tail", format!("nothing vouches for the end of {names}"));
    }
    let unsealed = matrix.items.iter().filter(|own| own.title.is_none());
    let unsealed: Vec<String> = unsealed.map(|own| own.item.to_string()).collect();
    if !unsealed.is_empty() {
        gap(
            "no-task",
            format!("no task was sealed for {}", names(&unsealed)),
        );
    }
    for standing in Standing::ALL {
        if standing != Standing::Proven {
            listed(
                matrix,
                "criterion",
                standing.as_str(),
                |own| own.standing == standing,
                &mut gap,
            );
        }
    }
    let amended = "amended since it was first agreed";
    listed(matrix, "amended", amended, |own| own.amended, &mut gap);
    let waived = "not proven when the pull request was let through";
    listed(matrix, "waived", waived, |own| own.waived, &mut gap);
    let removed: Vec<String> = matrix
        .items
        .iter()
        .flat_map(|item| {
            item.removed
                .iter()
                .map(move |own| format!("{} {own}", item.item))
        })
        .collect();
    if !removed.is_empty() {
        gap(
            "removed",
            format!("removed from what was agreed: {}", names(&removed)),
        );
    }
    let mut items = |kind, what: &str, told: Vec<String>| {
        if !told.is_empty() {
            gap(kind, format!("{what}: {}", names(&told)));
        }
    };
    let of = |wanted: fn(&super::ItemTold) -> bool| -> Vec<String> {
        let own = matrix.items.iter().filter(|own| wanted(own));
        own.map(|own| own.item.to_string()).collect()
    };
    items(
        "scripted",
        "a script played the model",
        of(|own| own.scripted),
    );
    items(
        "simulated",
        "a played human decided at a gate",
        of(|own| own.simulated),
    );
    gaps
}

fn listed(
    matrix: &Matrix,
    kind: &'static str,
    what: &str,
    wanted: impl Fn(&Row) -> bool,
    gap: &mut impl FnMut(&'static str, String),
) {
    let found = matrix.rows.iter().filter(|own| wanted(own));
    let found: Vec<String> = found.map(name).collect();
    if !found.is_empty() {
        let criteria = count(found.len(), "criterion");
        gap(kind, format!("{criteria}, {what}: {}", names(&found)));
    }
}

/// Names a criterion with its item.
pub(super) fn name(own: &Row) -> String {
    format!("{} {}@{}", own.item, own.criterion, own.revision)
}

fn names(all: &[String]) -> String {
    let shown = all[..all.len().min(NAMES)].join(", ");
    if all.len() > NAMES {
        format!("{shown} and {} more", all.len() - NAMES)
    } else {
        shown
    }
}
