//! How much of what was tried is sealed: an entry is a comment, and a tracker's comments have an end.

use std::collections::BTreeSet;

use trail_port::prover::{Evidence, Wanted};
use trail_record::body::proof::{Outcome, TrialOf, outcome_in};

/// How many records of proving an entry holds: each is listed in it, wherever its bytes are.
const MAX_RECORDS: usize = 90;
/// How many faults are sealed that no test was the first to notice: the tester learns from them, and
/// no proof rests on them.
const MAX_UNNOTICED: usize = 10;

/// Leaves out what no proof rests on, and what an entry has no room for; says so if a proof is lost
/// by it.
pub(super) fn kept(mut evidence: Evidence, tests: &[Wanted]) -> Evidence {
    let others = evidence
        .trials
        .iter()
        .filter(|own| own.of != TrialOf::Mutant)
        .count();
    let mut room = MAX_RECORDS.saturating_sub(tests.len() + others).max(8);
    let mut noticed: BTreeSet<&str> = BTreeSet::new();
    let mut chosen: BTreeSet<usize> = BTreeSet::new();
    let mut lost = false;
    let mut unnoticed = Vec::new();
    for (index, tried) in evidence.trials.iter().enumerate() {
        if tried.of != TrialOf::Mutant {
            chosen.insert(index);
            continue;
        }
        let first: Vec<&str> = tests
            .iter()
            .map(|own| own.test.as_str())
            .filter(|test| !noticed.contains(test))
            .filter(|test| outcome_in(&tried.result, test) == Outcome::Assertion)
            .collect();
        if first.is_empty() {
            unnoticed.push(index);
        } else if room >= 2 {
            // The fault and the trial of it.
            room -= 2;
            noticed.extend(first);
            chosen.insert(index);
        } else {
            lost = true;
        }
    }
    for index in unnoticed.into_iter().take(MAX_UNNOTICED) {
        if room >= 2 {
            room -= 2;
            chosen.insert(index);
        }
    }
    only(&mut evidence, &chosen);
    if lost && evidence.stopped.is_none() {
        evidence.stopped = Some("one entry has no room for more faults".to_owned());
    }
    evidence
}

/// Keeps the chosen trials and the mutants they are of.
fn only(evidence: &mut Evidence, chosen: &BTreeSet<usize>) {
    let mut index = 0;
    evidence.trials.retain(|_| {
        index += 1;
        chosen.contains(&(index - 1))
    });
    let used: BTreeSet<usize> = evidence
        .trials
        .iter()
        .filter_map(|own| own.mutant)
        .collect();
    let places: Vec<Option<usize>> = (0..evidence.mutants.len())
        .scan(0, |next, index| {
            let place = used.contains(&index).then_some(*next);
            *next += usize::from(place.is_some());
            Some(place)
        })
        .collect();
    let mut index = 0;
    evidence.mutants.retain(|_| {
        index += 1;
        used.contains(&(index - 1))
    });
    for tried in &mut evidence.trials {
        tried.mutant = tried
            .mutant
            .and_then(|own| places.get(own).copied().flatten());
    }
}

#[cfg(test)]
mod tests {
    use trail_port::prover::Tried;
    use trail_record::Digest;
    use trail_record::body::{FailedBy, Mutant, TestCase, TestOutcome, TestResult};

    use super::*;

    fn wanted(count: usize) -> Vec<Wanted> {
        let one = |index: usize| Wanted {
            test: format!("t{index}"),
            place: None,
            criteria: Vec::new(),
        };
        (0..count).map(one).collect()
    }

    fn tried(of: TrialOf, mutant: Option<usize>, failing: &[usize], count: usize) -> Tried {
        let case = |index: usize| {
            let fails = failing.contains(&index);
            TestCase {
                name: format!("t{index}"),
                outcome: if fails {
                    TestOutcome::Failed
                } else {
                    TestOutcome::Passed
                },
                validates: Vec::new(),
                failed_by: fails.then_some(FailedBy::Assertion),
                message: None,
                place: None,
            }
        };
        Tried {
            of,
            mutant,
            repeat: 1,
            at: "c".into(),
            overlaid: Vec::new(),
            result: TestResult {
                tree: "t".into(),
                command: Vec::new(),
                environment: Digest::of(b"environment"),
                sandbox: "none".to_owned(),
                exit: Some(0),
                ended: None,
                cases: (0..count).map(case).collect(),
                output: String::new(),
                output_digest: Digest::of(b""),
            },
        }
    }

    fn mutant(line: usize) -> Mutant {
        Mutant {
            onto: "c".into(),
            tree: "t".into(),
            path: "src/a.rs".to_owned(),
            file: Digest::of(b"file"),
            line: u32::try_from(line).unwrap(),
            start: 0,
            before: "a".to_owned(),
            after: "b".to_owned(),
            operator: "swap".to_owned(),
            made_by: "trail".to_owned(),
        }
    }

    /// One trial of each fault; the fault at line n is noticed by these tests.
    fn evidence(faults: &[&[usize]], count: usize) -> Evidence {
        let mut trials = vec![tried(TrialOf::Base, None, &[], count)];
        for (index, failing) in faults.iter().enumerate() {
            trials.push(tried(TrialOf::Mutant, Some(index), failing, count));
        }
        Evidence {
            trials,
            mutants: (0..faults.len()).map(mutant).collect(),
            stopped: None,
        }
    }

    fn lines(evidence: &Evidence) -> Vec<u32> {
        let trials = evidence.trials.iter().filter_map(|own| own.mutant);
        trials.map(|own| evidence.mutants[own].line).collect()
    }

    #[test]
    fn what_proves_is_kept_before_what_was_tried_in_vain() {
        let mut faults: Vec<&[usize]> = vec![&[]; 30];
        faults[20] = &[0];
        faults[25] = &[0];
        faults[28] = &[1];
        let kept = kept(evidence(&faults, 2), &wanted(2));
        // Ten in vain, and each test's first; the second that test 0 noticed shows nothing more.
        assert_eq!(lines(&kept), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 28]);
        assert_eq!(kept.mutants.len(), 12);
        assert_eq!(kept.trials.len(), 13);
        assert_eq!(kept.stopped, None);
        assert_eq!(
            super::kept(kept.clone(), &wanted(2)),
            kept,
            "once is enough"
        );
    }

    #[test]
    fn a_proof_that_has_no_room_is_said_to_be_lost() {
        let noticed: Vec<[usize; 1]> = (0..60).map(|index| [index]).collect();
        let faults: Vec<&[usize]> = noticed.iter().map(<[usize; 1]>::as_slice).collect();
        let kept = kept(evidence(&faults, 60), &wanted(60));
        assert_eq!(kept.mutants.len(), 14);
        let why = kept.stopped.as_deref();
        assert_eq!(why, Some("one entry has no room for more faults"));
    }
}
