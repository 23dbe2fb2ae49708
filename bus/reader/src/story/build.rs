//! Reading a judged history into a story.

use std::collections::BTreeMap;

use trail_item::{Event, Fold, State};
use trail_record::body::{Body, GateDecision, GateRequest};
use trail_record::chain::Accepted;
use trail_record::trust::TrustSet;
use trail_record::verify::{self, Bytes};
use trail_record::{Kind, Persona, Record, entry};

use super::{Fact, Gate, Listed, Signer, Step, Story, Trusted, Unread, VoidEntry};
use crate::history::Judged;

pub(super) fn story(judged: &Judged, trust: Option<&TrustSet>, bytes: &dyn Bytes) -> Story {
    let subject = &judged.subject;
    let mut story = Story {
        project: subject.project.clone(),
        item: subject.item.clone(),
        key: subject.key.clone(),
        runs: Vec::new(),
        entries: Vec::new(),
        void: void(judged),
        specs: Vec::new(),
        decisions: Vec::new(),
        conclusions: Vec::new(),
        patchsets: Vec::new(),
        commits: Vec::new(),
        tests: Vec::new(),
        pull_requests: Vec::new(),
        reviews: Vec::new(),
        deliveries: Vec::new(),
        failures: Vec::new(),
        trials: Vec::new(),
        mutants: Vec::new(),
        proofs: Vec::new(),
        reported: Vec::new(),
        reverts: Vec::new(),
        observations: Vec::new(),
        verdicts: Vec::new(),
        gates: Vec::new(),
        unread: Vec::new(),
        state: State::default(),
        judgement: judged.judgement.clone(),
        personas: Vec::new(),
        trusted: trust.map(trusted),
    };
    let mut fold = Fold::default();
    for accepted in judged.assembly.chain.entries() {
        let held = fold.state.lease.as_ref().map(|lease| lease.action);
        let entry = &accepted.signed.entry;
        // An entry that the rules refuse was judged without them: it is told, and changes nothing.
        let _ = fold.entry(entry, accepted.signed.digest);
        if !story.runs.contains(&entry.run) {
            story.runs.push(entry.run.clone());
        }
        let mut step = step(accepted);
        step.action = step.events.iter().find_map(claimed).or(held);
        story.entries.push(step);
        for listed in &entry.records {
            story.take(accepted, listed, bytes);
        }
    }
    story.state = fold.state;
    story.personas = signers(&story, trust);
    story
}

fn claimed(event: &Event) -> Option<trail_item::Action> {
    match event {
        Event::Claimed { action, .. } => Some(*action),
        _ => None,
    }
}

fn step(accepted: &Accepted) -> Step {
    let signed = &accepted.signed;
    let entry = &signed.entry;
    let events = entry
        .events
        .iter()
        .filter_map(|event| serde::Deserialize::deserialize(event).ok())
        .collect();
    let records = entry
        .records
        .iter()
        .map(|own| Listed {
            digest: own.digest,
            kind: own.kind,
            title: own.title.clone(),
            size: own.size,
        })
        .collect();
    Step {
        seq: entry.seq,
        digest: signed.digest,
        at: entry.at,
        run: entry.run.clone(),
        persona: entry.persona,
        worker: entry.worker.clone(),
        key: signed.key.id(),
        comment: accepted.comment.clone(),
        action: None,
        events,
        records,
    }
}

impl Story {
    /// Reads one record to its place.
    fn take(&mut self, accepted: &Accepted, listed: &entry::Listed, bytes: &dyn Bytes) {
        let read = verify::record(listed, bytes).map_err(|(_, why)| why);
        let placed = read.and_then(|record| self.place(accepted, listed, &record));
        if let Err(why) = placed {
            self.unread.push(Unread {
                digest: listed.digest,
                kind: listed.kind,
                title: listed.title.clone(),
                entry: accepted.signed.entry.seq,
                why,
            });
        }
    }

