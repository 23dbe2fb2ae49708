//! Proposes annotations: for tests that have none, and for claims of criteria that do not exist.
//!
//! The nearest criterion is found by the words of the test's name and those of the criteria. It is a
//! guess, so it is shown first, and only where one criterion is clearly nearest. What is proposed is
//! the comment form, which needs no package; it is read back by the same scanner, and left out
//! unless the scanner then says exactly what was meant.

mod edit;

use std::collections::BTreeMap;

use serde::Serialize;
use similar::TextDiff;
use trail_record::hidden;
use trail_source::Options;

use crate::check::{Question, Report};
use crate::finding::Finding;
use crate::known::{Criterion, Item};
use crate::rule::Rule;
use crate::words::{Near, Nearness};

/// The score below which nothing is proposed.
const ENOUGH: f64 = 0.3;

/// How much nearer than the second the nearest must be.
const CLEARLY: f64 = 1.25;

/// What could be changed, and what could not.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Fixes {
    /// The files that would change.
    pub files: Vec<FileFix>,
    /// Orphans for which nothing is proposed.
    pub left: Vec<Left>,
}

/// One file that would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileFix {
    /// Its path from the root.
    pub path: String,
    /// What is proposed, in the order of the lines.
    pub proposals: Vec<Proposal>,
    /// Its text now.
    #[serde(skip)]
    pub before: String,
    /// Its text with what is proposed.
    #[serde(skip)]
    pub after: String,
    /// The change as a unified diff.
    pub diff: String,
}

/// One proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// The line of the test's name, or of the claim, as it is now.
    pub line: u32,
    /// The test.
    pub thing: String,
    /// The item proposed.
    pub work_item: String,
    /// The criterion proposed.
    pub criterion: String,
    /// Its revision.
    pub revision: u32,
    /// What it says.
    pub text: String,
    /// The criterion that is named now, where one is replaced.
    pub instead_of: Option<String>,
    /// How near: 0 for no word in common, 1 for the same words.
    pub score: f64,
}

/// An orphan for which nothing is proposed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Left {
    /// Its file.
    pub path: String,
    /// Its line.
    pub line: u32,
    /// The test.
    pub thing: String,
    /// Why not.
    pub why: String,
}

/// Proposes what to write for the orphans of a report; `read` returns a file's text.
pub fn propose(
    question: &Question<'_>,
    report: &Report,
    mut read: impl FnMut(&str) -> std::io::Result<Vec<u8>>,
) -> Fixes {
    let choices = Choices::of(question);
    let mut fixes = Fixes::default();
    let mut by_file: BTreeMap<&str, Vec<Proposal>> = BTreeMap::new();
    let orphans = report.findings.iter().filter(|own| own.is_open());
    for finding in orphans {
        let (Some(path), Some(line)) = (finding.path.as_deref(), finding.line) else {
            continue;
        };
        let thing = finding.thing.clone().unwrap_or_default();
        match choices.proposal(question, finding, line, &thing) {
            None => {}
            Some(Ok(proposal)) => by_file.entry(path).or_default().push(proposal),
            Some(Err(why)) => fixes.left.push(Left {
                path: path.to_owned(),
                line,
                thing,
                why,
            }),
        }
    }
    for (path, proposals) in by_file {
        let text = read(path)
            .map_err(|error| error.to_string())
            .and_then(|own| String::from_utf8(own).map_err(|_| "it is not UTF-8".to_owned()));
        match text {
            Ok(before) => file(
                path,
                before,
                proposals,
                question.settings.options(),
                &mut fixes,
            ),
            Err(why) => leave(path, proposals, &why, &mut fixes),
        }
    }
    fixes.left.sort();
    fixes
}

fn leave(path: &str, proposals: Vec<Proposal>, why: &str, fixes: &mut Fixes) {
    fixes.left.extend(proposals.into_iter().map(|own| Left {
        path: path.to_owned(),
        line: own.line,
        thing: own.thing,
        why: why.to_owned(),
    }));
}

