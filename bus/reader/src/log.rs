//! A run as lines: when, which call, who, what, why, at what cost, and how long gates waited.

use std::fmt;

use serde::Serialize;
use trail_item::text::dollars;
use trail_item::{Event, Order};
use trail_record::body::{Effect, GateName, GateOutcome};
use trail_record::{Digest, Moment, Persona, Record, RunId, glob};

use crate::report::{about, short, span};
use crate::story::{Fact, Step, Story};

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When: a call when it was asked, all else when it was sealed.
    pub at: Moment,
    /// The run.
    pub run: RunId,
    /// The number of the entry that seals it.
    pub entry: u64,
    /// The number of the call, for calls.
    pub call: Option<u32>,
    /// Who.
    pub persona: Persona,
    /// What kind of thing it is: `call`, or the event's own word, such as `committed`.
    pub kind: String,
    /// What was done.
    pub what: String,
    /// Why, in the doer's own words.
    pub why: Option<String>,
    /// The record it is about.
    pub digest: Option<Digest<Record>>,
    /// What it cost, in millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// How long a gate waited, in milliseconds.
    pub waited_ms: Option<u64>,
}

/// Which lines are wanted; what is none or empty lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this run.
    pub run: Option<RunId>,
    /// Of these kinds.
    pub kinds: Vec<String>,
    /// By these personas.
    pub personas: Vec<Persona>,
    /// Not before.
    pub since: Option<Moment>,
    /// Not after.
    pub until: Option<Moment>,
    /// Of calls, patchsets and commits that touched a path like one of these globs.
    pub paths: Vec<String>,
    /// Of entries from this number on.
    pub from: u64,
}

/// The kinds of lines there are.
pub const KINDS: [&str; 25] = [
    "call",
    "taken-up",
    "start-asked",
    "unfit",
    "claimed",
    "released",
    "planned",
    "proposed",
    "committed",
    "tested",
    "prepared",
    "delivered",
    "refused",
    "failed",
    "gate-asked",
    "gate-decided",
    "obeyed",
    "answered",
    "drifted",
    "restored",
    "amended",
    "found",
    "disposed",
    "spent",
    "renewed",
];

/// Returns the history as lines, in order, as far as they are wanted.
#[must_use]
pub fn lines(story: &Story, filter: &Filter) -> Vec<Line> {
    let mut lines = Vec::new();
    for step in &story.entries {
        if step.seq < filter.from || filter.run.as_ref().is_some_and(|run| *run != step.run) {
            continue;
        }
        let calls = story
            .decisions
            .iter()
            .filter(|own| own.entry == step.seq)
            .filter(|own| filter.takes_call(own));
        lines.extend(calls.map(call));
        lines.extend(
            step.events
                .iter()
                .filter(|event| filter.takes_event(story, event))
                .filter_map(|event| happened(story, step, event)),
        );
    }
    lines.retain(|line| filter.takes(line));
    lines
}

impl Filter {
    fn takes(&self, line: &Line) -> bool {
        let kinds = &self.kinds;
        (kinds.is_empty() || kinds.contains(&line.kind))
            && (self.personas.is_empty() || self.personas.contains(&line.persona))
            && self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at <= until)
    }

    fn takes_call(&self, call: &Fact<trail_record::body::Decision>) -> bool {
        self.paths.is_empty()
            || call
                .body
                .asks
                .iter()
                .flat_map(|ask| &ask.effects)
                .any(|effect| match effect {
                    Effect::Read { path, .. }
                    | Effect::Listed { path, .. }
                    | Effect::Staged { path, .. } => glob::any(&self.paths, path),
                    Effect::Searched { files, .. } => {
                        files.iter().any(|file| glob::any(&self.paths, file))
                    }
                    Effect::Ran { .. } | Effect::Concluded { .. } => false,
                })
    }

    fn takes_event(&self, story: &Story, event: &Event) -> bool {
        if self.paths.is_empty() {
            return true;
        }
        let (Event::Proposed { patchset, .. } | Event::Committed { patchset, .. }) = event else {
            return false;
        };
        let own = story.patchsets.iter().find(|own| own.digest == *patchset);
        own.is_some_and(|own| {
            let mut files = own.body.files.iter();
            files.any(|file| glob::any(&self.paths, &file.path))
        })
    }
}

