//! Running the tests, and preparing the pull request when they pass.

use trail_item::text::{self, GateShown};
use trail_item::{Action, Event};
use trail_record::body::{GateName, GateOutcome, PullRequest, TestOutcome, TestResult};
use trail_record::record::Sealable;
use trail_record::{Digest, Moment, Record};

use super::prove::{Found, Judged, record_of};
use super::revert::commits_of_run;
use super::{Done, Held, Setback, digests, no_secret, with_session};
use crate::append::Draft;
use crate::gates::Asking;
use crate::session::{End, Spoken};
use crate::view::View;
use crate::worker::{Error, Worker};

/// A pull request rendered but not sealed.
struct Prepared {
    pull_request: PullRequest,
    record: Sealable,
    diff: String,
    paths: Vec<String>,
}

/// A run of the tests with what came of it, not sealed yet.
struct Tested {
    record: Sealable,
    result: TestResult,
    summary: String,
    /// What the tests prove; none where they failed, or it is not to be found out.
    found: Option<Found>,
    /// Whether they go back to the tester.
    again: bool,
    prepared: Option<Prepared>,
}

impl Worker {
    pub(super) async fn test(&self, held: Held<'_>) -> Result<Done, Error> {
        let (spoken, worktree) = self.speak(&held).await?;
        let summary = match &spoken.end {
            End::Delivered(summary) => summary.clone(),
            End::GaveUp(kind, reason) => {
                return Ok(Err(Setback::new(kind, reason.clone(), false).after(spoken)));
            }
        };
        let Some(result) = spoken.tests.clone() else {
            return Ok(Err(
                Setback::new("tests", "the tests were not run", true).after(spoken)
            ));
        };
        let (record, title) = {
            let round = held.facts.tests.len() + 1;
            let title = if round == 1 {
                "test-result".to_owned()
            } else {
                format!("test-result v{round}")
            };
            let inputs = held.facts.commits.last().map(|(digest, _)| *digest);
            (
                Record::new(
                    title.clone(),
                    inputs.into_iter().chain(spoken.last),
                    &result,
                )?,
                title,
            )
        };
        tracing::debug!(title, "tests were run");
        // What takes work back proves nothing: the criteria of that work hold no more. Its test run
        // is a human's to judge at the gate.
        let reverts = held.view.state.reverts().is_some();
        let found = if result.is_green() && !reverts {
            let judged = Judged {
                sealed: record.digest(),
                result: &result,
                commit: record_of(&held.facts, worktree.head()),
            };
            Box::pin(self.prove(&held, &judged, worktree.as_ref())).await?
        } else {
            None
        };
        let again = found
            .as_ref()
            .is_some_and(|own| self.goes_back(&held.view, own));
        let prepared = if (result.is_green() || reverts) && !again {
            let proven = found.as_ref();
            match self
                .prepare(&held, &spoken, &record, &result, proven)
                .await?
            {
                Ok(prepared) => Some(prepared),
                Err(setback) => return Ok(Err(setback.after(spoken))),
            }
        } else {
            None
        };
        let tested = Tested {
            record,
            result,
            summary,
            found,
            again,
            prepared,
        };
        self.seal_tests(held, &spoken, &tested).await?;
        Ok(Ok(()))
    }

