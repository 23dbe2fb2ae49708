//! Briefing an agent: everything its conversation starts from, read from the history.

use trail_agents::briefing::{Delivery, Patch, Reference, Setback, Tests};
use trail_agents::{Action as Conversing, Briefing};
use trail_item::Action;
use trail_port::Worktree;
use trail_record::{Digest, Record, glob};

use super::{Held, digests};
use crate::facts::Facts;
use crate::session::{Job, Spoken};
use crate::worker::{Error, Worker};

/// The largest referenced file that is put into the planner's first message whole.
const MAX_REFERENCE: usize = 64 * 1024;

impl Worker {
    /// Briefs an agent for a held action and holds its conversation, in the run's worktree.
    pub(super) async fn speak(
        &self,
        held: &Held<'_>,
    ) -> Result<(Spoken, Box<dyn Worktree>), Error> {
        let Held {
            view,
            facts,
            action,
            fence,
            stop,
        } = held;
        if let Some(reverts) = view.state.reverts() {
            return self.compute(held, reverts).await;
        }
        let (_, spec) = facts.spec(view)?;
        let mut worktree = self.worktree(view).await?;
        let round = view.state.round(*action);
        let briefing = self.brief(held, round, worktree.as_ref()).await?;
        let job = Job {
            view,
            spec,
            action: *action,
            round,
            fence: *fence,
            briefing,
            inputs: sources(facts),
            names: facts
                .conclusions
                .iter()
                .map(|(_, own)| own.name.clone())
                .collect(),
            worktree: worktree.as_mut(),
            stop,
        };
        let spoken = self.converse(job).await?;
        Ok((spoken, worktree))
    }

    async fn brief(
        &self,
        held: &Held<'_>,
        round: u32,
        worktree: &dyn Worktree,
    ) -> Result<Briefing, Error> {
        let Held {
            view,
            facts,
            action,
            ..
        } = held;
        let (_, spec) = facts.spec(view)?;
        let mut briefing = Briefing::new(spoken(*action), round, spec.clone());
        briefing.outline = worktree.list("").await?;
        if *action == Action::Plan {
            for path in &spec.references {
                let readable = spec.scope.read.is_empty() || glob::any(&spec.scope.read, path);
                let bytes = if readable {
                    worktree.read(path).await?
                } else {
                    None
                };
                let text = bytes
                    .filter(|bytes| bytes.len() <= MAX_REFERENCE)
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .map(|text| self.redactor.redact(&text).into_owned());
                briefing.references.push(Reference {
                    path: path.clone(),
                    text,
                });
            }
        }
        briefing.conclusions = facts
            .conclusions
            .iter()
            .map(|(_, own)| own.clone())
            .collect();
        briefing.patches = facts
            .patchsets
            .iter()
            .map(|(_, own)| Patch {
                purpose: own.purpose,
                summary: own.summary.clone(),
                files: own.files.iter().map(|file| file.path.clone()).collect(),
            })
            .collect();
        briefing.tests = facts.tests.last().map(|(_, own)| Tests::from(own));
        briefing.setbacks = facts
            .setbacks
            .iter()
            .map(|(_, own)| Setback {
                what: own.what.clone(),
                reason: own.reason.clone(),
            })
            .collect();
        if *action == Action::WriteTests {
            briefing.setbacks.extend(self.sent_back(view, facts).await?);
        }
        briefing.contract = view.state.contract.as_ref().map(|own| own.contract.clone());
        briefing
            .test_command
            .clone_from(&self.settings.tests.command);
        if *action == Action::Deliver
            && let Some((_, own)) = &facts.pull_request
        {
            briefing.delivery = Some(Delivery {
                title: own.title.clone(),
                body: own.body.clone(),
                diff: self.ports.workspace.diff(&own.base, &own.head).await?,
            });
        }
        Ok(briefing)
    }
}

/// Returns the records that a briefing is made from.
pub(super) fn sources(facts: &Facts) -> Vec<Digest<Record>> {
    facts
        .spec
        .iter()
        .map(|(digest, _)| *digest)
        .chain(digests(&facts.conclusions))
        .chain(digests(&facts.patchsets))
        .chain(facts.tests.last().map(|(digest, _)| *digest))
        .chain(digests(&facts.proofs))
        .chain(digests(&facts.setbacks))
        .chain(facts.pull_request.iter().map(|(digest, _)| *digest))
        .collect()
}

/// Returns the action as agents know it.
fn spoken(action: Action) -> Conversing {
    match action {
        Action::Plan => Conversing::Plan,
        Action::Implement => Conversing::Implement,
        Action::WriteTests => Conversing::WriteTests,
        Action::RunTests => Conversing::RunTests,
        Action::Fix => Conversing::Fix,
        Action::Apply | Action::Deliver => Conversing::Deliver,
    }
}
