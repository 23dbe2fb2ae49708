//! The desk: intake, drift, findings, and answers to humans.
//!
//! One persona at a time sits at it: the attestor of a waiting gate, else the planner. What it seals
//! is what a human said, as a fresh read showed it.

use trail_item::code::{AMEND, START, of_text};
use trail_item::criteria;
use trail_item::text::{self, Note};
use trail_item::{Action, Event, Stage};
use trail_port::policy::{self, Principal, Question, Subject};
use trail_port::tracker::Comment;
use trail_record::body::{
    Authority, CommentSeen, Criterion, GateDecision, GateOutcome, Observation, Observed, Spec,
};
use trail_record::record::Sealable;
use trail_record::{
    CommentId, Digest, Finding, FindingKind, Moment, Persona, Place, Record, UserId, code,
};

use crate::append::Draft;
use crate::redact::secret_in;
use crate::view::{View, finding_id, run_id, seen};
use crate::worker::{Error, Worker};

impl Worker {
    /// Does the next thing at the desk; returns whether there was something.
    pub(crate) async fn sit(&self, view: &View) -> Result<bool, Error> {
        if view.assembly.forked && view.new_findings().is_empty() {
            return Ok(false);
        }
        if view.state.desk() != self.persona {
            return self.delegate(view).await;
        }
        if let Some(finding) = view.new_findings().first().map(|own| (*own).clone()) {
            self.seal_finding(view.clone(), &finding).await?;
            return Ok(true);
        }
        if self.lost_approval(view).await? {
            return Ok(true);
        }
        if self.answer_next(view).await? {
            return Ok(true);
        }
        if let Some((gate, code)) = view.unlabelled_gate() {
            self.tell_gate_stays(view, gate.as_str(), code).await?;
            return Ok(true);
        }
        match &view.state.stage {
            Stage::Filed | Stage::Unfit { .. } | Stage::AwaitingStart { .. }
                if self.persona == Persona::Planner =>
            {
                self.intake(view).await
            }
            Stage::Delivered { .. } | Stage::Cancelled => Ok(false),
            // What is taken back is named by its commits: the text does not matter to it.
            _ if view.state.reverts().is_some() => Ok(false),
            _ => self.watch_text(view).await,
        }
    }

    pub(crate) async fn seal_finding(&self, view: View, finding: &Finding) -> Result<(), Error> {
        self.append(view, &|_: &View, at: Moment| {
            let (event, record, note) = self.found(finding, at)?;
            Ok(Draft::new(vec![event], vec![record], note))
        })
        .await?;
        Ok(())
    }

    /// Makes the event, the record and the note of a finding that closes the gates.
    pub(crate) fn found(
        &self,
        finding: &Finding,
        at: Moment,
    ) -> Result<(Event, Sealable, Note), Error> {
        let id = finding_id(finding);
        let code = code::of(Digest::<Record>::of(id.as_bytes()).as_bytes());
        let detail = finding.to_string();
        let kind = finding.kind.as_str();
        let observed = Observed::Finding {
            kind: kind.to_owned(),
            detail: detail.clone(),
        };
        let record = Record::new("finding", [], &Observation { observed, at })?;
        let note = text::found(kind, &detail, &code);
        let event = Event::Found {
            kind: kind.to_owned(),
            id,
            code,
            comment: finding.place.comment.clone(),
            closes: true,
        };
        Ok((event, record, note))
    }

