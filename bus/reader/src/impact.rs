//! What is suspect since a criterion was changed, and the plan to verify it again.
//!
//! A criterion changes when an amendment binds another text of it, when one leaves it out, or when
//! the delivery that met it is taken back. What rested on the older state is then suspect: it may be
//! right, but what showed so spoke of something else. Nothing of this is typed in; it follows from
//! the sealed history and from the annotations in the sources.
//!
//! What has been made anew since is told as settled, and by what.

mod find;
mod plan;
mod since;
mod text;

use serde::Serialize;
use trail_record::{CriterionId, Digest, ItemKey, Moment, Record};

use crate::delivered::{self, TakenBack};
use crate::graph::Graph;
use crate::revisions::{CriterionChanges, Word, criteria_changes};
use crate::sources::{Place, Sources};
use crate::story::Story;

pub use text::text;

/// What is suspect, why, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Impact {
    /// The item.
    pub item: ItemKey,
    /// Its title as sealed.
    pub title: String,
    /// The criterion that was asked about; none for the whole item.
    pub criterion: Option<CriterionId>,
    /// Whether nothing changed, and this tells what would be suspect if it did.
    pub supposed: bool,
    /// What changed, or is supposed to.
    pub causes: Vec<Cause>,
    /// What rested on it: what is open first, each kind in the order of the plan.
    pub suspects: Vec<Suspect>,
    /// What to do, in order. Settled things are left out.
    pub plan: Vec<Step>,
    /// What this answer does not cover.
    pub gaps: Vec<String>,
}

/// What made things suspect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// What happened.
    pub change: Change,
    /// The criterion; none where it is all of the item.
    pub criterion: Option<CriterionId>,
    /// The revision before.
    pub from: Option<u32>,
    /// The revision now; none if it is gone or only supposed to change.
    pub to: Option<u32>,
    /// What it said before.
    pub before: Option<String>,
    /// What it says now.
    pub now: Option<String>,
    /// Whose word it was, and when.
    pub by: Option<Word>,
    /// The run that took the delivery back.
    pub taken_back: Option<TakenBack>,
}

/// What happened to a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// An amendment changed what it says.
    Amended,
    /// An amendment left it out.
    Removed,
    /// The delivery that met it was taken back.
    Reverted,
    /// Nothing did: it is asked what would be suspect.
    Supposed,
}

/// Something that rested on what changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// What it is.
    pub kind: Kind,
    /// Names it: a record's address, a place in a file, an item's key.
    pub address: String,
    /// What it is, for people.
    pub what: String,
    /// The item it belongs to.
    pub item: ItemKey,
    /// The criteria it rests on that changed, with the revision it rests on: `PROJ-1/AC-3@1`.
    pub criteria: Vec<String>,
    /// Where it stands in the sources.
    pub places: Vec<Place>,
    /// Why it is suspect.
    pub because: String,
    /// What was made since that it need not be looked at again; none if it is open.
    pub settled: Option<String>,
    /// The record, for what is one.
    pub record: Option<Digest<Record>>,
    /// When it was sealed.
    pub at: Option<Moment>,
}

/// What a suspect is, in the order in which a plan goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What an agent concluded.
    Conclusion,
    /// An AI call.
    Decision,
    /// A commit.
    Commit,
    /// Code that says it implements the criterion.
    Code,
    /// Text that says it documents the criterion.
    Document,
    /// A test that says it validates the criterion.
    Test,
    /// A test run.
    TestResult,
    /// What trials showed of a test.
    Proof,
    /// A human's approval.
    Approval,
    /// A pull request as it was rendered.
    PullRequest,
    /// The reviewer's last look.
    Review,
    /// What was delivered.
    Delivery,
    /// Another item that builds on this one.
    Item,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What to do.
    pub what: String,
    /// Why it comes here.
    pub why: String,
    /// With what: addresses, places, keys.
    pub targets: Vec<String>,
    /// The command that helps, if there is one.
    pub command: Option<String>,
}

/// Why an impact cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such criterion.
    #[error("{item} has no criterion {criterion}; it has {}", .known.join(", "))]
    NoCriterion {
        /// The item.
        item: ItemKey,
        /// What was asked about.
        criterion: CriterionId,
        /// The criteria there are, removed ones included.
        known: Vec<String>,
    },
    /// The item was never taken up.
    #[error("{0} was not taken up yet: nothing rests on its criteria")]
    NotTakenUp(ItemKey),
}

/// What an impact is asked of.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The item.
    pub story: &'a Story,
    /// One criterion of it; none for all.
    pub criterion: Option<&'a CriterionId>,
    /// Whether to tell what would be suspect if it changed, whatever changed before.
    pub if_changed: bool,
    /// All items there are, this one included.
    pub stories: &'a [Story],
    /// Their records.
    pub graph: &'a Graph,
    /// The annotations of the repository; none if it was not read.
    pub sources: Option<&'a Sources>,
}

