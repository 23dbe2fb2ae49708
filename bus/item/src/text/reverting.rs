//! What Trail says of taking delivered work back.

use std::fmt::Write as _;

use trail_record::ItemKey;
use trail_record::body::Revert;

use super::{Note, count};
use crate::quote;

/// One delivery that may be taken back, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The item.
    pub key: ItemKey,
    /// Its title as sealed.
    pub title: String,
    /// The commit delivered, and the first lines of the commits' messages, oldest first.
    pub commits: Vec<(String, String)>,
    /// The files of the delivery, sorted.
    pub files: Vec<String>,
    /// How it is known that this builds on the item; empty for the item's own.
    pub because: Vec<String>,
}

/// Most files of a delivery that are listed by name.
const SHOWN: usize = 40;
/// Most commits of a delivery that are listed.
const COMMITS: usize = 10;
/// Most deliveries that are told whole; of the rest only the name is: a comment has an end.
const WHOLE: usize = 6;
/// Most files that a pull request lists.
const LISTED: usize = 200;

/// Answers `/revert` without a code: what it would do, and how to say so. `unknown` are items that
/// could not be read, so whether they build on this one is not known.
#[must_use]
pub fn revert_asked(
    own: &Planned,
    dependants: &[Planned],
    unknown: &[ItemKey],
    code: &str,
) -> Note {
    let mut body = String::from("Taking this back would undo, on the newest base branch:\n\n");
    delivery(&mut body, own, true);
    if dependants.is_empty() {
        body.push_str("\nNo delivered item is known to build on it.\n");
    } else {
        body.push_str("\nThese delivered items build on it. They stay, and are suspect afterwards, unless they are taken back as well:\n\n");
        for (at, own) in dependants.iter().enumerate() {
            delivery(&mut body, own, at < WHOLE);
        }
    }
    if !unknown.is_empty() {
        let keys: Vec<String> = unknown
            .iter()
            .map(|key| quote::inline(key.as_str(), 80))
            .collect();
        write!(
            body,
            "\nWhether these build on it is not known, for they could not be read: {}.\n",
            keys.join(", ")
        )
        .expect("a string takes all text");
    }
    let with = dependants
        .first()
        .map_or_else(|| "KEY".to_owned(), |own| own.key.to_string());
    write!(
        body,
        "\nNothing is changed yet. To take it back, a permitted person comments `/revert {code}`, with what builds on it `/revert {code} with {with} ...`, and the reason after it. The change is computed, and passes the gates `file_write` and `pr_create` as any other; tests are run, and none are written. If the delivery's branch was never merged there is nothing to take back: close its pull request.\n"
    )
    .expect("a string takes all text");
    Note::new("says what taking this delivery back would do", body)
}

fn delivery(body: &mut String, own: &Planned, whole: bool) {
    let mut line = |text: &str| writeln!(body, "{text}").expect("a string takes all text");
    line(&format!(
        "- **{}** {}: {}, {}",
        quote::plain(own.key.as_str(), 140),
        quote::plain(&own.title, 200),
        count(own.commits.len(), "commit"),
        count(own.files.len(), "file"),
    ));
    for because in own.because.iter().take(if whole { WHOLE } else { 1 }) {
        line(&format!("  - {}", quote::plain(because, 400)));
    }
    if !whole {
        return;
    }
    for (commit, subject) in own.commits.iter().take(COMMITS) {
        line(&format!(
            "  - commit {} {}",
            quote::inline(commit.get(..12).unwrap_or(commit), 80),
            quote::plain(subject, 120)
        ));
    }
    let files: Vec<String> = own
        .files
        .iter()
        .take(SHOWN)
        .map(|path| quote::inline(path, 200))
        .collect();
    let more = own.files.len().saturating_sub(SHOWN);
    let more = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    line(&format!("  - files {}{more}", files.join(", ")));
}

/// Says that a run begins which takes deliveries back.
#[must_use]
pub fn reverting(revert: &Revert, who: &str) -> Note {
    let mut body = String::from("In this order:\n\n");
    for own in &revert.items {
        writeln!(
            body,
            "- {} as delivered in run {}, commits {} to {}",
            quote::plain(own.key.as_str(), 140),
            quote::plain(own.run.as_str(), 140),
            quote::inline(own.base.as_str().get(..12).unwrap_or(own.base.as_str()), 80),
            quote::inline(own.head.as_str().get(..12).unwrap_or(own.head.as_str()), 80),
        )
        .expect("a string takes all text");
    }
    if let Some(why) = &revert.why {
        write!(
            body,
            "\nThe reason given:\n\n{}",
            quote::quotation(why, 2000)
        )
        .expect("a string takes all text");
    }
    body.push_str("\nThe change is computed from these commits and the newest base branch. `/cancel` ends it; the delivery then stands as it did.\n");
    Note::new(
        format!(
            "takes {} back on the word of {}",
            count(revert.items.len(), "delivery"),
            quote::plain(who, 100)
        ),
        body,
    )
}

/// The body of the pull request that takes deliveries back.
#[must_use]
pub fn revert_request(
    revert: &Revert,
    who: &str,
    files: &[String],
    tests: &str,
    approvals: &[String],
) -> String {
    let mut out = String::from("Takes back what was delivered:\n\n");
    for own in &revert.items {
        writeln!(
            out,
            "- {}: {} to {} (run {}, receipt {})",
            quote::plain(own.key.as_str(), 140),
            quote::inline(own.base.as_str(), 80),
            quote::inline(own.head.as_str(), 80),
            quote::plain(own.run.as_str(), 140),
            own.receipt.short(),
        )
        .expect("a string takes all text");
    }
    let why = revert.why.as_deref().unwrap_or("no reason was given");
    write!(
        out,
        "\nOn the word of {} in comment {} with code `{}`:\n\n{}\n",
        quote::plain(who, 100),
        quote::plain(revert.comment.as_str(), 100),
        revert.code,
        quote::quotation(why, 2000),
    )
    .expect("a string takes all text");
    out.push_str("Files:\n\n");
    for path in files.iter().take(LISTED) {
        writeln!(out, "- {}", quote::inline(path, 200)).expect("a string takes all text");
    }
    if files.len() > LISTED {
        writeln!(out, "- and {} more", files.len() - LISTED).expect("a string takes all text");
    }
    write!(
        out,
        "\nTests: {tests}. None were written, and nothing was proven: the criteria of what is taken back hold no more.\n\nThe change was computed: the reverse of each delivery, what builds on others first, merged into the base branch. No model wrote any of it.\n"
    )
    .expect("a string takes all text");
    if !approvals.is_empty() {
        out.push_str("\nApproved so far:\n\n");
        for own in approvals {
            writeln!(out, "- {own}").expect("a string takes all text");
        }
    }
    out
}
