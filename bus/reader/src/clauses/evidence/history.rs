//! Evidence that the history itself gives.

use trail_item::text::count;
use trail_record::FindingKind;
use trail_record::verify::Tail;

use super::{Found, absent, partly, present};
use crate::report::Basis;

/// Counts the findings of some kinds.
pub(super) fn findings(basis: &Basis<'_>, kinds: &[FindingKind]) -> usize {
    let all = basis.story.judgement.findings.iter();
    all.filter(|own| kinds.contains(&own.kind)).count()
}

pub(super) fn verified(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let entries = match story.entries.len() {
        1 => "1 entry stands".to_owned(),
        own => format!("{own} entries stand"),
    };
    let findings = story.judgement.findings.len();
    if story.entries.is_empty() {
        absent("there is no entry that stands")
    } else if findings > 0 {
        absent(format!("verification has {}", count(findings, "finding")))
    } else if story.judgement.tail == Tail::Unchecked {
        partly(format!(
            "{entries} and verify, but nothing vouches for the end"
        ))
    } else {
        present(format!("{entries} and verify"))
    }
}

pub(super) fn end(basis: &Basis<'_>) -> Found {
    match &basis.story.judgement.tail {
        Tail::Unchecked => absent("no checkpoint vouches for the end"),
        Tail::Checked { seq, at, after: 0 } => present(format!(
            "a checkpoint of {at} vouches for entry {seq}, the last"
        )),
        Tail::Checked { seq, at, after } => partly(format!(
            "a checkpoint of {at} vouches for entry {seq}, and for none of the {after} after it"
        )),
    }
}

pub(super) fn signed(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let foreign = findings(
        basis,
        &[
            FindingKind::ForeignKey,
            FindingKind::RevokedKey,
            FindingKind::WrongAccount,
            FindingKind::Trust,
        ],
    );
    let keys: usize = story.personas.iter().map(|own| own.keys.len()).sum();
    let told = format!(
        "{} by {}",
        count(story.entries.len(), "signature"),
        count(keys, "key")
    );
    if story.entries.is_empty() {
        absent("there is no entry that stands")
    } else if foreign > 0 {
        partly(format!(
            "{told}; {} of keys or accounts",
            count(foreign, "finding")
        ))
    } else {
        present(told)
    }
}

pub(super) fn times(basis: &Basis<'_>) -> Found {
    let backdated = findings(basis, &[FindingKind::Backdated]);
    let (Some(first), Some(last)) = (basis.story.entries.first(), basis.story.entries.last())
    else {
        return absent("there is no entry that stands");
    };
    let told = format!(
        "from {} to {}, by the writers' clocks and the tracker's times; no trusted clock vouches for them",
        first.at, last.at
    );
    if backdated > 0 {
        let findings = count(backdated, "time");
        return partly(format!("{told}; {findings} set by hand"));
    }
    partly(told)
}

pub(super) fn failures(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    if story.entries.is_empty() {
        return absent("there is no entry that stands");
    }
    let red = story
        .tests
        .iter()
        .filter(|own| !own.body.is_green())
        .count();
    let told = format!(
        "{}, {} and {} stay in the history",
        count(story.failures.len(), "failed attempt"),
        count(red, "red test run"),
        count(basis.audit.refusals.len(), "refused ask"),
    );
    if story.judgement.findings.is_empty() {
        present(told)
    } else {
        partly(format!("{told}, which does not verify"))
    }
}

pub(super) fn replay(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    if story.decisions.is_empty() {
        return absent("there is no AI call to replay");
    }
    let calls = count(story.decisions.len(), "recorded call");
    if !story.unread.is_empty() {
        let missing = count(story.unread.len(), "record");
        return absent(format!("{missing} cannot be read"));
    }
    if story.judgement.findings.is_empty() {
        present(format!(
            "{calls}, and no record is missing; `trail replay` makes it, this report has not"
        ))
    } else {
        partly(format!("{calls}, in a history that does not verify"))
    }
}
