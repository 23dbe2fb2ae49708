//! Whether every gate decision fits its request, and nothing was done without one.

mod decision;

use std::collections::{HashMap, HashSet};

use super::{Evidence, Problem, concerns_gates};
use crate::body::{
    CommitMade, Contract, DeliveryReceipt, GateDecision, GateName, GateOutcome, GateRequest,
    Patchset, PolicyVerdict, PullRequest, Review,
};
use crate::chain::Accepted;
use crate::digest::Digest;
use crate::entry::{Entry, Listed};
use crate::finding::FindingKind;
use crate::glob;
use crate::id::UserId;
use crate::record::{Kind, Record};
use crate::trust::TrustSet;

type RecordDigest = Digest<Record>;

/// The requests, decisions and subjects of one history, as they come.
pub(super) struct Gates<'t> {
    trust: &'t TrustSet,
    standing: HashSet<RecordDigest>,
    specs: HashSet<RecordDigest>,
    requests: HashMap<RecordDigest, GateRequest>,
    decisions: HashMap<RecordDigest, GateDecision>,
    verdicts: HashMap<RecordDigest, PolicyVerdict>,
    patchsets: HashMap<RecordDigest, Patchset>,
    pull_requests: HashMap<RecordDigest, PullRequest>,
    /// Decisions that were used, or voided by a refusal.
    used: HashSet<RecordDigest>,
    /// What passed under the contract of each decision: patchsets and bytes.
    passed: HashMap<RecordDigest, (u32, u64)>,
}

impl<'t> Gates<'t> {
    pub(super) fn new(trust: &'t TrustSet) -> Self {
        Self {
            trust,
            standing: HashSet::new(),
            specs: HashSet::new(),
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
        listed: &Listed,
        evidence: &Evidence<'_>,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for input in evidence.inputs() {
            if !self.standing.contains(input) {
                let detail = format!(
                    "{} {:?} names input {}, which does not stand before it",
                    listed.kind,
                    listed.title,
                    input.short()
                );
                problems.push((FindingKind::DamagedRecord, detail));
            }
        }
        if let Evidence::Whole(record) = evidence
            && concerns_gates(record.kind)
            && let Err(problem) = self.take(&at.signed.entry, listed.digest, record, &mut problems)
        {
            problems.push(problem);
        }
        problems
    }

    /// Notes that a record was sealed here, whether or not its bytes could be judged.
    pub(super) fn stands(&mut self, listed: &Listed) {
        self.standing.insert(listed.digest);
        if listed.kind == Kind::Spec {
            self.specs.insert(listed.digest);
        }
    }

    /// Tells whether a spec with this digest stands.
    pub(super) fn is_spec(&self, digest: &RecordDigest) -> bool {
        self.specs.contains(digest)
    }

    fn take(
        &mut self,
        entry: &Entry,
        digest: RecordDigest,
        record: &Record,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        match record.kind {
            Kind::GateRequest => {
                let request: GateRequest = read(record)?;
                let stands = self.standing.contains(&request.subject);
                let own = self.pull_requests.get(&request.subject);
                let judged = decision::judge_request(entry, &request, stands, own);
                problems.extend(judged.into_iter().map(approval));
                self.requests.insert(digest, request);
            }
            Kind::GateDecision => {
                let decision: GateDecision = read(record)?;
                problems.extend(self.judge_decision(entry, &decision));
                self.decisions.insert(digest, decision);
            }
            Kind::PolicyVerdict => {
                self.verdicts.insert(digest, read(record)?);
            }
            Kind::Patchset | Kind::TestPatchset => {
                let patchset: Patchset = read(record)?;
                let mut paths = HashSet::new();
                if !patchset
                    .files
                    .iter()
                    .all(|file| paths.insert(file.path.as_str()))
                {
                    let detail = "a patchset changes a path twice".to_owned();
                    problems.push((FindingKind::DamagedRecord, detail));
                }
                self.patchsets.insert(digest, patchset);
            }
            Kind::PullRequest => {
                self.pull_requests.insert(digest, read(record)?);
            }
            Kind::Review => {
                let review: Review = read(record)?;
                if !review.confirmed {
                    let voided = self
                        .decisions
                        .iter()
                        .filter(|(_, decision)| decision.gate.as_str() == GateName::PR_CREATE);
                    self.used.extend(voided.map(|(digest, _)| *digest));
                }
            }
            Kind::Commit => {
                let commit: CommitMade = read(record)?;
                problems.extend(self.judge_commit(entry, record, &commit).err().map(ungated));
            }
            Kind::DeliveryReceipt => {
                let receipt: DeliveryReceipt = read(record)?;
                problems.extend(
                    self.judge_delivery(entry, record, &receipt)
                        .err()
                        .map(ungated),
                );
            }
            Kind::Spec
            | Kind::Decision
            | Kind::Conclusion
            | Kind::TestResult
            | Kind::Observation
            | Kind::Failure
            | Kind::Trial
            | Kind::Mutant
            | Kind::Proof
            | Kind::ReportedResult
            | Kind::Revert => {}
        }
        Ok(())
    }

