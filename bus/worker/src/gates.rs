//! Gates: what is asked for, with all that the approval covers, and whether approvals still hold.

use trail_item::text::{self, GateShown, Note};
use trail_item::{Event, State};
use trail_port::policy::{self, Principal, Question, Subject};
use trail_record::body::{Contract, Covers, GateName, GateRequest, Risk, Spec};
use trail_record::record::Sealable;
use trail_record::{Digest, FindingKind, Persona, Record, TreeId, code};

use crate::desk::{about_decision, lost};
use crate::facts::Facts;
use crate::perform::Setback;
use crate::view::View;
use crate::worker::{Error, Worker};

/// What a gate is asked for.
pub(crate) struct Asking<'a> {
    pub(crate) gate: GateName,
    pub(crate) performed_by: Persona,
    pub(crate) subject: Digest<Record>,
    pub(crate) tree: Option<TreeId>,
    pub(crate) contract: Option<Contract>,
    pub(crate) paths: Vec<String>,
    pub(crate) shown: GateShown<'a>,
}

impl Worker {
    /// Makes the request record, its event and the note that asks, on the head of `view`.
    pub(crate) fn request(
        &self,
        view: &View,
        (spec_digest, spec): (Digest<Record>, &Spec),
        asking: &Asking<'_>,
        note: &Note,
    ) -> Result<(Sealable, Event, Note), Error> {
        let question = self.gate_question(view, spec, asking.gate.as_str(), asking.paths.clone());
        let approvals = self.ports.policy.approvals(&question).max(1);
        let request = GateRequest {
            gate: asking.gate.clone(),
            requested_by: self.persona,
            performed_by: asking.performed_by,
            subject: asking.subject,
            covers: Covers {
                spec: spec_digest,
                policy: self.ports.policy.digest(),
                trust: self.trusted().0,
                base: view.base().cloned(),
                tree: asking.tree.clone(),
                head: view.state.head,
            },
            contract: asking.contract.clone(),
            shown: text::shown(
                &asking.gate,
                &spec.criteria,
                asking.contract.as_ref(),
                asking.shown,
            ),
            approvals,
        };
        let record = Record::new(
            format!("gate {}", asking.gate),
            [asking.subject, spec_digest],
            &request,
        )?;
        let code = code::of(record.digest().as_bytes());
        let event = Event::GateAsked {
            gate: asking.gate.clone(),
            request: record.digest(),
            code: code.clone(),
            requested_by: self.persona,
            performed_by: asking.performed_by,
            approvals,
            contract: asking.contract.clone(),
        };
        let note = text::gate_request(note, &request, &code);
        Ok((record, event, note))
    }

    /// The question of a human approving at a gate; the principal is replaced by who does.
    pub(crate) fn gate_question(
        &self,
        view: &View,
        spec: &Spec,
        gate: &str,
        paths: Vec<String>,
    ) -> Question {
        Question {
            principal: Principal::Persona(self.persona),
            action: policy::Action::Approve,
            item: view.item.key.to_string(),
            labels: view.item.labels.clone(),
            risk: spec.risk.max(self.ports.policy.risk_of(&paths)),
            subject: Subject::Gate {
                name: gate.to_owned(),
                requested_by: self.persona,
                paths,
            },
        }
    }

    /// Returns the gates of labels and rules that must be passed before the next action and have
    /// not been asked for yet, in order of their names.
    pub(crate) fn unpassed(&self, view: &View, spec: &Spec) -> Option<GateName> {
        let action = view.state.next_action()?;
        let mut wanted: Vec<GateName> = view.gates_of_labels().into_iter().collect();
        for (gate, before) in [
            (GateName::PLAN, trail_item::Action::Implement),
            (GateName::EXEC, trail_item::Action::RunTests),
        ] {
            wanted.retain(|own| own.as_str() != gate || action == before);
            if action == before && !self.may_proceed(view, spec, gate) {
                wanted.push(GateName::new(gate));
            }
        }
        wanted.retain(|own| {
            !matches!(own.as_str(), GateName::FILE_WRITE | GateName::PR_CREATE)
                && !view.state.passed.contains(own)
        });
        wanted.sort();
        wanted.into_iter().next()
    }

    fn may_proceed(&self, view: &View, spec: &Spec, gate: &str) -> bool {
        let question = Question {
            action: policy::Action::Proceed,
            ..self.gate_question(view, spec, gate, Vec::new())
        };
        self.ports.policy.judge(&question).allowed
    }

    /// Returns the contract that approval of a first patchset grants to the rest of the run.
    pub(crate) fn contract(&self, spec: &Spec) -> Contract {
        Contract {
            paths: spec.scope.write.clone(),
            max_bytes: self.settings.contract_bytes,
            max_patchsets: self.settings.contract_patchsets,
        }
    }

    /// Re-reads each comment that an open gate rests on, and asks whether its author is still a
    /// member. An approval that does not hold any more is a setback with its finding: nothing is
    /// done on it, and once the finding is cleared the gate is asked for anew.
    pub(crate) async fn approvals_hold(
        &self,
        view: &View,
        facts: &Facts,
        state: &State,
    ) -> Result<Result<Vec<Digest<Record>>, Setback>, Error> {
        let gone = |what: String| Error::History {
            item: view.item.key.to_string(),
            what,
        };
        let gate = state
            .gate
            .as_ref()
            .filter(|gate| gate.is_open())
            .ok_or_else(|| gone("no gate is open".to_owned()))?;
        let mut approvals = Vec::new();
        for approval in &gate.approvals {
            let digest = approval.decision;
            approvals.push(digest);
            let Some(id) = &approval.comment else {
                continue;
            };
            let decision = Facts::find(&facts.decisions, digest)
                .ok_or_else(|| gone(format!("approval {} is missing", digest.short())))?;
            let sealed = decision
                .comment
                .as_ref()
                .ok_or_else(|| gone(format!("approval {} names no comment", digest.short())))?;
            let now = self.ports.tracker.comment(&view.item.id, id).await?;
            let lost = match lost(now.as_ref(), sealed) {
                None if self.is_member_now(&sealed.author).await? => continue,
                None => (
                    FindingKind::Approval,
                    "the author is no member of the project any more, whose comment is the one",
                ),
                Some(lost) => lost,
            };
            let finding = about_decision(view, digest, decision, id, lost);
            let reason =
                format!("an approval does not hold any more, so nothing was done: {finding}");
            return Ok(Err(Setback::new("approval", reason, true).found(finding)));
        }
        Ok(Ok(approvals))
    }

    /// Returns the risk of an item with these changed paths.
    pub(crate) fn risk(&self, spec: &Spec, paths: &[String]) -> Risk {
        spec.risk.max(self.ports.policy.risk_of(paths))
    }
}
