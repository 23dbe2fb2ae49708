//! From trials to proofs.

use trail_port::prover::{Evidence, Question, Tried, Wanted};
use trail_record::body::proof::{Claim, Outcome, Seen, TrialOf, judge, outcome_in};
use trail_record::body::{Proof, Spec, TestResult, Validates};
use trail_record::{Digest, Record};

/// The records of what was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The result of the run on the change.
    pub result: Digest<Record>,
    /// The trials, as they stand in the evidence.
    pub trials: Vec<Digest<Record>>,
    /// The mutants, as they stand in the evidence.
    pub mutants: Vec<Digest<Record>>,
}

/// Returns the tests that name criteria of the item, with what each names, in the result's order.
#[must_use]
pub fn wanted(result: &TestResult, spec: &Spec) -> Vec<Wanted> {
    let tests = result.cases.iter().map(|case| {
        let named = case.validates.iter().filter_map(|own| {
            let criterion = spec
                .criteria
                .iter()
                .find(|one| own.work_item == spec.key && one.id == own.criterion)?;
            Some((own.clone(), criterion.keeps))
        });
        Wanted {
            test: case.name.clone(),
            place: case.place.clone(),
            criteria: named.collect(),
        }
    });
    tests.filter(|own| !own.criteria.is_empty()).collect()
}

/// Returns the tests that would prove a criterion if they failed by assertion on a mutant, and have
/// not failed so yet.
#[must_use]
pub fn needs_mutant<'q>(question: &'q Question, evidence: &Evidence) -> Vec<&'q Wanted> {
    let tests = question.tests.iter().filter(|wanted| {
        let base = on_base(wanted, evidence);
        let change = on_change(wanted, &question.result, evidence);
        // Nothing helps a test that was not tried on the base.
        let Some((base, _)) = base else { return false };
        let killed = on_mutant(wanted, evidence).is_some();
        !killed
            && wanted.criteria.iter().any(|(_, keeps)| {
                let proves = |mutant| judge(base, change.0, mutant, *keeps).1;
                !proves(None) && proves(Some(Outcome::Assertion))
            })
    });
    tests.collect()
}

/// Says what each test shows for the criteria it names.
///
/// `result` is that of the run on the change, `tests` come from [`wanted`] of it. What does not prove
/// says why: a test that was not tried on the base, or in another environment there, and an
/// annotation that names another revision than the criterion has, prove nothing.
#[must_use]
pub fn proofs(
    result: &TestResult,
    tests: &[Wanted],
    spec: &Spec,
    evidence: &Evidence,
    sealed: &Sealed,
) -> Vec<Proof> {
    let one = |wanted: &Wanted| {
        let digest = |index: &usize| sealed.trials.get(*index).copied();
        let by = |own: &[usize]| own.iter().filter_map(digest).collect::<Vec<_>>();
        let base_trials = on_base(wanted, evidence);
        let base = base_trials.as_ref().map_or_else(
            || Seen {
                outcome: Outcome::Absent,
                by: Vec::new(),
            },
            |(outcome, trials)| Seen {
                outcome: *outcome,
                by: by(trials),
            },
        );
        let (outcome, trials) = on_change(wanted, result, evidence);
        let mut change = Seen {
            outcome,
            by: vec![sealed.result],
        };
        change.by.extend(by(&trials));
        let killed = on_mutant(wanted, evidence);
        let mutant = killed.map(|index| Seen {
            outcome: Outcome::Assertion,
            by: by(&[index]),
        });
        let all = base_trials.iter().flat_map(|(_, own)| own);
        let all = all.chain(&trials).chain(&killed);
        let alike = all
            .filter_map(|index| evidence.trials.get(*index))
            .all(|own| own.result.environment == result.environment);
        let obstacle = match (&base_trials, alike) {
            (None, _) => Some(match &evidence.stopped {
                Some(why) => format!("it was not tried on the base: {why}"),
                None => "it was not tried on the base".to_owned(),
            }),
            (Some(_), false) => {
                Some("it was run in different environments on base and change".to_owned())
            }
            (Some(_), true) => None,
        };
        let claims = in_order(wanted, spec).into_iter().map(|(named, keeps, revision)| {
            let outcome = mutant.as_ref().map(|own| own.outcome);
            let (verdict, proves, reason) = judge(base.outcome, change.outcome, outcome, keeps);
            let outdated = named.revision.filter(|own| *own != revision);
            let outdated = outdated.map(|own| {
                format!("its annotation names revision {own}, and the criterion has revision {revision}")
            });
            let against = outdated.or_else(|| obstacle.clone());
            Claim {
                criterion: Validates {
                    revision: Some(named.revision.unwrap_or(revision)),
                    ..named.clone()
                },
                keeps,
                verdict,
                proves: proves && against.is_none(),
                reason: against.unwrap_or_else(|| reason.to_owned()),
            }
        });
        let claims = claims.collect();
        Proof {
            test: wanted.test.clone(),
            place: wanted.place.clone(),
            tree: result.tree.clone(),
            base,
            change,
            mutant,
            claims,
        }
    };
    tests.iter().map(one).collect()
}

