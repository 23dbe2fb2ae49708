//! Answers to humans: what a comment commands, whether its author may, and what comes of it.

mod obey;
mod revert;

use trail_item::command::{self, Command, Mistake, Parsed};
use trail_item::text::{self, Note};
use trail_item::{Event, Order};
use trail_port::policy;
use trail_port::tracker::{Change, Comment};
use trail_record::body::{GateOutcome, Observation, Observed, Risk, Spec, Verdict};
use trail_record::record::Sealable;
use trail_record::{Digest, Moment, Record};

use crate::append::Draft;
use crate::facts::Facts;
use crate::members::unheard;
use crate::view::{View, seen};
use crate::worker::{Error, Worker};

/// The most comments that are answered on one item; after that only approvers are.
const MAX_ANSWERS: usize = 500;

/// What is written because of a comment, besides the observation of it.
struct Reply {
    events: Vec<Event>,
    records: Vec<Sealable>,
    note: Note,
}

/// Makes the reply on the head of a view, given the observations it rests on, the comment's first.
type Replying<'r> = dyn Fn(&View, &[Digest<Record>]) -> Result<Reply, Error> + Sync + 'r;

impl Worker {
    /// Answers the first comment of a human that was not answered yet; returns whether there was one.
    pub(crate) async fn answer_next(&self, view: &View) -> Result<bool, Error> {
        // Strangers cannot make Trail talk without end, and cannot keep it from hearing approvers.
        let crowded = view.state.answered.len() >= MAX_ANSWERS;
        let trust = self.trusted().1;
        let next = view.comments.iter().find_map(|comment| {
            let entry = text::envelope_of(&comment.text).is_some() || comment.text.is_empty();
            let known = view.state.answered.contains(&comment.id);
            let unheard = crowded && trust.approver(&comment.author).is_none();
            if entry || known || unheard || trust.serves(&comment.author).is_some() {
                return None;
            }
            match command::parse(&comment.text) {
                // Programs have commands of their own: what is none of ours is none of our business,
                // and two programs that answer each other would never end.
                Parsed::Mistake(_) if comment.program => None,
                Parsed::Nothing => None,
                parsed @ (Parsed::Command(_) | Parsed::Mistake(_)) => Some((comment, parsed)),
            }
        });
        let Some((comment, parsed)) = next else {
            return Ok(false);
        };
        // What counts is what a fresh read shows.
        let Some(fresh) = self
            .ports
            .tracker
            .comment(&view.item.id, &comment.id)
            .await?
        else {
            return Ok(false);
        };
        if fresh.text != comment.text {
            return Ok(false);
        }
        match parsed {
            Parsed::Command(command) => self.obey(view, &fresh, &command).await?,
            Parsed::Mistake(mistake) => self.explain(view, &fresh, &mistake).await?,
            Parsed::Nothing => return Ok(false),
        }
        Ok(true)
    }

    async fn explain(
        &self,
        view: &View,
        comment: &Comment,
        mistake: &Mistake,
    ) -> Result<(), Error> {
        let note = text::answered_mistake(mistake, waiting(view));
        self.reply(view, comment, note).await
    }

    async fn obey(&self, view: &View, comment: &Comment, command: &Command) -> Result<(), Error> {
        let word = format!("/{}", command.word());
        if let Some(why) = unheard(comment) {
            return self
                .reply(view, comment, text::answered_ended(&word, why))
                .await;
        }
        let facts = self.facts(view).await?;
        let risk = facts
            .spec
            .as_ref()
            .map_or(Risk::Medium, |(_, spec)| spec.risk);
        let verdict = self.may(view, comment, command, &facts, risk);
        if !verdict.allowed {
            let note = text::answered_not_permitted(&word, &verdict.reason);
            return self.reply(view, comment, note).await;
        }
        // What binds or opens something takes a member, as the tracker has it now.
        let binds = matches!(
            command,
            Command::Start { .. }
                | Command::Amend { .. }
                | Command::Approve { .. }
                | Command::Reject { .. }
                | Command::Dispose { .. }
                | Command::Revert { .. }
        );
        if binds && !self.is_member_now(&comment.author).await? {
            let why = "the account is no member of the project";
            let note = text::answered_not_permitted(&word, why);
            return self.reply(view, comment, note).await;
        }
        let code = command.code().map(|code| code.to_string());
        let stale = |code: &str| text::answered_stale(&word, code, waiting(view));
        let code = code.unwrap_or_default();
        let done = match command {
            Command::Start { .. } => self.start(view, comment, &code, &word).await,
            Command::Amend { .. } => self.amend(view, comment, &code, &word, &facts).await,
            Command::Approve { why, .. } => {
                let decision = (GateOutcome::Approved, why.clone());
                self.decide(view, comment, &code, decision, verdict, stale(&code))
                    .await
            }
            Command::Reject { why, .. } => {
                let decision = (GateOutcome::Rejected, Some(why.clone()));
                self.decide(view, comment, &code, decision, verdict, stale(&code))
                    .await
            }
            Command::Dispose { why, .. } => {
                self.dispose(view, comment, &code, why, stale(&code)).await
            }
            Command::Hold { .. } => self.order(view, comment, Order::Hold, &word).await,
            Command::Resume => self.order(view, comment, Order::Resume, &word).await,
            Command::Retry => self.order(view, comment, Order::Retry, &word).await,
            Command::Cancel { .. } => self.order(view, comment, Order::Cancel, &word).await,
            Command::Revert { code: None, .. } => self.tell_revert(view, comment, &word).await,
            Command::Revert { with, why, .. } => {
                let word = (word.as_str(), code.as_str());
                self.revert(view, comment, word, with, why.as_deref()).await
            }
        };
        match done {
            // What the rules do not allow here is a person's mistake: it is answered, so that the
            // comments after it are read.
            Err(Error::Illegal(illegal)) => {
                let note = text::answered_ended(&word, &illegal.0);
                self.reply(view, comment, note).await
            }
            done => done,
        }
    }

