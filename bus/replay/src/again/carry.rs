//! Gate decisions of the original, carried over to the requests of a replay.
//!
//! A request with the original's subject gets the decisions that the original's got. Any other gets
//! those that the gate came to in the end; a rejection is carried once, for its reason was about
//! something else.

use std::collections::BTreeSet;

use serde::Serialize;
use trail_record::body::{GateDecision, GateName, GateOutcome, GateRequest};
use trail_record::{Digest, Kind, Record};

use crate::recorded::Recorded;

/// A gate decision of the original that stands in for one in the replay. It proves nothing outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Carried {
    /// The gate.
    pub gate: GateName,
    /// What was decided.
    pub outcome: GateOutcome,
    /// The decision in the original.
    pub decision: Digest<Record>,
    /// What was decided on there.
    pub original_subject: Digest<Record>,
    /// What it stands for here.
    pub subject: Digest<Record>,
    /// Whether both are the same.
    pub same_subject: bool,
}

/// A request of the original with its decisions.
struct Requested {
    request: GateRequest,
    decisions: Vec<(Digest<Record>, GateDecision)>,
}

/// The decisions of the original.
pub(crate) struct Carrier {
    requested: Vec<Requested>,
    /// Rejections that were carried to another subject than their own.
    spent: BTreeSet<Digest<Record>>,
}

impl Carrier {
    pub(crate) fn of(recorded: &Recorded) -> Self {
        let mut requested: Vec<(Digest<Record>, Requested)> = Vec::new();
        for step in recorded.own() {
            for (digest, request) in step.bodies::<GateRequest>(Kind::GateRequest) {
                let decisions = Vec::new();
                requested.push((digest, Requested { request, decisions }));
            }
            for (digest, decision) in step.bodies::<GateDecision>(Kind::GateDecision) {
                let asked = requested
                    .iter_mut()
                    .find(|(own, _)| *own == decision.request);
                if let Some((_, asked)) = asked {
                    asked.decisions.push((digest, decision));
                }
            }
        }
        Self {
            requested: requested.into_iter().map(|(_, own)| own).collect(),
            spent: BTreeSet::new(),
        }
    }

    /// Returns the names of the gates that were asked for.
    pub(crate) fn gates(&self) -> BTreeSet<&str> {
        let names = self.requested.iter().map(|own| own.request.gate.as_str());
        names.collect()
    }

    /// Chooses the decisions that are carried over to a request on `subject`.
    pub(crate) fn choose(
        &mut self,
        gate: &GateName,
        subject: Digest<Record>,
    ) -> Vec<(Carried, GateDecision)> {
        let decided = |own: &&Requested| own.request.gate == *gate && !own.decisions.is_empty();
        let mut own = self.requested.iter().filter(decided);
        let same = own.clone().find(|own| own.request.subject == subject);
        let Some(chosen) = same.or_else(|| own.next_back()) else {
            return Vec::new();
        };
        let mut carried = Vec::new();
        for (digest, decision) in &chosen.decisions {
            let same_subject = chosen.request.subject == subject;
            let rejects = decision.outcome == GateOutcome::Rejected;
            if rejects && !same_subject && !self.spent.insert(*digest) {
                return Vec::new();
            }
            let own = Carried {
                gate: gate.clone(),
                outcome: decision.outcome,
                decision: *digest,
                original_subject: chosen.request.subject,
                subject,
                same_subject,
            };
            carried.push((own, decision.clone()));
        }
        carried
    }
}

/// Writes the comment that stands for a carried decision.
pub(crate) fn comment(code: &str, carried: &Carried, decision: &GateDecision) -> String {
    let (word, why) = match decision.outcome {
        GateOutcome::Approved => ("approve", String::new()),
        GateOutcome::Rejected => (
            "reject",
            format!("{}; ", decision.why.as_deref().unwrap_or("no reason given")),
        ),
    };
    let why = why.replace(['\n', '\r'], " ");
    format!(
        "/{word} {code} {why}carried over from decision {} on {}; here it stands for {}",
        carried.decision, carried.original_subject, carried.subject
    )
}
