//! The revisions of criteria: what each said when, who changed it in which comment, and which were
//! removed or let through unproven.
//!
//! Amended, removed and waived are three different things, and no figure adds them up: an amended
//! criterion says something else than before, a removed one is agreed no more, and a waived one is
//! agreed but was not proven when a human let the pull request through.

use std::collections::BTreeMap;

use serde::Serialize;
use trail_record::body::{Authority, Criterion, GateName, GateOutcome, Spec};
use trail_record::{CommentId, CriterionId, Digest, Moment, Record, RunId, UserId};

use crate::story::{Fact, Gate, GateStanding, Standing, Story};

/// A criterion over all tasks that were sealed of its item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionChanges {
    /// The criterion.
    pub criterion: CriterionId,
    /// What it said, oldest first; at least one.
    pub revisions: Vec<Revision>,
    /// Who removed it; none if the newest task holds it.
    pub removed: Option<Word>,
    /// The approvals that let it through unproven, of the newest approved pull request of each run.
    pub waived: Vec<Waiver>,
}

/// What a criterion said from one task on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// Its number.
    pub revision: u32,
    /// What must hold.
    pub text: String,
    /// Whether it says that something must stay as it was.
    pub keeps: bool,
    /// The task that says so first.
    pub spec: Digest<Record>,
    /// Whose word it was, and when.
    pub by: Word,
}

/// Somebody's word that changed a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word {
    /// The account.
    pub user: UserId,
    /// The name it is known by.
    pub name: String,
    /// The comment it was given in; none where the tracker proves who wrote the text.
    pub comment: Option<CommentId>,
    /// The code they named.
    pub code: Option<String>,
    /// The entry that seals it.
    pub entry: u64,
    /// When it was sealed.
    pub at: Moment,
}

/// An approval of a pull request while a criterion was not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiver {
    /// The run.
    pub run: RunId,
    /// The criterion's revision then.
    pub revision: u32,
    /// How it stood when the approval was sealed.
    pub standing: Standing,
    /// Who approved.
    pub by: Word,
    /// Their reason, if they gave one.
    pub why: Option<String>,
    /// The decision.
    pub decision: Digest<Record>,
    /// Whether a rule delegated it to the reviewer persona.
    pub delegated: bool,
    /// Whether a played person gave it.
    pub simulated: bool,
}

impl CriterionChanges {
    /// Returns what it said last.
    ///
    /// # Panics
    /// Never: a criterion is known from a task that holds it.
    #[must_use]
    pub fn newest(&self) -> &Revision {
        self.revisions
            .last()
            .expect("a criterion is known from a task that holds it")
    }

    /// Tells whether an amendment changed what it says.
    #[must_use]
    pub fn is_amended(&self) -> bool {
        self.revisions.len() > 1
    }
}

/// Tells each criterion's revisions, removal and waivers, in the order in which the criteria first
/// appeared.
#[must_use]
pub fn criteria_changes(story: &Story) -> Vec<CriterionChanges> {
    let mut all: Vec<CriterionChanges> = Vec::new();
    for spec in &story.specs {
        for own in &spec.body.criteria {
            let known = all.iter_mut().find(|known| known.criterion == own.id);
            match known {
                Some(known) => {
                    known.removed = None;
                    if differs(known.newest(), own) {
                        known.revisions.push(revision(story, spec, own));
                    }
                }
                None => all.push(CriterionChanges {
                    criterion: own.id.clone(),
                    revisions: vec![revision(story, spec, own)],
                    removed: None,
                    waived: Vec::new(),
                }),
            }
        }
        for known in &mut all {
            let gone = spec
                .body
                .criteria
                .iter()
                .all(|own| own.id != known.criterion);
            if gone && known.removed.is_none() {
                known.removed = Some(word(story, spec));
            }
        }
    }
    for (criterion, waiver) in waivers(story) {
        if let Some(known) = all.iter_mut().find(|known| known.criterion == criterion) {
            known.waived.push(waiver);
        }
    }
    all
}

/// A criterion that came back after it was removed counts from 1 again: its text tells then.
fn differs(known: &Revision, now: &Criterion) -> bool {
    (known.revision, known.text.as_str(), known.keeps)
        != (now.revision, now.text.as_str(), now.keeps)
}

fn revision(story: &Story, spec: &Fact<Spec>, own: &Criterion) -> Revision {
    Revision {
        revision: own.revision,
        text: own.text.clone(),
        keeps: own.keeps,
        spec: spec.digest,
        by: word(story, spec),
    }
}

fn word(story: &Story, spec: &Fact<Spec>) -> Word {
    let (user, comment, code) = match &spec.body.authority {
        Authority::Author { user } => (user, None, None),
        Authority::Command {
            user,
            comment,
            code,
        } => (user, Some(comment.clone()), Some(code.clone())),
    };
    Word {
        user: user.clone(),
        name: story.name_of(user),
        comment,
        code,
        entry: spec.entry,
        at: spec.at,
    }
}

/// Returns the approvals of pull requests under which a criterion was not proven.
fn waivers(story: &Story) -> Vec<(CriterionId, Waiver)> {
    let mut newest: BTreeMap<&RunId, &Gate> = BTreeMap::new();
    for gate in &story.gates {
        let own = gate.request.body.gate.as_str() == GateName::PR_CREATE;
        if own && story.standing(gate) == GateStanding::Approved {
            newest.insert(&gate.request.run, gate);
        }
    }
    let taken_back = |run: &RunId| story.reverts.iter().any(|own| own.run == *run);
    let mut out = Vec::new();
    for run in &story.runs {
        // A run that takes work back proves nothing and is not asked to.
        let Some(gate) = newest.get(run).filter(|_| !taken_back(run)) else {
            continue;
        };
        let approvals = gate
            .decisions
            .iter()
            .filter(|own| own.body.outcome == GateOutcome::Approved);
        for approval in approvals {
            for own in story.coverage_at(approval.entry) {
                if own.standing == Standing::Proven {
                    continue;
                }
                let decision = &approval.body;
                let waiver = Waiver {
                    run: run.clone(),
                    revision: own.revision,
                    standing: own.standing,
                    by: Word {
                        user: decision.approver.clone(),
                        name: decision.name.clone(),
                        comment: decision.comment.as_ref().map(|own| own.id.clone()),
                        code: Some(decision.code.clone()),
                        entry: approval.entry,
                        at: approval.at,
                    },
                    why: decision.why.clone(),
                    decision: approval.digest,
                    delegated: decision.delegated,
                    simulated: decision.simulated,
                };
                out.push((own.criterion, waiver));
            }
        }
    }
    out
}
