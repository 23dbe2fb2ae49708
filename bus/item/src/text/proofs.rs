//! What is said of proofs: which criteria are proven by which tests, and which are open and why.

use std::fmt::Write as _;

use trail_record::CriterionId;
use trail_record::body::{Criterion, Proof, Spec};

use super::{Note, count};
use crate::quote;

/// How many tests are named for one criterion; the rest is counted.
const MAX_TESTS: usize = 8;

/// What its tests show for one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The criterion as it is agreed now.
    pub criterion: Criterion,
    /// The tests that prove it, each with why.
    pub proven_by: Vec<Shown>,
    /// Where none proves it: the tests that name it, each with why it does not.
    pub open: Vec<Shown>,
}

/// A test and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The test, as the runner names it.
    pub test: String,
    /// What it is for the criterion: `discriminating`, `vacuous`, ...
    pub verdict: &'static str,
    /// Why.
    pub reason: String,
}

impl Standing {
    /// Tells whether a test proves it.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        !self.proven_by.is_empty()
    }
}

/// Returns how each criterion of the spec stands by these proofs, in the spec's order.
#[must_use]
pub fn standings(spec: &Spec, proofs: &[Proof]) -> Vec<Standing> {
    let standing = |criterion: &Criterion| {
        let claims = proofs.iter().flat_map(|proof| {
            let own = proof.claims.iter().filter(|claim| {
                claim.criterion.work_item == spec.key && claim.criterion.criterion == criterion.id
            });
            own.map(move |claim| (proof, claim))
        });
        let (mut proven_by, mut open) = (Vec::new(), Vec::new());
        for (proof, claim) in claims {
            let shown = Shown {
                test: proof.test.clone(),
                verdict: claim.verdict.as_str(),
                reason: claim.reason.clone(),
            };
            if claim.proves {
                proven_by.push(shown);
            } else {
                open.push(shown);
            }
        }
        if !proven_by.is_empty() {
            open.clear();
        }
        Standing {
            criterion: criterion.clone(),
            proven_by,
            open,
        }
    };
    spec.criteria.iter().map(standing).collect()
}

/// Returns the ids of the criteria that are proven, and of those that are not.
#[must_use]
pub fn proven_and_open(standings: &[Standing]) -> (Vec<CriterionId>, Vec<CriterionId>) {
    let ids = |proven: bool| {
        let own = standings
            .iter()
            .filter(move |own| own.is_proven() == proven);
        own.map(|own| own.criterion.id.clone()).collect()
    };
    (ids(true), ids(false))
}

/// Says what the tests that just passed prove, and what is done about what is open.
#[must_use]
pub fn proved(standings: &[Standing], again: bool, stopped: Option<&str>) -> String {
    let mut out = summary(standings);
    let open = standings.iter().any(|own| !own.is_proven());
    if again {
        out.push_str(" The tests go back to the tester: each is to fail by assertion where the change, or what it keeps, is missing.");
    } else if open {
        out.push_str(" Nobody is sent back any more: who decides about the pull request decides about this too.");
    }
    if let Some(stopped) = stopped {
        write!(
            out,
            " Not all was tried: {}.",
            quote::plain(stopped.trim_end_matches('.'), 300)
        )
        .expect("a string takes all text");
    }
    out.push_str("\n\n");
    out.push_str(lines(standings).trim_end());
    out
}

/// Says what tests prove that a person had tried again.
#[must_use]
pub fn proved_later(standings: &[Standing], tests: usize, stopped: Option<&str>) -> Note {
    let mut body = summary(standings);
    if let Some(stopped) = stopped {
        write!(
            body,
            " Not all was tried: {}.",
            quote::plain(stopped.trim_end_matches('.'), 300)
        )
        .expect("a string takes all text");
    }
    body.push_str("\n\n");
    body.push_str(&lines(standings));
    Note::new(
        format!(
            "tried {} again on base, change and mutants",
            count(tests, "test")
        ),
        body,
    )
}

/// Says that results from outside were kept.
#[must_use]
pub fn reported(source: &str, by: &str, cases: usize, joined: &[CriterionId]) -> Note {
    let criteria: Vec<_> = joined
        .iter()
        .map(|own| quote::plain(own.as_str(), 40))
        .collect();
    let named = if criteria.is_empty() {
        "None of them names a criterion of this item.".to_owned()
    } else {
        format!("They name {}.", criteria.join(", "))
    };
    Note::new(
        format!("keeps {} from outside", count(cases, "test result")),
        format!(
            "From {}, as {} reports it. {named} Trail did not run them: they are reported, not performed, and prove nothing.\n",
            quote::inline(source, 200),
            quote::inline(by, 120),
        ),
    )
}

/// Returns one line of figures: `2 of 3 criteria are proven.`
fn summary(standings: &[Standing]) -> String {
    let proven = standings.iter().filter(|own| own.is_proven()).count();
    let word = if proven == 1 { "is" } else { "are" };
    format!(
        "**{proven} of {} {word} proven.**",
        count(standings.len(), "criterion")
    )
}

/// Lists the criteria, open ones first.
pub(super) fn lines(standings: &[Standing]) -> String {
    let mut out = String::new();
    let (proven, open): (Vec<_>, Vec<_>) = standings.iter().partition(|own| own.is_proven());
    for own in open.into_iter().chain(proven) {
        let Criterion {
            id,
            revision,
            text,
            keeps,
        } = &own.criterion;
        let word = if own.is_proven() {
            "proven"
        } else {
            "not proven"
        };
        let keeps = if *keeps { " (keeps)" } else { "" };
        writeln!(
            out,
            "- {word}: **{}@{revision}**{keeps} {} — {}",
            quote::plain(id.as_str(), 40),
            quote::plain(text, 500),
            tests(own)
        )
        .expect("a string takes all text");
    }
    out
}

/// Names what is not proven in one line, for a gate request; none if all is.
pub(super) fn open_line(standings: &[Standing]) -> Option<String> {
    let open: Vec<_> = standings
        .iter()
        .filter(|own| !own.is_proven())
        .map(|own| {
            format!(
                "{}@{} ({})",
                quote::plain(own.criterion.id.as_str(), 40),
                own.criterion.revision,
                tests(own)
            )
        })
        .collect();
    (!open.is_empty()).then(|| open.join("; "))
}

/// Names the tests of a criterion and what they show.
fn tests(own: &Standing) -> String {
    let all = if own.is_proven() {
        &own.proven_by
    } else {
        &own.open
    };
    if all.is_empty() {
        return "no test names it".to_owned();
    }
    let mut said: Vec<String> = all
        .iter()
        .take(MAX_TESTS)
        .map(|shown| {
            let verdict = if own.is_proven() {
                String::new()
            } else {
                format!(" is {}", shown.verdict)
            };
            format!(
                "{}{verdict}: {}",
                quote::inline(&shown.test, 200),
                quote::plain(&shown.reason, 300)
            )
        })
        .collect();
    let more = all.len().saturating_sub(MAX_TESTS);
    if more > 0 {
        said.push(format!("and {}", count(more, "more test")));
    }
    said.join("; ")
}