    fn judge_decision(&self, entry: &Entry, decision: &GateDecision) -> Vec<Problem> {
        let Some(request) = self.requests.get(&decision.request) else {
            return vec![approval(
                "the decision answers a request that does not stand before it",
            )];
        };
        let earlier = self.decisions.values();
        decision::judge_decision(self.trust, entry, decision, request, earlier)
            .into_iter()
            .map(approval)
            .collect()
    }

    /// Judges a commit: it must apply a patchset that a human approved, or that a contract covers.
    fn judge_commit(
        &mut self,
        entry: &Entry,
        record: &Record,
        commit: &CommitMade,
    ) -> Result<(), &'static str> {
        let applied: Vec<RecordDigest> = record
            .inputs
            .iter()
            .copied()
            .filter(|i| self.patchsets.contains_key(i))
            .collect();
        let [patchset] = applied[..] else {
            return Err("a commit does not name the one patchset it applies");
        };
        if self.patchsets[&patchset].onto != commit.parent {
            return Err("a commit applies its patchset onto another commit than it was made for");
        }
        let approvals = self.approvals(record, GateName::FILE_WRITE, patchset);
        if approvals.is_empty() {
            self.use_contract(entry, record, patchset)
        } else {
            self.use_approvals(entry, &approvals)
        }
    }

    /// Judges a delivery: exactly what `pr_create` approved, once.
    fn judge_delivery(
        &mut self,
        entry: &Entry,
        record: &Record,
        receipt: &DeliveryReceipt,
    ) -> Result<(), &'static str> {
        let asked: Vec<RecordDigest> = record
            .inputs
            .iter()
            .copied()
            .filter(|i| self.pull_requests.contains_key(i))
            .collect();
        let [asked] = asked[..] else {
            return Err("a delivery does not name the one pull request it delivers");
        };
        let own = &self.pull_requests[&asked];
        if own.tree != receipt.tree || own.head != receipt.head || own.branch != receipt.branch {
            return Err("what was delivered is not what was approved");
        }
        let approvals = self.approvals(record, GateName::PR_CREATE, asked);
        if approvals.is_empty() {
            return Err("a delivery rests on no approval");
        }
        self.use_approvals(entry, &approvals)
    }

    /// Returns the decisions among the inputs of `record` that approve `subject` at `gate`.
    fn approvals(&self, record: &Record, gate: &str, subject: RecordDigest) -> Vec<RecordDigest> {
        let approves = |input: &&RecordDigest| {
            self.decisions.get(input).is_some_and(|decision| {
                decision.gate.as_str() == gate
                    && decision.outcome == GateOutcome::Approved
                    && self
                        .requests
                        .get(&decision.request)
                        .is_some_and(|request| request.subject == subject)
            })
        };
        record.inputs.iter().filter(approves).copied().collect()
    }

    /// Uses up approvals for what `entry` did, if they are enough and nobody used them before.
    fn use_approvals(
        &mut self,
        entry: &Entry,
        approvals: &[RecordDigest],
    ) -> Result<(), &'static str> {
        let answered = self.decisions[&approvals[0]].request;
        if approvals
            .iter()
            .any(|digest| self.decisions[digest].request != answered)
        {
            return Err("approvals of different requests were put together");
        }
        let request = &self.requests[&answered];
        let approvers: HashSet<&UserId> = approvals
            .iter()
            .map(|digest| &self.decisions[digest].approver)
            .collect();
        self.in_force(entry, &answered, request, approvers.len())?;
        if entry.persona != request.performed_by {
            return Err("another persona did what was approved than the one that was to");
        }
        let unused = approvals
            .iter()
            .filter(|digest| self.used.insert(**digest))
            .count();
        if unused == approvals.len() {
            Ok(())
        } else {
            Err("an approval was used twice, or after it was voided")
        }
    }

    /// Judges a patchset that passed under the contract of an approved `file_write` gate.
    fn use_contract(
        &mut self,
        entry: &Entry,
        record: &Record,
        patchset: RecordDigest,
    ) -> Result<(), &'static str> {
        let mut verdicts = record
            .inputs
            .iter()
            .filter_map(|input| self.verdicts.get(input));
        let resting = verdicts.find_map(|own| own.contract.map(|gate| (own, gate)));
        let Some((verdict, gate)) = resting else {
            return Err("a commit rests on no approval and no contract");
        };
        let granted = self
            .decisions
            .get(&gate)
            .filter(|decision| {
                decision.gate.as_str() == GateName::FILE_WRITE
                    && decision.outcome == GateOutcome::Approved
            })
            .and_then(|decision| Some((decision.request, self.requests.get(&decision.request)?)));
        let Some((answered, request)) = granted.filter(|_| verdict.verdict.allowed) else {
            return Err("a commit rests on a contract that nobody approved");
        };
        let Some(contract) = request.contract.as_ref() else {
            return Err("a commit rests on a contract that nobody approved");
        };
        let approvers: HashSet<&UserId> = self
            .decisions
            .values()
            .filter(|own| own.request == answered && own.outcome == GateOutcome::Approved)
            .map(|own| &own.approver)
            .collect();
        self.in_force(entry, &answered, request, approvers.len())?;
        let used = self.passed.entry(gate).or_default();
        used.0 = used.0.saturating_add(1);
        used.1 = used.1.saturating_add(new_bytes(&self.patchsets[&patchset]));
        if inside(contract, &self.patchsets[&patchset], *used) {
            Ok(())
        } else {
            Err("a commit goes beyond the contract it rests on")
        }
    }

    /// Checks that an approved request still holds: enough people, no rejection, the same task.
    fn in_force(
        &self,
        entry: &Entry,
        answered: &RecordDigest,
        request: &GateRequest,
        approvers: usize,
    ) -> Result<(), &'static str> {
        let needed = usize::try_from(request.approvals.max(1)).unwrap_or(usize::MAX);
        let rejected = self.decisions.values().any(|decision| {
            decision.request == *answered && decision.outcome == GateOutcome::Rejected
        });
        if approvers < needed {
            Err("not enough people approved")
        } else if rejected {
            Err("the request was rejected")
        } else if entry.spec != Some(request.covers.spec) {
            Err("the task was amended after the approval")
        } else {
            Ok(())
        }
    }
}

