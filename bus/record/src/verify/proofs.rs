//! Whether every proof follows from the records it rests on.
//!
//! A proof is computed by whoever ran the tests; here it is computed again from the sealed results,
//! trials and mutants, so that a proof nobody could have made is a finding.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Problem};
use crate::body::proof::{Claim, Outcome, Seen, TrialOf, judge, outcome_in};
use crate::body::{CommitMade, Mutant, Proof, Spec, TestResult, Trial};
use crate::chain::Accepted;
use crate::digest::Digest;
use crate::entry::{Entry, Listed};
use crate::finding::FindingKind;
use crate::id::{CommitId, TreeId};
use crate::record::{Kind, Record};

type RecordDigest = Digest<Record>;

/// What proofs of one history can rest on, as it comes.
#[derive(Default)]
pub(super) struct Proofs {
    specs: HashMap<RecordDigest, Spec>,
    commits: HashMap<CommitId, TreeId>,
    /// Every run of tests: the result of a run as a trial of nothing, and the trials.
    runs: HashMap<RecordDigest, Run>,
    mutants: HashMap<RecordDigest, Mutant>,
    /// The entry that is being judged, and the runs it listed so far.
    seq: Option<u64>,
    beside: Vec<RecordDigest>,
}

/// A run of tests, and which code they met if it is a trial.
struct Run {
    of: Option<TrialOf>,
    at: Option<CommitId>,
    mutant: Option<RecordDigest>,
    result: TestResult,
}

/// Tells whether records of this kind matter to the judgement of proofs.
pub(super) const fn concerns(kind: Kind) -> bool {
    match kind {
        Kind::Spec | Kind::Commit | Kind::TestResult | Kind::Trial | Kind::Mutant | Kind::Proof => {
            true
        }
        Kind::Decision
        | Kind::Conclusion
        | Kind::Patchset
        | Kind::TestPatchset
        | Kind::PullRequest
        | Kind::Review
        | Kind::GateRequest
        | Kind::GateDecision
        | Kind::Observation
        | Kind::PolicyVerdict
        | Kind::DeliveryReceipt
        | Kind::Failure
        | Kind::ReportedResult
        | Kind::Revert => false,
    }
}

impl Proofs {
    /// Takes the next record of the history and returns what is wrong with it.
    pub(super) fn record(
        &mut self,
        at: &Accepted,
        listed: &Listed,
        evidence: &Evidence<'_>,
    ) -> Option<Problem> {
        let entry = &at.signed.entry;
        if self.seq != Some(entry.seq) {
            self.seq = Some(entry.seq);
            self.beside.clear();
        }
        let Evidence::Whole(record) = evidence else {
            return None;
        };
        self.take(entry, listed.digest, record).err()
    }

    fn take(
        &mut self,
        entry: &Entry,
        digest: RecordDigest,
        record: &Record,
    ) -> Result<(), Problem> {
        match record.kind {
            Kind::Spec => {
                self.specs.insert(digest, read(record)?);
            }
            // Gates have said already if this is none.
            Kind::Commit => {
                if let Ok(made) = record.read::<CommitMade>() {
                    self.commits.insert(made.commit, made.tree);
                }
            }
            Kind::TestResult => {
                let result = read(record)?;
                self.run(digest, None, None, None, result);
            }
            Kind::Trial => {
                let trial: Trial = read(record)?;
                let (of, at) = (Some(trial.of), Some(trial.at));
                self.run(digest, of, at, trial.mutant, trial.result);
            }
            Kind::Mutant => {
                self.mutants.insert(digest, read(record)?);
            }
            Kind::Proof => {
                let proof: Proof = read(record)?;
                self.judge(entry, record, &proof).map_err(|detail| {
                    let detail = format!("{:?} of {}: {detail}", record.title, proof.test);
                    (FindingKind::UnsupportedProof, detail)
                })?;
            }
            Kind::Decision
            | Kind::Conclusion
            | Kind::Patchset
            | Kind::TestPatchset
            | Kind::PullRequest
            | Kind::Review
            | Kind::GateRequest
            | Kind::GateDecision
            | Kind::Observation
            | Kind::PolicyVerdict
            | Kind::DeliveryReceipt
            | Kind::Failure
            | Kind::ReportedResult
            | Kind::Revert => {}
        }
        Ok(())
    }

    fn run(
        &mut self,
        digest: RecordDigest,
        of: Option<TrialOf>,
        at: Option<CommitId>,
        mutant: Option<RecordDigest>,
        result: TestResult,
    ) {
        self.beside.push(digest);
        let run = Run {
            of,
            at,
            mutant,
            result,
        };
        self.runs.insert(digest, run);
    }