/// Returns the stored word of an event.
fn word(event: &Event) -> String {
    let value = serde_json::to_value(event).unwrap_or_default();
    value["event"].as_str().unwrap_or_default().to_owned()
}

fn call(own: &Fact<trail_record::body::Decision>) -> Line {
    let body = &own.body;
    let asks: Vec<String> = body
        .asks
        .iter()
        .map(|ask| {
            let refused = if ask.verdict.allowed { "" } else { " REFUSED" };
            format!("{} {}", ask.tool, about(&ask.arguments))
                .trim_end()
                .to_owned()
                + refused
        })
        .collect();
    let asks = if asks.is_empty() {
        "answered".to_owned()
    } else {
        asks.join(", ")
    };
    Line {
        at: body.at,
        run: own.run.clone(),
        entry: own.entry,
        call: Some(body.call),
        persona: own.persona,
        kind: "call".to_owned(),
        what: format!("{}: {}", short(&body.action, 20), short(&asks, 200)),
        why: Some(short(&body.text, 160)).filter(|text| !text.is_empty()),
        digest: Some(own.digest),
        cost_micros: body.cost_micros,
        waited_ms: None,
    }
}

fn happened(story: &Story, step: &Step, event: &Event) -> Option<Line> {
    let mut line = Line {
        at: step.at,
        run: step.run.clone(),
        entry: step.seq,
        call: None,
        persona: step.persona,
        kind: word(event),
        what: String::new(),
        why: None,
        digest: None,
        cost_micros: None,
        waited_ms: None,
    };
    line.what = match event {
        // Calls have lines of their own; leases are the machinery's.
        Event::Spent { .. } | Event::Renewed { .. } => return None,
        Event::TakenUp { spec, .. } => {
            line.digest = Some(*spec);
            "took the item up".to_owned()
        }
        Event::StartAsked { code, .. } => format!("asks for /start {code}"),
        Event::Unfit { .. } => "says what to mend in the item".to_owned(),
        Event::Claimed { action, .. } => format!("begins {action}"),
        Event::Released { .. } => "stops without an outcome".to_owned(),
        Event::Planned { plan, .. } => {
            line.digest = Some(*plan);
            "planned".to_owned()
        }
        Event::Proposed { patchset, .. } => {
            line.digest = Some(*patchset);
            line.why = summary(story, *patchset);
            "proposes a patchset".to_owned()
        }
        Event::Committed {
            patchset, commit, ..
        } => {
            line.digest = Some(*patchset);
            line.why = summary(story, *patchset);
            format!(
                "committed {}",
                commit.as_str().get(..12).unwrap_or(commit.as_str())
            )
        }
        Event::Tested {
            result,
            passed,
            failed,
            ..
        } => {
            line.digest = Some(*result);
            format!("ran the tests: {passed} passed, {failed} failed")
        }
        Event::Prepared { pull_request, .. } => {
            line.digest = Some(*pull_request);
            "prepared the pull request".to_owned()
        }
        Event::Delivered { receipt, .. } => {
            line.digest = Some(*receipt);
            "delivered".to_owned()
        }
        Event::Refused { review, .. } => {
            line.digest = Some(*review);
            line.why = story
                .reviews
                .iter()
                .find(|own| own.digest == *review)
                .map(|own| short(&own.body.summary, 160));
            "refused to deliver".to_owned()
        }
        Event::Failed { failure, .. } => {
            line.digest = Some(*failure);
            let told = story.failures.iter().find(|own| own.digest == *failure);
            line.why = told.map(|own| short(&own.body.reason, 160));
            told.map_or_else(
                || "failed".to_owned(),
                |own| format!("{} failed", short(&own.body.action, 20)),
            )
        }
        Event::GateAsked {
            gate,
            request,
            code,
            ..
        } => {
            line.digest = Some(*request);
            format!(
                "asks at gate {} for /approve {code}",
                short(gate.as_str(), 80)
            )
        }
        Event::GateDecided {
            gate,
            request,
            outcome,
            decision,
            ..
        } => {
            line.digest = Some(*decision);
            let own = story
                .gates
                .iter()
                .find(|own| own.request.digest == *request);
            line.waited_ms = own.and_then(crate::story::Gate::waited_ms);
            let told = own.and_then(|own| own.decisions.iter().find(|own| own.digest == *decision));
            line.why = told
                .and_then(|own| own.body.why.as_ref())
                .map(|why| short(why, 160));
            let who = told.map_or_else(String::new, |own| {
                let simulated = if own.body.simulated {
                    " (simulated)"
                } else {
                    ""
                };
                format!(" by {}{simulated}", short(&own.body.name, 80))
            });
            let word = match outcome {
                GateOutcome::Approved => "approved",
                GateOutcome::Rejected => "rejected",
            };
            format!("gate {} {word}{who}", short(gate.as_str(), 80))
        }
        Event::Obeyed { command, comment } => {
            let word = match command {
                Order::Hold => "/hold",
                Order::Resume => "/resume",
                Order::Retry => "/retry",
                Order::Cancel => "/cancel",
            };
            format!("obeyed {word} of comment {comment}")
        }
        Event::Answered { comment } => format!("answered comment {comment}"),
        Event::Drifted { code, .. } => format!("the item's text changed; asks for /amend {code}"),
        Event::Restored => "the item's text is the sealed one again".to_owned(),
        Event::Amended { spec, .. } => {
            line.digest = Some(*spec);
            "took up the amended item".to_owned()
        }
        Event::Found {
            kind,
            closes: false,
            ..
        } => format!("found: {}; it closes nothing", short(kind, 40)),
        Event::Found { kind, code, .. } => format!("found: {}; /dispose {code}", short(kind, 40)),
        Event::Disposed { id, .. } => format!("finding cleared: {}", short(id, 80)),
        Event::Captured {
            observation,
            gates,
            gone,
            changes,
        } => {
            line.digest = Some(*observation);
            let names = |names: &[GateName]| -> Vec<String> {
                names.iter().map(|own| short(own.as_str(), 80)).collect()
            };
            let mut told = vec![format!(
                "labels and state captured: {} changes",
                changes.len()
            )];
            if !gates.is_empty() {
                told.push(format!("gates asked for: {}", names(gates).join(", ")));
            }
            if !gone.is_empty() {
                told.push(format!(
                    "labels gone, gates stay: {}",
                    names(gone).join(", ")
                ));
            }
            told.join("; ")
        }
        Event::Lapsed { fence, observation } => {
            line.digest = Some(*observation);
            format!("the lease under fence {fence} has lapsed")
        }
        Event::Proved {
            proofs,
            proven,
            open,
            again,
            ..
        } => {
            line.digest = proofs.first().copied();
            let back = if *again {
                "; the tests go back to be written anew"
            } else {
                ""
            };
            format!(
                "{} criteria proven, {} open{back}",
                proven.len(),
                open.len()
            )
        }
        Event::Reported { report } => {
            line.digest = Some(*report);
            "took results in that somebody reported".to_owned()
        }
        Event::RevertAsked { receipts, code, .. } => {
            line.digest = receipts.first().copied();
            let more = receipts.len().saturating_sub(1);
            format!("says what taking it back would do ({more} build on it); /revert {code}")
        }
        Event::Reverting { revert, run, .. } => {
            line.digest = Some(*revert);
            line.why = story
                .reverts
                .iter()
                .find(|own| own.digest == *revert)
                .and_then(|own| own.body.why.as_ref())
                .map(|why| short(why, 160));
            format!("takes the delivery back in run {run}")
        }
    };
    Some(line)
}

fn summary(story: &Story, patchset: Digest<Record>) -> Option<String> {
    let own = story.patchsets.iter().find(|own| own.digest == patchset)?;
    Some(short(&own.body.summary, 160)).filter(|text| !text.is_empty())
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = self
            .call
            .map_or_else(|| "    ".to_owned(), |call| format!("{call:>4}"));
        write!(f, "{} {call}  {:<8}  {}", self.at, self.persona, self.what)?;
        if let Some(cost) = self.cost_micros {
            write!(f, "  {}", dollars(cost))?;
        }
        if let Some(waited) = self.waited_ms {
            write!(f, "  waited {}", span(waited))?;
        }
        if let Some(why) = &self.why {
            write!(f, "\n{:<42}{why}", "")?;
        }
        Ok(())
    }
}