fn file(path: &str, before: String, all: Vec<Proposal>, options: Options, fixes: &mut Fixes) {
    let (after, made) = edit::apply(path, &before, &all, options);
    let (mut proposals, mut refused) = (Vec::new(), Vec::new());
    for (proposal, made) in all.into_iter().zip(made) {
        if made {
            proposals.push(proposal);
        } else {
            refused.push(proposal);
        }
    }
    leave(
        path,
        refused,
        "an annotation written here would not be read as meant; write it by hand",
        fixes,
    );
    if proposals.is_empty() {
        return;
    }
    proposals.sort_by_key(|own| own.line);
    let diff = TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(2)
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string();
    // A source's own characters must not steer the terminal it is shown on.
    let diff = hidden::shown(&diff, "<", ">", hidden::hides);
    fixes.files.push(FileFix {
        path: path.to_owned(),
        proposals,
        before,
        after,
        diff,
    });
}

/// The criteria that may be proposed.
struct Choices<'k> {
    all: Vec<(&'k Item, &'k Criterion)>,
    nearness: Nearness,
}

impl<'k> Choices<'k> {
    fn of(question: &Question<'k>) -> Self {
        let items = question.known.items().filter(|own| own.state.is_wanted());
        let all: Vec<(&Item, &Criterion)> = items
            .flat_map(|item| item.criteria.iter().map(move |own| (item, own)))
            .collect();
        let nearness = Nearness::new(all.iter().map(|(_, own)| own.text.as_str()));
        Self { all, nearness }
    }

    /// Returns what is proposed for a finding, or why nothing is; none if it is no orphan.
    fn proposal(
        &self,
        question: &Question<'_>,
        finding: &Finding,
        line: u32,
        thing: &str,
    ) -> Option<Result<Proposal, String>> {
        match finding.rule {
            Rule::UnannotatedTest => {
                let near = self.nearness.of(thing, 2);
                Some(self.clear(&near, &self.all).map(|(near, item, criterion)| {
                    proposal(line, thing, item, criterion, None, near.score)
                }))
            }
            Rule::UnknownCriterion | Rule::OtherItemsCriterion => {
                let claim = finding.claim.as_deref()?;
                let (key, named) = claim.split_once(' ')?;
                let item = question.known.item(key)?;
                let own: Vec<(&Item, &Criterion)> =
                    item.criteria.iter().map(|own| (item, own)).collect();
                let near = Nearness::new(own.iter().map(|(_, own)| own.text.as_str()));
                let near = near.of(thing, 2);
                Some(self.clear(&near, &own).map(|(near, item, criterion)| {
                    let named = Some(named.to_owned());
                    proposal(line, thing, item, criterion, named, near.score)
                }))
            }
            _ => None,
        }
    }

    /// Returns the nearest of some criteria if it is near, and clearly nearer than the next.
    fn clear<'c>(
        &self,
        near: &[Near],
        all: &[(&'c Item, &'c Criterion)],
    ) -> Result<(Near, &'c Item, &'c Criterion), String> {
        let Some(first) = near.first().filter(|own| own.score >= ENOUGH) else {
            return Err("no criterion is near to its name".to_owned());
        };
        let (item, criterion) = all[first.index];
        if let Some(second) = near.get(1)
            && first.score < second.score * CLEARLY
        {
            let (other, its) = all[second.index];
            return Err(format!(
                "{} {} and {} {} are as near to its name",
                item.key, criterion.id, other.key, its.id
            ));
        }
        Ok((*first, item, criterion))
    }
}

fn proposal(
    line: u32,
    thing: &str,
    item: &Item,
    criterion: &Criterion,
    instead_of: Option<String>,
    score: f64,
) -> Proposal {
    Proposal {
        line,
        thing: thing.to_owned(),
        work_item: item.key.clone(),
        criterion: criterion.id.clone(),
        revision: criterion.revision,
        text: criterion.text.clone(),
        instead_of,
        score,
    }
}
