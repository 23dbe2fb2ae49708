//! Why tests went back to the tester: what each open criterion lacks, and which faults nobody noticed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use trail_agents::briefing::Setback;
use trail_item::text::{Shown, Standing, standings};
use trail_record::body::proof::{Outcome, outcome_in};
use trail_record::body::{Mutant, Proof, Trial};
use trail_record::chain::Signed;
use trail_record::{Digest, Kind, Record};

use crate::facts::Facts;
use crate::view::View;
use crate::worker::{Error, Worker};

/// How many unnoticed faults are told for one criterion.
const MAX_FAULTS: usize = 8;
/// How much of a fault's text is told, in characters.
const MAX_FAULT: usize = 160;

/// What would help each test.
type Advice = BTreeMap<String, &'static str>;

/// A fault and how each test went on it.
struct Fault {
    mutant: Mutant,
    trials: Vec<Trial>,
}

impl Worker {
    /// Returns why the tests that are to be written anew do not prove what they should; nothing if
    /// nobody sent them back.
    pub(super) async fn sent_back(
        &self,
        view: &View,
        facts: &Facts,
    ) -> Result<Vec<Setback>, Error> {
        let Some(entry) = newest_round(view) else {
            return Ok(Vec::new());
        };
        let (_, spec) = facts.spec(view)?;
        let proofs: Vec<Proof> = facts.proofs.iter().map(|(_, own)| own.clone()).collect();
        let faults = self.faults(view, entry).await?;
        let advice: Advice = trail_proof::sent_back(spec, &proofs)
            .into_iter()
            .map(|own| (own.test, own.advice))
            .collect();
        let open = standings(spec, &proofs);
        let open = open.iter().filter(|own| !own.is_proven());
        Ok(open
            .map(|own| Setback {
                what: format!("{} is not proven", own.criterion.id),
                reason: reason(own, &advice, &faults),
            })
            .collect())
    }

    /// Reads the faults that an entry seals, with their trials.
    async fn faults(&self, view: &View, entry: &Signed) -> Result<Vec<Fault>, Error> {
        let mut faults: Vec<(Digest<Record>, Fault)> = Vec::new();
        let mut places = BTreeMap::new();
        for listed in &entry.entry.records {
            let history = |error: trail_record::canonical::Error| Error::History {
                item: view.item.key.to_string(),
                what: format!("record {}: {error}", listed.digest.short()),
            };
            match listed.kind {
                Kind::Mutant => {
                    let record = self.record(view, listed.clone()).await?;
                    places.insert(listed.digest, faults.len());
                    let fault = Fault {
                        mutant: record.read().map_err(history)?,
                        trials: Vec::new(),
                    };
                    faults.push((listed.digest, fault));
                }
                Kind::Trial => {
                    let record = self.record(view, listed.clone()).await?;
                    let trial: Trial = record.read().map_err(history)?;
                    let place = trial.mutant.and_then(|own| places.get(&own));
                    if let Some(place) = place {
                        faults[*place].1.trials.push(trial);
                    }
                }
                _ => {}
            }
        }
        Ok(faults.into_iter().map(|(_, fault)| fault).collect())
    }
}

/// Returns the entry that sent the tests back, if none were committed since.
fn newest_round(view: &View) -> Option<&Signed> {
    for signed in view.entries().rev() {
        let of = |name: &str| {
            let mut events = signed.entry.events.iter();
            events.find(|event| event["event"] == name)
        };
        if of("committed").is_some() || of("taken-up").is_some() || of("amended").is_some() {
            return None;
        }
        if let Some(proved) = of("proved") {
            return (proved["again"] == true).then_some(signed);
        }
    }
    None
}

fn reason(standing: &Standing, advice: &Advice, faults: &[Fault]) -> String {
    let mut out = String::new();
    for shown in &standing.open {
        let Shown {
            test,
            verdict,
            reason,
        } = shown;
        write!(out, "{test} is {verdict}: {reason}.").expect("a string takes all text");
        if let Some(advice) = advice.get(test) {
            write!(out, " What to do: {advice}.").expect("a string takes all text");
        }
        out.push('\n');
    }
    if standing.open.is_empty() {
        out.push_str("No test that was run names it in its annotation.\n");
    }
    let proves = if standing.criterion.keeps {
        "What would prove it: a test that passes on the code before the change and after it, and that fails by assertion when what it keeps is broken. Compare whole results with what they must stay.\n"
    } else {
        "What would prove it: a test that passes with the change and fails by assertion without it. Go through what existed before the change, so that the test builds there; where only something new can be called, compare its results so closely that a fault in it fails the test by assertion. A test that asserts nothing about the change, such as `assert!(true)`, goes back again.\n"
    };
    out.push_str(proves);
    let unnoticed: Vec<&Fault> = faults
        .iter()
        .filter(|fault| is_unnoticed(fault, standing))
        .collect();
    if !unnoticed.is_empty() {
        out.push_str("Faults put into the change that its tests did not notice:\n");
    }
    for fault in unnoticed.iter().take(MAX_FAULTS) {
        let Mutant {
            path,
            line,
            before,
            after,
            operator,
            ..
        } = &fault.mutant;
        writeln!(
            out,
            "- {path}:{line}, {operator}: {} became {}",
            piece(before),
            piece(after)
        )
        .expect("a string takes all text");
    }
    if unnoticed.len() > MAX_FAULTS {
        writeln!(out, "- and {} more", unnoticed.len() - MAX_FAULTS)
            .expect("a string takes all text");
    }
    out
}

