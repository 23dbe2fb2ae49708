//! Reports and matrices: what is proven and what is not, each group by name; nothing from outside is
//! more than text; nothing that was sealed is left out.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

mod evidence;
mod matrix;
mod page;
mod tally;

use std::path::Path;

use trail_item::Fold;
use trail_reader::history::History;
use trail_reader::{Report, Story};
use trail_record::body::{Criterion, Spec};
use trail_record::{CriterionId, Digest};

/// Tells the stories of a golden history: `v0` with two items, or `proven` with one whose criteria
/// are proven.
pub(crate) fn golden(name: &str) -> Vec<Story> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(name);
    let history = History::load(&dir).unwrap();
    let trust = history.trust().ok();
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    let told = judged
        .iter()
        .map(|own| Story::of(own, trust.as_ref(), &history.blobs));
    told.collect()
}

/// The item whose criteria are proven.
pub(crate) fn proven() -> Story {
    golden("proven").remove(0)
}

/// Amends the task of a story after all that was done: `change` makes the new one.
pub(crate) fn amend(story: &mut Story, change: impl FnOnce(&mut Spec)) {
    let mut fact = story.spec().unwrap().clone();
    fact.digest = Digest::of(b"the amended task");
    fact.entry = story.entries.last().unwrap().seq + 1;
    fact.body.revision += 1;
    change(&mut fact.body);
    story.specs.push(fact);
}

/// A criterion as an amendment may bring it.
pub(crate) fn criterion(id: &str, revision: u32, text: &str) -> Criterion {
    Criterion {
        id: CriterionId::new(id),
        revision,
        text: text.to_owned(),
        keeps: false,
    }
}

/// The kinds of a report's gaps, with what they say.
pub(crate) fn gaps(report: &Report) -> Vec<(&'static str, String)> {
    report
        .gaps
        .iter()
        .map(|own| (own.kind, own.what.clone()))
        .collect()
}