/// Returns how many bytes of new text a patchset holds.
fn new_bytes(patchset: &Patchset) -> u64 {
    patchset
        .files
        .iter()
        .filter_map(|file| file.after.as_ref())
        .map(|text| text.len() as u64)
        .sum()
}

fn inside(contract: &Contract, patchset: &Patchset, (count, bytes): (u32, u64)) -> bool {
    count <= contract.max_patchsets
        && bytes <= contract.max_bytes
        && patchset
            .files
            .iter()
            .all(|file| is_plain(&file.path) && glob::any(&contract.paths, &file.path))
}

/// Tells whether a path is relative and climbs nowhere, so that a pattern says where it leads.
fn is_plain(path: &str) -> bool {
    path.split('/')
        .all(|segment| !matches!(segment, "" | "." | ".."))
}

fn read<B: serde::de::DeserializeOwned>(record: &Record) -> Result<B, Problem> {
    record.read().map_err(|error| {
        (
            FindingKind::DamagedRecord,
            format!("{} {:?}: {error}", record.kind, record.title),
        )
    })
}

fn approval(detail: &str) -> Problem {
    (FindingKind::Approval, detail.to_owned())
}

fn ungated(detail: &str) -> Problem {
    (FindingKind::Ungated, detail.to_owned())
}