/// Tells whether a test of the criterion ran on a fault, and none of them failed.
fn is_unnoticed(fault: &Fault, standing: &Standing) -> bool {
    let mut outcomes = fault.trials.iter().flat_map(|trial| {
        let tests = standing.open.iter();
        tests.map(|shown| outcome_in(&trial.result, &shown.test))
    });
    let passed = |own: &Outcome| *own == Outcome::Passed;
    outcomes.clone().any(|own| passed(&own))
        && outcomes.all(|own| matches!(own, Outcome::Passed | Outcome::Absent | Outcome::Skipped))
}

/// Quotes the text of a fault on one line.
fn piece(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "nothing".to_owned();
    }
    let cut: String = line.chars().take(MAX_FAULT).collect();
    let more = if cut.len() < line.len() { " ..." } else { "" };
    format!("`{cut}{more}`")
}

#[cfg(test)]
mod tests {
    use trail_record::body::proof::TrialOf;
    use trail_record::body::{Criterion, TestCase, TestOutcome, TestResult};

    use super::*;

    fn standing(keeps: bool, tests: &[&str]) -> Standing {
        Standing {
            criterion: Criterion {
                id: "AC-1".into(),
                revision: 1,
                text: "works".to_owned(),
                keeps,
            },
            proven_by: Vec::new(),
            open: tests
                .iter()
                .map(|test| Shown {
                    test: (*test).to_owned(),
                    verdict: "vacuous",
                    reason: "it passes on the base already, without the change".to_owned(),
                })
                .collect(),
        }
    }

    fn fault(line: u32, outcomes: &[(&str, TestOutcome)]) -> Fault {
        let cases = outcomes.iter().map(|(name, outcome)| TestCase {
            name: (*name).to_owned(),
            outcome: *outcome,
            validates: Vec::new(),
            failed_by: None,
            message: None,
            place: None,
        });
        Fault {
            mutant: Mutant {
                onto: "c".into(),
                tree: "t".into(),
                path: "src/a.rs".to_owned(),
                file: Digest::of(b"file"),
                line,
                start: 0,
                before: "a >  b".to_owned(),
                after: String::new(),
                operator: "reverse-hunk".to_owned(),
                made_by: "trail".to_owned(),
            },
            trials: vec![Trial {
                of: TrialOf::Mutant,
                mutant: None,
                repeat: 1,
                at: "c".into(),
                overlaid: Vec::new(),
                result: TestResult {
                    tree: "t".into(),
                    command: vec!["test".to_owned()],
                    environment: Digest::of(b"environment"),
                    sandbox: "none".to_owned(),
                    exit: Some(0),
                    ended: None,
                    cases: cases.collect(),
                    output: String::new(),
                    output_digest: Digest::of(b""),
                },
            }],
        }
    }

    #[test]
    fn a_vacuous_test_is_told_what_would_prove_and_which_faults_it_missed() {
        let faults = [
            fault(3, &[("m::a", TestOutcome::Passed)]),
            fault(4, &[("m::a", TestOutcome::Failed)]),
            fault(5, &[("another", TestOutcome::Passed)]),
        ];
        assert_eq!(
            reason(
                &standing(true, &["m::a"]),
                &Advice::from([("m::a".to_owned(), "compare more")]),
                &faults
            ),
            "m::a is vacuous: it passes on the base already, without the change. What to do: compare more.\n\
             What would prove it: a test that passes on the code before the change and after it, and that fails by assertion when what it keeps is broken. Compare whole results with what they must stay.\n\
             Faults put into the change that its tests did not notice:\n\
             - src/a.rs:3, reverse-hunk: `a > b` became nothing\n"
        );
    }

    #[test]
    fn a_criterion_without_a_test_is_told_so() {
        let told = reason(&standing(false, &[]), &Advice::new(), &[]);
        assert!(told.starts_with("No test that was run names it"), "{told}");
        assert!(told.contains("fails by assertion without it"), "{told}");
        assert!(!told.contains("Faults put into"), "{told}");
    }
}