/// Tells what is suspect.
///
/// # Errors
/// [`Error`] if there is no such criterion, or no task.
pub fn of(asked: &Asked<'_>) -> Result<Impact, Error> {
    let story = asked.story;
    let Some(spec) = story.spec() else {
        return Err(Error::NotTakenUp(story.key.clone()));
    };
    let changes = criteria_changes(story);
    if let Some(criterion) = asked.criterion
        && changes.iter().all(|own| own.criterion != *criterion)
    {
        return Err(Error::NoCriterion {
            item: story.key.clone(),
            criterion: criterion.clone(),
            known: changes
                .iter()
                .map(|own| own.criterion.to_string())
                .collect(),
        });
    }
    let chosen: Vec<&CriterionChanges> = changes
        .iter()
        .filter(|own| asked.criterion.is_none_or(|id| *id == own.criterion))
        .collect();
    let scopes = scopes(asked, &chosen);
    let mut suspects = Vec::new();
    for scope in &scopes {
        for found in find::all(asked, scope) {
            add(&mut suspects, found);
        }
    }
    suspects.sort_by(|a, b| {
        (a.settled.is_some(), a.kind, &a.item, a.at, &a.address).cmp(&(
            b.settled.is_some(),
            b.kind,
            &b.item,
            b.at,
            &b.address,
        ))
    });
    let causes: Vec<Cause> = scopes.into_iter().map(|own| own.cause).collect();
    Ok(Impact {
        item: story.key.clone(),
        title: spec.body.title.clone(),
        criterion: asked.criterion.cloned(),
        supposed: asked.if_changed,
        plan: plan::of(story, &causes, &suspects),
        causes,
        suspects,
        gaps: gaps(asked),
    })
}

/// A change and what it bounds.
struct Scope {
    cause: Cause,
    /// The specs that hold the older state.
    old: Vec<Digest<Record>>,
    /// The entry that changed it: what was sealed before rested on the older state.
    until: u64,
}

fn scopes(asked: &Asked<'_>, chosen: &[&CriterionChanges]) -> Vec<Scope> {
    let story = asked.story;
    let gone = delivered::taken_back(asked.stories);
    let own = delivered::delivery(story);
    let reverted = own.and_then(|own| gone.get(&own.receipt).cloned());
    let mut scopes: Vec<Scope> = Vec::new();
    if let Some(taken_back) = reverted {
        scopes.push(Scope {
            cause: Cause {
                change: Change::Reverted,
                criterion: asked.criterion.cloned(),
                from: None,
                to: None,
                before: None,
                now: None,
                by: None,
                taken_back: Some(taken_back),
            },
            old: story.specs.iter().map(|own| own.digest).collect(),
            until: u64::MAX,
        });
        return scopes;
    }
    for own in chosen {
        let newest = own.newest();
        let cause = Cause {
            change: Change::Supposed,
            criterion: Some(own.criterion.clone()),
            from: Some(newest.revision),
            to: None,
            before: Some(newest.text.clone()),
            now: None,
            by: None,
            taken_back: None,
        };
        let (cause, until) = match (&own.removed, own.revisions.as_slice()) {
            _ if asked.if_changed => (cause, u64::MAX),
            (Some(word), _) => {
                let cause = Cause {
                    change: Change::Removed,
                    by: Some(word.clone()),
                    ..cause
                };
                (cause, word.entry)
            }
            (None, [.., before, _]) => {
                let cause = Cause {
                    change: Change::Amended,
                    from: Some(before.revision),
                    to: Some(newest.revision),
                    before: Some(before.text.clone()),
                    now: Some(newest.text.clone()),
                    by: Some(newest.by.clone()),
                    ..cause
                };
                (cause, newest.by.entry)
            }
            (None, _) => continue,
        };
        let holds = |spec: &&crate::story::Fact<trail_record::body::Spec>| {
            let mut criteria = spec.body.criteria.iter();
            spec.entry < until && criteria.any(|known| known.id == own.criterion)
        };
        scopes.push(Scope {
            cause,
            old: story
                .specs
                .iter()
                .filter(holds)
                .map(|own| own.digest)
                .collect(),
            until,
        });
    }
    scopes
}

/// Adds a suspect; one that is known already rests on one criterion more, and is settled only if it
/// is for each.
fn add(suspects: &mut Vec<Suspect>, found: Suspect) {
    let known = suspects
        .iter_mut()
        .find(|own| own.kind == found.kind && own.address == found.address);
    let Some(known) = known else {
        suspects.push(found);
        return;
    };
    for criterion in found.criteria {
        if !known.criteria.contains(&criterion) {
            known.criteria.push(criterion);
        }
    }
    for place in found.places {
        if !known.places.contains(&place) {
            known.places.push(place);
        }
    }
    known.settled = known.settled.take().and(found.settled);
}

fn gaps(asked: &Asked<'_>) -> Vec<String> {
    let mut gaps = Vec::new();
    match asked.sources {
        None => gaps.push(
            "the sources were not read: annotated tests, code and documents are not told (give --path)"
                .to_owned(),
        ),
        Some(sources) if !sources.problems.is_empty() => {
            let shown = sources.problems.len().min(5);
            gaps.push(format!(
                "{} places of the sources could not be read or decided: {}",
                sources.problems.len(),
                sources.problems[..shown].join("; ")
            ));
        }
        Some(_) => {}
    }
    if !asked.story.unread.is_empty() {
        gaps.push(format!(
            "{} records of {} could not be read, and what rests on them may be missing",
            asked.story.unread.len(),
            asked.story.key
        ));
    }
    if !asked.story.judgement.findings.is_empty() {
        gaps.push(format!(
            "the history of {} has findings; see `trail verify`",
            asked.story.key
        ));
    }
    gaps
}

impl Change {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Amended => "amended",
            Self::Removed => "removed",
            Self::Reverted => "reverted",
            Self::Supposed => "supposed",
        }
    }
}

impl Kind {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conclusion => "conclusion",
            Self::Decision => "decision",
            Self::Commit => "commit",
            Self::Code => "code",
            Self::Document => "document",
            Self::Test => "test",
            Self::TestResult => "test result",
            Self::Proof => "proof",
            Self::Approval => "approval",
            Self::PullRequest => "pull request",
            Self::Review => "review",
            Self::Delivery => "delivery",
            Self::Item => "item",
        }
    }
}
