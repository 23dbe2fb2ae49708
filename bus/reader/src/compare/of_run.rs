//! One run of a story.

use trail_record::RunId;

use crate::story::{Fact, Story};

/// Returns what a story tells of one run, with the task it worked on.
pub(super) fn of_run(story: &Story, run: &RunId) -> Story {
    let mut own = story.clone();
    own.entries.retain(|step| step.run == *run);
    let last = own.entries.last().map_or(0, |step| step.seq);
    let held = |entry: u64| own.entries.iter().any(|step| step.seq == entry);
    own.unread.retain(|unread| held(unread.entry));
    own.runs.retain(|other| other == run);
    keep(&mut own.decisions, run);
    keep(&mut own.conclusions, run);
    keep(&mut own.patchsets, run);
    keep(&mut own.commits, run);
    keep(&mut own.tests, run);
    keep(&mut own.pull_requests, run);
    keep(&mut own.reviews, run);
    keep(&mut own.deliveries, run);
    keep(&mut own.failures, run);
    keep(&mut own.observations, run);
    keep(&mut own.verdicts, run);
    own.gates.retain(|gate| gate.request.run == *run);
    // A later run may work on the task that an earlier one sealed.
    own.specs.retain(|spec| spec.entry <= last);
    own
}

fn keep<B>(facts: &mut Vec<Fact<B>>, run: &RunId) {
    facts.retain(|fact| fact.run == *run);
}