    /// Computes a proof again; says the first thing that does not follow.
    fn judge(&self, entry: &Entry, record: &Record, proof: &Proof) -> Result<(), String> {
        let inputs: HashSet<&RecordDigest> = record.inputs.iter().collect();
        let sides = [
            Some(&proof.base),
            Some(&proof.change),
            proof.mutant.as_ref(),
        ];
        for by in sides.into_iter().flatten().flat_map(|seen| &seen.by) {
            if !inputs.contains(by) {
                return Err(format!("{} is not among its inputs", by.short()));
            }
        }
        let base = self.seen(
            &proof.base,
            &proof.test,
            "no trial of the base the run started from",
            |run| run.of == Some(TrialOf::Base) && (entry.base.is_none() || run.at == entry.base),
        )?;
        let change = self.seen(
            &proof.change,
            &proof.test,
            "no run of the change it judges",
            |run| matches!(run.of, None | Some(TrialOf::Change)) && run.result.tree == proof.tree,
        )?;
        let mutant = match &proof.mutant {
            Some(seen) => Some(self.mutant(seen, &inputs, proof)?),
            None => None,
        };
        if let Some(left) = self.left_out(proof, &base) {
            return Err(format!(
                "it leaves out {}, a run like those it names",
                left.short()
            ));
        }
        let all: Vec<&Run> = base
            .iter()
            .chain(&change)
            .chain(mutant.iter().flatten())
            .copied()
            .collect();
        let alike = all
            .windows(2)
            .all(|pair| pair[0].result.environment == pair[1].result.environment);
        let tried = !base.is_empty() && !change.is_empty();
        for claim in &proof.claims {
            let killed = proof.mutant.as_ref().map(|seen| seen.outcome);
            let (verdict, proves, _) = judge(
                proof.base.outcome,
                proof.change.outcome,
                killed,
                claim.keeps,
            );
            if alike && claim.verdict != verdict {
                return Err(format!(
                    "{} is called {}, and is {}",
                    claim.criterion.criterion,
                    claim.verdict.as_str(),
                    verdict.as_str()
                ));
            }
            if claim.proves {
                let sound = self.names_criterion(entry, proof, &change, claim);
                let why = [
                    (proves, "its runs do not show it"),
                    (tried, "it was not run on base and change"),
                    (alike, "its runs had different environments"),
                    (
                        sound,
                        "the test names no such criterion of the spec in force",
                    ),
                ];
                if let Some((_, why)) = why.into_iter().find(|(holds, _)| !holds) {
                    return Err(format!(
                        "it does not prove {}: {why}",
                        claim.criterion.criterion
                    ));
                }
            }
        }
        Ok(())
    }

    /// Returns the runs one side names, if all of them are such runs and show its outcome; `other`
    /// says what a run that does not fit is.
    fn seen(
        &self,
        seen: &Seen,
        test: &str,
        other: &str,
        fits: impl Fn(&Run) -> bool,
    ) -> Result<Vec<&Run>, String> {
        let mut runs = Vec::with_capacity(seen.by.len());
        for by in &seen.by {
            let run = self.runs.get(by).filter(|run| fits(run));
            runs.push(run.ok_or_else(|| format!("{} is {other}", by.short()))?);
        }
        let outcomes = runs.iter().map(|run| outcome_in(&run.result, test));
        let shown = Outcome::of_runs(outcomes).unwrap_or(Outcome::Absent);
        if shown == seen.outcome {
            Ok(runs)
        } else {
            let (said, shown) = (seen.outcome.as_str(), shown.as_str());
            Err(format!("it says {said}, and its runs say {shown}"))
        }
    }

    /// Returns the trials on the mutant, if it is one fault of the change that the test failed on.
    fn mutant(
        &self,
        seen: &Seen,
        inputs: &HashSet<&RecordDigest>,
        proof: &Proof,
    ) -> Result<Vec<&Run>, String> {
        let first = seen.by.first().and_then(|by| self.runs.get(by));
        let digest = first
            .and_then(|run| run.mutant)
            .filter(|digest| inputs.contains(digest))
            .ok_or("its mutant is not among its inputs")?;
        let mutant = self
            .mutants
            .get(&digest)
            .ok_or("its mutant does not stand before it")?;
        if self.commits.get(&mutant.onto) != Some(&proof.tree) {
            return Err("its mutant is a fault of another change".to_owned());
        }
        self.seen(seen, &proof.test, "no trial of its mutant", |run| {
            run.of == Some(TrialOf::Mutant)
                && run.mutant == Some(digest)
                && run.at.as_ref() == Some(&mutant.onto)
                && run.result.tree == mutant.tree
        })
    }

    /// Returns a run beside the proof that is like those it names and not among them: whoever runs a
    /// test until it goes as wished must show all runs.
    fn left_out(&self, proof: &Proof, base: &[&Run]) -> Option<RecordDigest> {
        let like_base = |run: &Run| {
            run.of == Some(TrialOf::Base)
                && base.iter().any(|own| own.result.tree == run.result.tree)
        };
        let like_change = |run: &Run| {
            matches!(run.of, None | Some(TrialOf::Change)) && run.result.tree == proof.tree
        };
        self.beside.iter().copied().find(|digest| {
            let run = &self.runs[digest];
            (like_base(run) && !proof.base.by.contains(digest))
                || (like_change(run) && !proof.change.by.contains(digest))
        })
    }

    /// Tells whether the test's annotation names the claim's criterion, and the spec in force has it.
    fn names_criterion(
        &self,
        entry: &Entry,
        proof: &Proof,
        change: &[&Run],
        claim: &Claim,
    ) -> bool {
        let named = &claim.criterion;
        let annotated = change.iter().any(|run| {
            run.result
                .cases
                .iter()
                .filter(|case| case.name == proof.test)
                .flat_map(|case| &case.validates)
                .any(|own| {
                    (&own.work_item, &own.criterion) == (&named.work_item, &named.criterion)
                        && (own.revision.is_none() || own.revision == named.revision)
                })
        });
        let spec = entry.spec.and_then(|digest| self.specs.get(&digest));
        annotated
            && spec.is_some_and(|spec| {
                spec.key == named.work_item
                    && spec.criteria.iter().any(|own| {
                        own.id == named.criterion
                            && own.keeps == claim.keeps
                            && named
                                .revision
                                .is_none_or(|revision| revision == own.revision)
                    })
            })
    }
}

fn read<B: serde::de::DeserializeOwned>(record: &Record) -> Result<B, Problem> {
    record.read().map_err(|error| {
        (
            FindingKind::DamagedRecord,
            format!("{} {:?}: {error}", record.kind, record.title),
        )
    })
}