    /// Asks policy whether the comment's author may give the command.
    fn may(
        &self,
        view: &View,
        comment: &Comment,
        command: &Command,
        facts: &Facts,
        risk: Risk,
    ) -> Verdict {
        let action = match command {
            Command::Start { .. } => policy::Action::Start,
            Command::Approve { .. } => policy::Action::Approve,
            Command::Reject { .. } => policy::Action::Reject,
            Command::Amend { .. } => policy::Action::Amend,
            Command::Hold { .. } => policy::Action::Hold,
            Command::Resume => policy::Action::Resume,
            Command::Retry => policy::Action::Retry,
            Command::Cancel { .. } => policy::Action::Cancel,
            Command::Dispose { .. } => policy::Action::Dispose,
            Command::Revert { .. } => policy::Action::Revert,
        };
        let at_gate = matches!(action, policy::Action::Approve | policy::Action::Reject);
        let question = match (view.state.waiting(), &facts.spec) {
            (Some(gate), Some((_, spec))) if at_gate => {
                let paths = changed(facts, gate.request, spec);
                policy::Question {
                    principal: self.human(&comment.author),
                    action,
                    ..self.gate_question(view, spec, gate.name.as_str(), paths)
                }
            }
            _ => self.human_question(view, &comment.author, action, risk),
        };
        let question = match (view.state.waiting(), question.subject) {
            (Some(gate), policy::Subject::Gate { name, paths, .. }) => policy::Question {
                subject: policy::Subject::Gate {
                    name,
                    requested_by: gate.requested_by,
                    paths,
                },
                ..question
            },
            (_, subject) => policy::Question {
                subject,
                ..question
            },
        };
        self.ports.policy.judge(&question)
    }

    fn name_of(&self, comment: &Comment) -> String {
        self.trusted().1.approver(&comment.author).map_or_else(
            || comment.author.to_string(),
            |approver| approver.name.clone(),
        )
    }

    /// Answers a comment without doing anything else.
    async fn reply(&self, view: &View, comment: &Comment, note: Note) -> Result<(), Error> {
        self.answer(view, comment, None, &|_, _| {
            let events = vec![Event::Answered {
                comment: comment.id.clone(),
            }];
            Ok(Reply {
                events,
                records: Vec::new(),
                note: note.clone(),
            })
        })
        .await
    }

    /// Seals the comment as it was seen, with the labels if `history` tells how they came about, and
    /// what comes of it.
    async fn answer(
        &self,
        view: &View,
        comment: &Comment,
        history: Option<&[Change]>,
        reply: &Replying<'_>,
    ) -> Result<(), Error> {
        let body = self.redactor.redact(&comment.text).into_owned();
        self.append(view.clone(), &|view: &View, at: Moment| {
            let observed = Observed::Comment {
                comment: seen(comment),
                body: body.clone(),
            };
            let observation = Record::new("comment", [], &Observation { observed, at })?;
            let board = match history {
                Some(history) => Some(self.capture(view, history, at)?),
                None => None,
            };
            // What a decision rests on: the comment, and the labels where they were looked at.
            let labels = board.as_ref().map(|(record, _)| record.digest());
            let evidence: Vec<_> = std::iter::once(observation.digest())
                .chain(labels)
                .collect();
            let Reply {
                events,
                records,
                note,
            } = reply(view, &evidence)?;
            let records = std::iter::once(observation).chain(records).collect();
            let mut draft = Draft::new(events, records, note);
            if let Some((record, event)) = board {
                draft.begin_with(event, record);
            }
            Ok(draft)
        })
        .await?;
        Ok(())
    }
}

/// Returns the gate that waits and its code, for replies.
fn waiting(view: &View) -> Option<(&str, &str)> {
    view.state
        .waiting()
        .map(|gate| (gate.name.as_str(), gate.code.as_str()))
}

fn observed(comment: &Comment) -> Observed {
    Observed::Comment {
        comment: seen(comment),
        body: comment.text.clone(),
    }
}

/// Tells whether a comment stands after the entry that asked, in the tracker's order.
fn stands_after(
    view: &View,
    comment: &Comment,
    entry: Option<Digest<trail_record::Entry>>,
) -> bool {
    let asked = view
        .assembly
        .chain
        .entries()
        .iter()
        .find(|own| Some(own.signed.digest) == entry)
        .and_then(|own| {
            view.comments
                .iter()
                .position(|known| known.id == own.comment)
        });
    let said = view
        .comments
        .iter()
        .position(|known| known.id == comment.id);
    matches!((asked, said), (Some(asked), Some(said)) if asked < said)
}

/// Returns the paths that the subject of a gate request would change.
fn changed(facts: &Facts, request: Digest<Record>, spec: &Spec) -> Vec<String> {
    let subject = Facts::find(&facts.requests, request).map(|own| own.subject);
    let patchset = subject.and_then(|subject| Facts::find(&facts.patchsets, subject));
    match patchset {
        Some(patchset) => patchset
            .files
            .iter()
            .map(|file| file.path.clone())
            .collect(),
        None if facts.patchsets.is_empty() => spec.scope.write.clone(),
        None => {
            let mut paths: Vec<String> = facts
                .patchsets
                .iter()
                .flat_map(|(_, own)| own.files.iter().map(|file| file.path.clone()))
                .collect();
            paths.sort();
            paths.dedup();
            paths
        }
    }
}