    async fn seal_tests(
        &self,
        held: Held<'_>,
        spoken: &Spoken,
        tested: &Tested,
    ) -> Result<(), Error> {
        let Held {
            view, facts, fence, ..
        } = held;
        let spec = facts.spec(&view)?;
        let Tested {
            record,
            result,
            summary,
            found,
            again,
            prepared,
        } = tested;
        let number = |outcome| u32::try_from(result.count(outcome)).unwrap_or(u32::MAX);
        self.append(view, &|view: &View, _: Moment| {
            let calls = usize::try_from(spoken.calls).unwrap_or(usize::MAX);
            let mut note = text::tested(result, summary, calls, spoken.cost_micros);
            let mut events = vec![Event::Tested {
                fence,
                result: record.digest(),
                passed: number(TestOutcome::Passed),
                failed: number(TestOutcome::Failed),
                green: result.is_green(),
            }];
            let mut records = vec![record.clone()];
            if let Some(found) = found {
                let stopped = found.stopped.as_deref();
                note.also(&text::proved(&found.standings, *again, stopped));
                events.push(found.event(Some(fence), *again));
                records.extend(found.records.iter().cloned());
            }
            if let Some(prepared) = prepared {
                let own = &prepared.pull_request;
                let digest = prepared.record.digest();
                let asking = Asking {
                    gate: GateName::new(GateName::PR_CREATE),
                    performed_by: Action::Deliver.persona(),
                    subject: digest,
                    tree: Some(own.tree.clone()),
                    contract: None,
                    paths: prepared.paths.clone(),
                    shown: GateShown::PullRequest {
                        digest,
                        pull_request: own,
                        diff: &prepared.diff,
                        standings: found.as_ref().map(|own| own.standings.as_slice()),
                    },
                };
                let (request, asked, asks) =
                    self.request(view, (spec.0, &spec.1), &asking, &note)?;
                note = asks;
                events.push(Event::Prepared {
                    pull_request: digest,
                    tree: own.tree.clone(),
                });
                events.push(asked);
                records.extend([prepared.record.clone(), request]);
            }
            let (events, records) = with_session(fence, spoken, events, records);
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(())
    }

    /// Renders the pull request from the records.
    async fn prepare(
        &self,
        held: &Held<'_>,
        spoken: &Spoken,
        tested: &Sealable,
        result: &TestResult,
        found: Option<&Found>,
    ) -> Result<Result<Prepared, Setback>, Error> {
        let Held { view, facts, .. } = held;
        let (spec_digest, spec) = facts.spec(view)?;
        let history = |what: &str| Error::History {
            item: view.item.key.to_string(),
            what: what.to_owned(),
        };
        let base = view
            .base()
            .cloned()
            .ok_or_else(|| history("there is no base commit"))?;
        let (head, tree) = view
            .state
            .commit
            .clone()
            .ok_or_else(|| history("there is no commit to deliver"))?;
        let conclusions: Vec<_> = facts
            .conclusions
            .iter()
            .chain(&spoken.conclusions)
            .map(|(_, conclusion)| conclusion.clone())
            .collect();
        let commits: Vec<_> = facts
            .commits
            .iter()
            .map(|(_, own)| {
                (
                    own.commit.clone(),
                    own.message.lines().next().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        let approvals: Vec<String> = facts
            .decisions
            .iter()
            .filter(|(digest, own)| own.outcome == GateOutcome::Approved && view.is_of_run(*digest))
            .map(|(digest, own)| {
                let played = if own.simulated { ", simulated" } else { "" };
                format!(
                    "gate {} by {} ({}{played}), decision {}",
                    trail_item::quote::inline(own.gate.as_str(), 80),
                    trail_item::quote::plain(&own.name, 100),
                    own.approver,
                    digest.short()
                )
            })
            .collect();
        let standings = found.map(|own| own.standings.as_slice());
        let (title, body) = match self.revert_request(view, facts, result, &approvals)? {
            Some(own) => own,
            None => (
                format!(
                    "{}: {}",
                    spec.key,
                    trail_item::quote::cut(&trail_item::quote::visible(&spec.title), 200)
                ),
                text::pull_request(spec, &conclusions, &commits, result, standings, &approvals),
            ),
        };
        if let Err(setback) = no_secret("the pull request's text", &body) {
            return Ok(Err(setback));
        }
        let branch = format!("trail/{}", branch_safe(view.run().as_str()));
        let diff = self.ports.workspace.diff(&base, &head).await?;
        let paths = self.ports.workspace.changed(&base, &head).await?;
        let pull_request = PullRequest {
            title,
            body,
            branch,
            base,
            head,
            tree,
        };
        let mut inputs: Vec<Digest<Record>> = vec![tested.digest(), *spec_digest];
        match view.state.reverts() {
            None => {
                inputs.extend(digests(&facts.conclusions));
                inputs.extend(digests(&facts.commits));
                inputs.extend(found.into_iter().flat_map(|own| digests(&own.proofs)));
            }
            Some(reverts) => {
                inputs.push(reverts.revert);
                inputs.extend(commits_of_run(view, facts, &pull_request));
            }
        }
        let record = Record::new("pull-request", inputs, &pull_request)?;
        Ok(Ok(Prepared {
            pull_request,
            record,
            diff,
            paths,
        }))
    }
}

/// Returns `text` with what a branch name may not hold replaced.
fn branch_safe(text: &str) -> String {
    let safe: String = text
        .chars()
        .map(|own| {
            if own.is_ascii_alphanumeric() || "-_.".contains(own) {
                own
            } else {
                '-'
            }
        })
        .collect();
    safe.trim_matches(['.', '-']).replace("..", ".")
}
