//! Whether every gate decision fits its request, and nothing was done without one.

use std::collections::{HashMap, HashSet};

use super::concerns_gates;
use crate::body::{
    CommitMade, Contract, DeliveryReceipt, GateDecision, GateName, GateOutcome, GateRequest,
    Patchset, PolicyVerdict, PullRequest,
};
use crate::chain::Accepted;
use crate::code;
use crate::digest::Digest;
use crate::finding::FindingKind;
use crate::glob;
use crate::id::{Persona, UserId};
use crate::record::{Kind, Record};
use crate::trust::TrustSet;

type Problem = (FindingKind, String);
type RecordDigest = Digest<Record>;

/// The requests, decisions and subjects of one history, as they come.
pub(super) struct Gates<'t> {
    trust: &'t TrustSet,
    known: HashSet<RecordDigest>,
    requests: HashMap<RecordDigest, GateRequest>,
    decisions: HashMap<RecordDigest, GateDecision>,
    verdicts: HashMap<RecordDigest, PolicyVerdict>,
    patchsets: HashMap<RecordDigest, Patchset>,
    pull_requests: HashMap<RecordDigest, PullRequest>,
    used: HashSet<RecordDigest>,
    passed: HashMap<RecordDigest, (u32, u64)>,
}

impl<'t> Gates<'t> {
    pub(super) fn new(trust: &'t TrustSet) -> Self {
        Self {
            trust,
            known: HashSet::new(),
            requests: HashMap::new(),
            decisions: HashMap::new(),
            verdicts: HashMap::new(),
            patchsets: HashMap::new(),
            pull_requests: HashMap::new(),
            used: HashSet::new(),
            passed: HashMap::new(),
        }
    }

    /// Takes the next record of the history and returns what is wrong with it.
    pub(super) fn record(
        &mut self,
        at: &Accepted,
        digest: RecordDigest,
        record: &Record,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for input in &record.inputs {
            if !self.known.contains(input) {
                let detail = format!(
                    "{} {:?} names input {}, which does not stand before it",
                    record.kind,
                    record.title,
                    input.short()
                );
                problems.push((FindingKind::DamagedRecord, detail));
            }
        }
        self.known.insert(digest);
        if concerns_gates(record.kind)
            && let Err(problem) = self.take(at, digest, record, &mut problems)
        {
            problems.push(problem);
        }
        problems
    }

    fn take(
        &mut self,
        at: &Accepted,
        digest: RecordDigest,
        record: &Record,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        match record.kind {
            Kind::GateRequest => {
                let request: GateRequest = read(record)?;
                let entry = &at.signed.entry;
                let fits = self.known.contains(&request.subject)
                    && self.known.contains(&request.covers.spec)
                    && request.covers.policy == entry.policy
                    && request.covers.trust == entry.trust
                    && request.covers.head == entry.prev;
                if !fits {
                    problems.push(approval("the request covers something its entry does not show"));
                }
                self.requests.insert(digest, request);
            }
            Kind::GateDecision => {
                let decision: GateDecision = read(record)?;
                problems.extend(self.judge(at, &decision));
                self.decisions.insert(digest, decision);
            }
            Kind::PolicyVerdict => {
                self.verdicts.insert(digest, read(record)?);
            }
            Kind::Patchset | Kind::TestPatchset => {
                self.patchsets.insert(digest, read(record)?);
            }
            Kind::PullRequest => {
                self.pull_requests.insert(digest, read(record)?);
            }
            Kind::Commit => {
                let _: CommitMade = read(record)?;
                problems.extend(self.judge_commit(record));
            }
            Kind::DeliveryReceipt => {
                let receipt: DeliveryReceipt = read(record)?;
                problems.extend(self.judge_delivery(record, &receipt));
            }
            Kind::Spec
            | Kind::Decision
            | Kind::Conclusion
            | Kind::TestResult
            | Kind::Review
            | Kind::Observation
            | Kind::Failure => {}
        }
        Ok(())
    }

    /// Judges a decision against its request, its approver and who sealed it.
    fn judge(&self, at: &Accepted, decision: &GateDecision) -> Vec<Problem> {
        let Some(request) = self.requests.get(&decision.request) else {
            return vec![approval("the decision answers a request that does not stand before it")];
        };
        let mut problems = Vec::new();
        let mut claim = |holds: bool, detail: &str| {
            if !holds {
                problems.push(approval(detail));
            }
        };
        let entry = &at.signed.entry;
        let named = self.trust.get(&entry.trust);
        claim(decision.gate == request.gate, "decision and request name different gates");
        claim(
            decision.code == code::of(decision.request.as_bytes()),
            "the code is not the one of the request",
        );
        claim(
            decision.attested_by == entry.persona,
            "the decision says that another persona attests it than the one that sealed it",
        );
        claim(
            entry.persona != request.requested_by && entry.persona != request.performed_by,
            "the persona that sealed the decision asked for it or performs it",
        );
        claim(decision.verdict.allowed, "policy did not allow this decision");
        if decision.delegated {
            let reviewer = named.and_then(|trust| trust.persona(Persona::Reviewer));
            claim(
                entry.persona == Persona::Reviewer
                    && reviewer.is_some_and(|own| own.account == decision.approver),
                "a delegated decision is not the reviewer's own",
            );
            claim(
                !decision.verdict.rules.is_empty(),
                "a delegated decision names no rule that delegates",
            );
        } else {
            let approver = named.and_then(|trust| trust.approver(&decision.approver));
            claim(
                approver.is_some(),
                "the approver is not one the trust document lists, or serves a persona",
            );
            claim(
                approver.is_none_or(|approver| approver.simulated == decision.simulated),
                "the decision hides or invents that its approver is played",
            );
            claim(
                decision.comment.as_ref().is_some_and(|seen| {
                    seen.author == decision.approver && seen.created == seen.updated
                }),
                "the comment was not the approver's own, or was edited",
            );
        }
        let again = self.decisions.values().any(|earlier| {
            earlier.request == decision.request
                && (earlier.approver == decision.approver
                    || earlier.outcome == GateOutcome::Rejected)
        });
        claim(!again, "the request was decided before");
        problems
    }