    /// Looks whether the comments that gate decisions rest on are still what they were.
    async fn lost_approval(&self, view: &View) -> Result<bool, Error> {
        let facts = self.facts(view).await?;
        for (digest, decision) in &facts.decisions {
            let Some(sealed) = &decision.comment else {
                continue;
            };
            let Some(lost) = lost(view.comment(&sealed.id), sealed) else {
                continue;
            };
            let finding = about_decision(view, *digest, decision, &sealed.id, lost);
            if !view.state.findings.contains_key(&finding_id(&finding)) {
                self.seal_finding(view.clone(), &finding).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Says that a gate stays although its label was taken off; what was seen rides along.
    async fn tell_gate_stays(&self, view: &View, gate: &str, code: &str) -> Result<(), Error> {
        let note = text::gate_stays(gate, code);
        self.append(view.clone(), &|_: &View, _: Moment| {
            Ok(Draft::new(Vec::new(), Vec::new(), note.clone()))
        })
        .await?;
        Ok(())
    }

    /// Takes an item up, asks for a start, or says what to mend.
    async fn intake(&self, view: &View) -> Result<bool, Error> {
        let text = view.text();
        let problems = match criteria::parse(&view.item.body) {
            Ok(draft) => match secret_in(&view.item.body).or_else(|| secret_in(&view.item.title)) {
                None => {
                    let human = view.item.author.clone();
                    if view.item.unedited && self.may_file(view, &human, draft.risk) {
                        let authority = Authority::Author { user: human };
                        self.take_up(view, authority, None).await?;
                        return Ok(true);
                    }
                    return self.ask_for_start(view, &draft.criteria, text).await;
                }
                Some(kind) => vec![format!(
                    "the text holds what looks like a secret ({kind}): remove it, and revoke it"
                )],
            },
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        };
        if view.state.stage == (Stage::Unfit { text }) {
            return Ok(false);
        }
        self.append(view.clone(), &|_: &View, _: Moment| {
            Ok(Draft::new(
                vec![Event::Unfit { text }],
                Vec::new(),
                text::unfit(&problems),
            ))
        })
        .await?;
        Ok(true)
    }

    async fn ask_for_start(
        &self,
        view: &View,
        criteria: &[Criterion],
        text: Digest<trail_record::Text>,
    ) -> Result<bool, Error> {
        if matches!(&view.state.stage, Stage::AwaitingStart { text: asked, .. } if *asked == text) {
            return Ok(false);
        }
        let why = if view.item.unedited {
            "The author of this item may not have items taken up by filing them."
        } else {
            "The tracker does not prove who wrote this text as it stands."
        };
        self.append(view.clone(), &|view: &View, _: Moment| {
            let code = of_text(START, text, view.state.head);
            let event = Event::StartAsked {
                text,
                code: code.clone(),
            };
            Ok(Draft::new(
                vec![event],
                Vec::new(),
                text::asked_to_start(&code, criteria, why),
            ))
        })
        .await?;
        Ok(true)
    }

    fn may_file(&self, view: &View, human: &UserId, risk: trail_record::body::Risk) -> bool {
        if self.trusted().1.serves(human).is_some() {
            return false;
        }
        self.ports
            .policy
            .judge(&self.human_question(view, human, policy::Action::File, risk))
            .allowed
    }

    /// The question whether a human may give a command about the item itself.
    pub(crate) fn human_question(
        &self,
        view: &View,
        human: &UserId,
        action: policy::Action,
        risk: trail_record::body::Risk,
    ) -> Question {
        Question {
            principal: self.human(human),
            action,
            item: view.item.key.to_string(),
            labels: view.item.labels.clone(),
            risk,
            subject: Subject::Item,
        }
    }

    pub(crate) fn human(&self, human: &UserId) -> Principal {
        match self.trusted().1.serves(human) {
            Some(persona) => Principal::Persona(persona),
            None => Principal::Human {
                id: human.clone(),
                approver: self.trusted().1.approver(human).is_some(),
            },
        }
    }

    /// Seals the item's text as it stands as the task.
    pub(crate) async fn take_up(
        &self,
        view: &View,
        authority: Authority,
        observation: Option<Observed>,
    ) -> Result<(), Error> {
        let base = self.ports.workspace.base().await?;
        let run = run_id(&view.item.key, view.state.runs + 1);
        let spec = self.spec(view, authority, None)?;
        let comment = match &spec.authority {
            Authority::Command { comment, .. } => Some(comment.clone()),
            Authority::Author { .. } => None,
        };
        let lease = self.settings.lease;
        let alone = spec.depends_on.is_empty() && self.persona == Persona::Planner;
        let history = self.board(view).await;
        self.append(view.clone(), &|view: &View, at: Moment| {
            let plan_at_once = alone && view.gates_of_labels().is_empty();
            let observed = observation.clone().unwrap_or_else(|| Observed::Body {
                text: spec.text,
                author: spec.author.clone(),
            });
            let observation = Observation { observed, at };
            let observation = Record::new("intake", [], &observation)?;
            let record = Record::new("spec", [observation.digest()], &spec)?;
            let event = Event::TakenUp {
                spec: record.digest(),
                text: spec.text,
                run: run.clone(),
                comment: comment.clone(),
            };
            let mut events = vec![event];
            let mut note = text::taken_up(&spec);
            if plan_at_once {
                // Nothing stands between the task and its plan: intake and claim share one entry.
                let (until, fence) = (at.after(lease), view.state.fence.next());
                let holder = self.id.clone();
                events.push(Event::Claimed {
                    action: Action::Plan,
                    fence,
                    holder,
                    until,
                });
                let claimed = text::claimed(Action::Plan, 1, until);
                note.body = format!("{}\n{}", note.body.trim_end(), claimed.body);
            }
            let mut draft = Draft::new(events, vec![observation, record], note);
            let (board, captured) = self.capture(view, &history, at)?;
            draft.begin_with(captured, board);
            draft.base = Some(base.clone());
            Ok(draft)
        })
        .await?;
        Ok(())
    }

    /// Makes the spec of the item's text as it stands; `before` is the one it amends.
    pub(crate) fn spec(
        &self,
        view: &View,
        authority: Authority,
        before: Option<&Spec>,
    ) -> Result<Spec, Error> {
        let draft = criteria::parse(&view.item.body).map_err(|problems| {
            let first = problems
                .first()
                .map_or_else(String::new, ToString::to_string);
            Error::History {
                item: view.item.key.to_string(),
                what: first,
            }
        })?;
        let criteria = draft
            .criteria
            .into_iter()
            .map(|criterion| {
                let earlier =
                    before.and_then(|spec| spec.criteria.iter().find(|own| own.id == criterion.id));
                let revision = match earlier {
                    Some(own) if own.text == criterion.text && own.keeps == criterion.keeps => {
                        own.revision
                    }
                    Some(own) => own.revision + 1,
                    None => 1,
                };
                Criterion {
                    revision,
                    ..criterion
                }
            })
            .collect();
        Ok(Spec {
            item: view.item.id.clone(),
            key: view.item.key.clone(),
            title: view.item.title.clone(),
            body: view.item.body.clone(),
            text: view.text(),
            criteria,
            scope: draft.scope,
            risk: draft.risk,
            depends_on: draft.depends_on,
            references: draft.references,
            author: view.item.author.clone(),
            authority,
            revision: before.map_or(1, |spec| spec.revision + 1),
        })
    }

    /// Notices that the item's text left, or came back to, what was sealed.
    async fn watch_text(&self, view: &View) -> Result<bool, Error> {
        let Some(task) = &view.state.task else {
            return Ok(false);
        };
        let text = view.text();
        let drifted = view.state.drift.as_ref().map(|(text, _)| *text);
        if text == task.text {
            if drifted.is_none() {
                return Ok(false);
            }
            self.append(view.clone(), &|_: &View, _: Moment| {
                Ok(Draft::new(
                    vec![Event::Restored],
                    Vec::new(),
                    text::restored(),
                ))
            })
            .await?;
            return Ok(true);
        }
        if drifted == Some(text) {
            return Ok(false);
        }
        let facts = self.facts(view).await?;
        let (_, spec) = facts.spec(view)?;
        let before = format!("{}\n\n{}\n", spec.title, spec.body);
        let after = format!("{}\n\n{}\n", view.item.title, view.item.body);
        let diff = similar::TextDiff::from_lines(&before, &after)
            .unified_diff()
            .header("as sealed", "as it stands")
            .to_string();
        let author = view.item.author.clone();
        self.append(view.clone(), &|view: &View, at: Moment| {
            let code = of_text(AMEND, text, view.state.head);
            let observed = Observed::Body {
                text,
                author: author.clone(),
            };
            let record = Record::new("drift", [], &Observation { observed, at })?;
            let event = Event::Drifted {
                text,
                code: code.clone(),
            };
            let diff = trail_item::quote::cut(&diff, 12_000);
            Ok(Draft::new(
                vec![event],
                vec![record],
                text::drifted(&diff, &code),
            ))
        })
        .await?;
        Ok(true)
    }

    /// Lets the reviewer pass a gate that a rule delegates to it.
    async fn delegate(&self, view: &View) -> Result<bool, Error> {
        let Some(gate) = view.state.waiting().cloned() else {
            return Ok(false);
        };
        let own = self.persona == Persona::Reviewer
            && gate.requested_by != Persona::Reviewer
            && gate.performed_by != Persona::Reviewer;
        if !own || gate.needed > 1 || view.is_closed() || view.state.drift.is_some() {
            return Ok(false);
        }
        let facts = self.facts(view).await?;
        let (_, spec) = facts.spec(view)?;
        let paths = facts
            .patchsets
            .last()
            .map(|(_, own)| own.files.iter().map(|file| file.path.clone()).collect())
            .unwrap_or_default();
        let question = Question {
            action: policy::Action::Delegate,
            ..self.gate_question(view, spec, gate.name.as_str(), paths)
        };
        let verdict = self.ports.policy.judge(&question);
        if !verdict.allowed || verdict.rules.is_empty() {
            return Ok(false);
        }
        let account = self
            .trusted()
            .1
            .persona(Persona::Reviewer)
            .map(|own| own.account.clone())
            .ok_or_else(|| Error::Setup("the trust document names no reviewer".to_owned()))?;
        let decision = GateDecision {
            gate: gate.name.clone(),
            request: gate.request,
            code: gate.code.clone(),
            outcome: GateOutcome::Approved,
            why: Some(verdict.reason.clone()),
            approver: account,
            name: "reviewer".to_owned(),
            comment: None,
            attested_by: Persona::Reviewer,
            delegated: true,
            simulated: false,
            verdict,
        };
        let record = Record::new(
            format!("gate {} decided", gate.name),
            [gate.request],
            &decision,
        )?;
        self.append(view.clone(), &|_: &View, _: Moment| {
            let event = Event::GateDecided {
                gate: gate.name.clone(),
                request: gate.request,
                outcome: GateOutcome::Approved,
                decision: record.digest(),
                approver: decision.approver.clone(),
                comment: None,
            };
            Ok(Draft::new(
                vec![event],
                vec![record.clone()],
                text::gate_decided(&decision, 0),
            ))
        })
        .await?;
        Ok(true)
    }
}

/// Says what has become of a comment that was relied on, if it is not what it was.
pub(crate) fn lost(
    now: Option<&Comment>,
    sealed: &CommentSeen,
) -> Option<(FindingKind, &'static str)> {
    let Some(now) = now else {
        return Some((FindingKind::DeletedApproval, "the comment is gone"));
    };
    let shown = seen(now);
    if shown.author != sealed.author {
        let why = "the comment now has another author";
        Some((FindingKind::Reattributed, why))
    } else if shown != *sealed {
        Some((FindingKind::EditedApproval, "the comment was changed"))
    } else if now.backdated {
        let why = "the time of the comment was set by hand";
        Some((FindingKind::Backdated, why))
    } else if now.program {
        let why = "the tracker now says that a program wrote the comment";
        Some((FindingKind::Reattributed, why))
    } else {
        None
    }
}

/// Makes the finding about the comment of a gate decision.
pub(crate) fn about_decision(
    view: &View,
    digest: Digest<Record>,
    decision: &GateDecision,
    comment: &CommentId,
    (kind, what): (FindingKind, &str),
) -> Finding {
    let place = Place {
        item: Some(view.item.key.clone()),
        seq: None,
        comment: Some(comment.clone()),
        digest: Some(digest.to_string()),
    };
    let detail = format!(
        "{what} in which {} decided gate {}",
        decision.name, decision.gate
    );
    Finding::new(kind, place, detail)
}