/// Returns what a test names, in the spec's order, with whether it keeps and its revision now.
fn in_order<'w>(wanted: &'w Wanted, spec: &Spec) -> Vec<(&'w Validates, bool, u32)> {
    let own = spec.criteria.iter().flat_map(|criterion| {
        let named = wanted.criteria.iter();
        let named =
            named.filter(|(own, _)| own.work_item == spec.key && own.criterion == criterion.id);
        named.map(|(own, _)| (own, criterion.keeps, criterion.revision))
    });
    own.collect()
}

/// How a test went on the base, and in which trials; none if it was not tried there.
///
/// The base may have been tried with more and with fewer of the change's tests laid over it, because
/// one that cannot be built there keeps others from being run. Trials without the test's own file
/// say nothing of it where there are others with it, and trials in which it could not be run say
/// nothing where it was run in others.
fn on_base(wanted: &Wanted, evidence: &Evidence) -> Option<(Outcome, Vec<usize>)> {
    let path = wanted.place.as_ref().map(|own| own.path.as_str());
    let with_file =
        |own: &Tried| path.is_some_and(|path| own.overlaid.iter().any(|one| one == path));
    let base: Vec<(usize, &Tried)> = of(evidence, TrialOf::Base).collect();
    let laid = base.iter().any(|(_, own)| with_file(own));
    let speaking = base.into_iter().filter(|(_, own)| !laid || with_file(own));
    let mut groups: Vec<Group> = Vec::new();
    for (index, tried) in speaking {
        let outcome = outcome_in(&tried.result, &wanted.test);
        let known = groups
            .iter_mut()
            .find(|own| own.tree == tried.result.tree.as_str());
        match known {
            Some(group) => {
                group.outcome = Outcome::of_runs([group.outcome, outcome])?;
                group.trials.push(index);
            }
            None => groups.push(Group {
                tree: tried.result.tree.as_str(),
                outcome,
                trials: vec![index],
            }),
        }
    }
    let idle = |own: &Group| matches!(own.outcome, Outcome::NotBuilt | Outcome::Absent);
    if groups.iter().any(|own| !idle(own)) {
        groups.retain(|own| !idle(own));
    } else {
        groups.truncate(1);
    }
    let outcome = Outcome::of_runs(groups.iter().map(|own| own.outcome))?;
    let trials = groups.into_iter().flat_map(|own| own.trials).collect();
    Some((outcome, trials))
}

/// The trials on one tree.
struct Group<'e> {
    tree: &'e str,
    outcome: Outcome,
    trials: Vec<usize>,
}

/// How a test went on the change, and in which trials besides the run itself.
fn on_change(wanted: &Wanted, result: &TestResult, evidence: &Evidence) -> (Outcome, Vec<usize>) {
    let first = outcome_in(result, &wanted.test);
    let again: Vec<(usize, &Tried)> = of(evidence, TrialOf::Change).collect();
    let runs = again
        .iter()
        .map(|(_, own)| outcome_in(&own.result, &wanted.test));
    let outcome = Outcome::of_runs(std::iter::once(first).chain(runs)).unwrap_or(first);
    (outcome, again.into_iter().map(|(index, _)| index).collect())
}

/// The first trial on a mutant that the test failed by assertion.
fn on_mutant(wanted: &Wanted, evidence: &Evidence) -> Option<usize> {
    of(evidence, TrialOf::Mutant)
        .find(|(_, own)| {
            own.mutant.is_some() && outcome_in(&own.result, &wanted.test) == Outcome::Assertion
        })
        .map(|(index, _)| index)
}

fn of(evidence: &Evidence, of: TrialOf) -> impl Iterator<Item = (usize, &Tried)> {
    evidence
        .trials
        .iter()
        .enumerate()
        .filter(move |(_, own)| own.of == of)
}