    /// Judges a commit: it must apply a patchset that a human approved, or that a contract covers.
    fn judge_commit(&mut self, record: &Record) -> Vec<Problem> {
        let applied: Vec<RecordDigest> =
            record.inputs.iter().copied().filter(|i| self.patchsets.contains_key(i)).collect();
        let [patchset] = applied[..] else {
            return vec![ungated("a commit does not name the one patchset it applies")];
        };
        let by_human = self.approval(record, GateName::FILE_WRITE, patchset);
        match by_human {
            Some(true) => Vec::new(),
            Some(false) => vec![ungated("an approval was used twice, or not by enough people")],
            None => self.judge_contract(record, patchset),
        }
    }

    /// Judges a patchset that passed under the contract of an approved `file_write` gate.
    fn judge_contract(&mut self, record: &Record, patchset: RecordDigest) -> Vec<Problem> {
        let verdict = record.inputs.iter().find_map(|input| self.verdicts.get(input));
        let Some(verdict) = verdict else {
            return vec![ungated("a commit rests on no approval and no contract")];
        };
        let gate = verdict.contract;
        let decision = gate.and_then(|gate| self.decisions.get(&gate));
        let contract = decision
            .filter(|decision| decision.outcome == GateOutcome::Approved)
            .and_then(|decision| self.requests.get(&decision.request))
            .and_then(|request| request.contract.clone());
        let (Some(gate), Some(contract), true) = (gate, contract, verdict.verdict.allowed) else {
            return vec![ungated("a commit rests on a contract that nobody approved")];
        };
        let used = self.passed.entry(gate).or_default();
        used.0 += 1;
        used.1 += new_bytes(&self.patchsets[&patchset]);
        if inside(&contract, &self.patchsets[&patchset], *used) {
            Vec::new()
        } else {
            vec![ungated("a commit goes beyond the contract it rests on")]
        }
    }

    /// Judges a delivery: exactly what `pr_create` approved, once.
    fn judge_delivery(&mut self, record: &Record, receipt: &DeliveryReceipt) -> Vec<Problem> {
        let asked: Vec<RecordDigest> =
            record.inputs.iter().copied().filter(|i| self.pull_requests.contains_key(i)).collect();
        let [asked] = asked[..] else {
            return vec![ungated("a delivery does not name the one pull request it delivers")];
        };
        let own = &self.pull_requests[&asked];
        if own.tree != receipt.tree || own.head != receipt.head || own.branch != receipt.branch {
            return vec![ungated("what was delivered is not what was approved")];
        }
        match self.approval(record, GateName::PR_CREATE, asked) {
            Some(true) => Vec::new(),
            Some(false) => vec![ungated("an approval was used twice, or not by enough people")],
            None => vec![ungated("a delivery rests on no approval")],
        }
    }

    /// Returns whether `record` rests on enough unused approvals of `subject` at `gate`; none if it
    /// names no such approval at all. Uses them up.
    fn approval(&mut self, record: &Record, gate: &str, subject: RecordDigest) -> Option<bool> {
        let mut approvers: HashSet<&UserId> = HashSet::new();
        let mut digests = Vec::new();
        let mut needed = 0;
        for input in &record.inputs {
            let Some(decision) = self.decisions.get(input) else { continue };
            let Some(request) = self.requests.get(&decision.request) else { continue };
            if decision.gate.as_str() == gate
                && request.subject == subject
                && decision.outcome == GateOutcome::Approved
            {
                needed = request.approvals.max(1);
                approvers.insert(&decision.approver);
                digests.push(*input);
            }
        }
        if digests.is_empty() {
            return None;
        }
        let enough = approvers.len() >= usize::try_from(needed).unwrap_or(usize::MAX);
        let unused = digests.iter().all(|digest| self.used.insert(*digest));
        Some(enough && unused)
    }
}

/// Returns how many bytes of new text a patchset holds.
#[must_use]
pub(super) fn new_bytes(patchset: &Patchset) -> u64 {
    patchset.files.iter().filter_map(|file| file.after.as_ref()).map(|text| text.len() as u64).sum()
}

fn inside(contract: &Contract, patchset: &Patchset, (count, bytes): (u32, u64)) -> bool {
    count <= contract.max_patchsets
        && bytes <= contract.max_bytes
        && patchset.files.iter().all(|file| glob::any(&contract.paths, &file.path))
}

fn read<B: serde::de::DeserializeOwned>(record: &Record) -> Result<B, Problem> {
    record.read().map_err(|error| {
        (FindingKind::DamagedRecord, format!("{} {:?}: {error}", record.kind, record.title))
    })
}

fn approval(detail: &str) -> Problem {
    (FindingKind::Approval, detail.to_owned())
}

fn ungated(detail: &str) -> Problem {
    (FindingKind::Ungated, detail.to_owned())
}