    fn place(
        &mut self,
        accepted: &Accepted,
        listed: &entry::Listed,
        record: &Record,
    ) -> Result<(), String> {
        match record.kind {
            Kind::Spec => self.specs.push(fact(accepted, listed, record)?),
            Kind::Decision => self.decisions.push(fact(accepted, listed, record)?),
            Kind::Conclusion => self.conclusions.push(fact(accepted, listed, record)?),
            Kind::Patchset | Kind::TestPatchset => {
                self.patchsets.push(fact(accepted, listed, record)?);
            }
            Kind::TestResult => self.tests.push(fact(accepted, listed, record)?),
            Kind::PullRequest => self.pull_requests.push(fact(accepted, listed, record)?),
            Kind::Review => self.reviews.push(fact(accepted, listed, record)?),
            Kind::Observation => self.observations.push(fact(accepted, listed, record)?),
            Kind::PolicyVerdict => self.verdicts.push(fact(accepted, listed, record)?),
            Kind::Commit => self.commits.push(fact(accepted, listed, record)?),
            Kind::DeliveryReceipt => self.deliveries.push(fact(accepted, listed, record)?),
            Kind::Failure => self.failures.push(fact(accepted, listed, record)?),
            Kind::Trial => self.trials.push(fact(accepted, listed, record)?),
            Kind::Mutant => self.mutants.push(fact(accepted, listed, record)?),
            Kind::Proof => self.proofs.push(fact(accepted, listed, record)?),
            Kind::ReportedResult => self.reported.push(fact(accepted, listed, record)?),
            Kind::Revert => self.reverts.push(fact(accepted, listed, record)?),
            Kind::GateRequest => {
                let request: Fact<GateRequest> = fact(accepted, listed, record)?;
                let code = trail_record::code::of(request.digest.as_bytes());
                let decisions = Vec::new();
                self.gates.push(Gate {
                    request,
                    code,
                    decisions,
                });
            }
            Kind::GateDecision => {
                let decision: Fact<GateDecision> = fact(accepted, listed, record)?;
                let asked = decision.body.request;
                let gate = self
                    .gates
                    .iter_mut()
                    .find(|own| own.request.digest == asked);
                let gate = gate.ok_or_else(|| {
                    format!(
                        "it answers a request ({}) that is not told before it",
                        asked.short()
                    )
                })?;
                gate.decisions.push(decision);
            }
        }
        Ok(())
    }
}

fn fact<B: Body>(
    accepted: &Accepted,
    listed: &entry::Listed,
    record: &Record,
) -> Result<Fact<B>, String> {
    let entry = &accepted.signed.entry;
    Ok(Fact {
        digest: listed.digest,
        title: listed.title.clone(),
        entry: entry.seq,
        at: entry.at,
        persona: entry.persona,
        run: entry.run.clone(),
        inputs: record.inputs.clone(),
        body: record.read().map_err(|error| error.to_string())?,
    })
}

fn void(judged: &Judged) -> Vec<VoidEntry> {
    let told = judged.assembly.void.iter().map(|own| VoidEntry {
        seq: own.signed.entry.seq,
        digest: own.signed.digest,
        persona: own.signed.entry.persona,
        comment: own.comment.clone(),
        why: own.why.clone(),
    });
    told.collect()
}

fn trusted(trust: &TrustSet) -> Trusted {
    let latest = trust.latest().1;
    Trusted {
        serial: latest.serial,
        shares_accounts: latest.shares_accounts(),
        shared: shared(latest),
        approvers: latest
            .approvers
            .iter()
            .map(|own| (own.id.clone(), own.name.clone()))
            .collect(),
        endpoints: latest.endpoints.clone(),
    }
}

/// Returns the accounts that serve several personas.
fn shared(trust: &trail_record::trust::Trust) -> Vec<(trail_record::UserId, Vec<Persona>)> {
    let mut by_account: BTreeMap<_, Vec<Persona>> = BTreeMap::new();
    for own in &trust.personas {
        let account = by_account.entry(own.account.as_str()).or_default();
        account.push(own.persona);
    }
    by_account.retain(|_, personas| personas.len() > 1);
    by_account
        .into_iter()
        .map(|(account, personas)| (account.into(), personas))
        .collect()
}

fn signers(story: &Story, trust: Option<&TrustSet>) -> Vec<Signer> {
    let mut signers: BTreeMap<Persona, Signer> = BTreeMap::new();
    for step in &story.entries {
        let signer = signers.entry(step.persona).or_insert_with(|| Signer {
            persona: step.persona,
            account: trust
                .and_then(|trust| trust.latest().1.persona(step.persona))
                .map(|own| own.account.clone()),
            keys: Vec::new(),
            models: Vec::new(),
            endpoints: Vec::new(),
            entries: 0,
            calls: 0,
        });
        signer.entries += 1;
        add(&mut signer.keys, &step.key);
    }
    for decision in &story.decisions {
        let Some(signer) = signers.get_mut(&decision.persona) else {
            continue;
        };
        let body = &decision.body;
        signer.calls += 1;
        let served = body.model_served.clone();
        let model = served.unwrap_or_else(|| format!("{} (not confirmed)", body.model_requested));
        add(&mut signer.models, &model);
        add(&mut signer.endpoints, &body.endpoint);
    }
    signers.into_values().collect()
}

fn add<T: Clone + PartialEq>(known: &mut Vec<T>, one: &T) {
    if !known.contains(one) {
        known.push(one.clone());
    }
}
