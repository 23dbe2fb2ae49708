//! Changes: implement, write tests, fix; and applying what was approved.

use trail_item::text::{self, GateShown, Note};
use trail_item::{Action, Event};
use trail_port::Worktree;
use trail_port::policy::{self, Principal, Question, Subject};
use trail_record::body::{CommitMade, GateName, PatchPurpose, Patchset, PolicyVerdict, Spec};
use trail_record::record::Sealable;
use trail_record::{CommitId, Digest, Moment, Record, TreeId, glob};

use super::brief::sources;
use super::{Done, Held, Setback, no_secret, stands_at, with_session};
use crate::append::Draft;
use crate::facts::Facts;
use crate::gates::Asking;
use crate::overlay;
use crate::session::{End, Spoken};
use crate::view::View;
use crate::worker::{Error, Worker};

/// A patchset made but not sealed.
struct Made {
    patchset: Patchset,
    record: Sealable,
    diff: String,
    bytes: u64,
}

/// A patchset applied and committed but not sealed.
struct Applied {
    record: Sealable,
    commit: CommitId,
    tree: TreeId,
}

impl Worker {
    /// Has an agent stage a change, and takes it to its gate or through its contract.
    pub(super) async fn change(&self, held: Held<'_>) -> Result<Done, Error> {
        let (spoken, mut worktree) = self.speak(&held).await?;
        let summary = match &spoken.end {
            End::Delivered(summary) => summary.clone(),
            End::GaveUp(kind, reason) => {
                return Ok(Err(Setback::new(kind, reason.clone(), false).after(spoken)));
            }
        };
        let made = match self
            .make(&held, &spoken, &summary, worktree.as_ref())
            .await?
        {
            Ok(made) => made,
            Err(setback) => return Ok(Err(setback.after(spoken))),
        };
        match self.under_contract(&held, &made)? {
            Some(verdict) => {
                self.pass(held, &spoken, &made, verdict, worktree.as_mut())
                    .await?;
            }
            None => self.propose(held, &spoken, &made).await?,
        }
        Ok(Ok(()))
    }

    async fn make(
        &self,
        held: &Held<'_>,
        spoken: &Spoken,
        summary: &str,
        worktree: &dyn Worktree,
    ) -> Result<Result<Made, Setback>, Error> {
        let files = spoken.overlay.changes(worktree).await?;
        if files.is_empty() {
            return Ok(Err(Setback::new("empty", "nothing was changed", true)));
        }
        for file in &files {
            let text = file.after.as_deref().unwrap_or_default();
            if let Err(setback) = no_secret(&file.path, text) {
                return Ok(Err(setback));
            }
        }
        let (purpose, title) = match held.action {
            Action::WriteTests => (PatchPurpose::Test, "test-patchset"),
            Action::Fix => (PatchPurpose::Fix, "fix-patchset"),
            Action::Plan
            | Action::Implement
            | Action::Apply
            | Action::RunTests
            | Action::Deliver => (PatchPurpose::Implement, "patchset"),
        };
        let bytes = files
            .iter()
            .filter_map(|file| file.after.as_ref())
            .map(|own| own.len() as u64)
            .sum();
        let diff = overlay::diff(&files, worktree).await?;
        let patchset = Patchset {
            purpose,
            onto: stands_at(&held.view)?,
            files,
            summary: summary.to_owned(),
        };
        let inputs = match held.view.state.reverts() {
            None => spoken.sources(&sources(&held.facts)),
            // It is computed from the deliveries alone.
            Some(_) => {
                let (spec, _) = held.facts.spec(&held.view)?;
                spoken.sources(&[*spec])
            }
        };
        let record = Record::new(title, inputs, &patchset)?;
        Ok(Ok(Made {
            patchset,
            record,
            diff,
            bytes,
        }))
    }

    /// Returns the verdict by which the patchset passes under the run's contract, if it does.
    fn under_contract(&self, held: &Held<'_>, made: &Made) -> Result<Option<Sealable>, Error> {
        let Some(state) = &held.view.state.contract else {
            return Ok(None);
        };
        if held.action == Action::Implement {
            return Ok(None);
        }
        let paths: Vec<String> = made
            .patchset
            .files
            .iter()
            .map(|own| own.path.clone())
            .collect();
        let contract = &state.contract;
        let inside = state.patchsets < contract.max_patchsets
            && state.bytes + made.bytes <= contract.max_bytes
            && paths.iter().all(|path| glob::any(&contract.paths, path));
        let (_, spec) = held.facts.spec(&held.view)?;
        let question = Question {
            principal: Principal::Persona(self.persona),
            action: policy::Action::Contract,
            item: held.view.item.key.to_string(),
            labels: held.view.item.labels.clone(),
            risk: self.risk(spec, &paths),
            subject: Subject::Patchset { paths, inside },
        };
        let verdict = self.ports.policy.judge(&question);
        if !verdict.allowed {
            return Ok(None);
        }
        let body = PolicyVerdict {
            principal: self.persona.to_string(),
            action: policy::Action::Contract.as_str().to_owned(),
            resource: made.record.record().title.clone(),
            verdict,
            contract: Some(state.decision),
        };
        let inputs = [made.record.digest(), state.decision];
        Ok(Some(Record::new("contract", inputs, &body)?))
    }

    /// Applies and commits a patchset that passes under the contract.
    async fn pass(
        &self,
        held: Held<'_>,
        spoken: &Spoken,
        made: &Made,
        verdict: Sealable,
        worktree: &mut dyn Worktree,
    ) -> Result<(), Error> {
        self.keep_lease(&held.view, held.fence).await?;
        let inputs = [made.record.digest(), verdict.digest()];
        let applied = self
            .commit(&held, &made.patchset, &inputs, worktree)
            .await?;
        let fence = held.fence;
        let view = self.look(&held.view.item.id).await?;
        self.append(view, &|_: &View, _: Moment| {
            let note = self.applied_note(made, &applied, spoken);
            let event = committed(fence, made.record.digest(), made.bytes, &applied);
            let records = vec![made.record.clone(), verdict.clone(), applied.record.clone()];
            let (events, records) = with_session(fence, spoken, vec![event], records);
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(())
    }

    fn applied_note(&self, made: &Made, applied: &Applied, spoken: &Spoken) -> Note {
        text::applied(
            &made.patchset,
            &applied.commit,
            &spoken.conclusions,
            usize::try_from(spoken.calls).unwrap_or(usize::MAX),
            spoken.cost_micros,
        )
    }

    /// Seals a patchset and asks for `file_write`.
    async fn propose(&self, held: Held<'_>, spoken: &Spoken, made: &Made) -> Result<(), Error> {
        let Held {
            view, facts, fence, ..
        } = held;
        let (digest, spec): &(Digest<Record>, Spec) = facts.spec(&view)?;
        let calls = usize::try_from(spoken.calls).unwrap_or(usize::MAX);
        let note = text::proposed(
            &made.patchset,
            &spoken.conclusions,
            calls,
            spoken.cost_micros,
        );
        let asking = Asking {
            gate: GateName::new(GateName::FILE_WRITE),
            performed_by: Action::Apply.persona(),
            subject: made.record.digest(),
            tree: None,
            // What takes work back is one patchset, and no other follows it.
            contract: view.state.reverts().is_none().then(|| self.contract(spec)),
            paths: made
                .patchset
                .files
                .iter()
                .map(|own| own.path.clone())
                .collect(),
            shown: GateShown::Patchset {
                digest: made.record.digest(),
                patchset: &made.patchset,
                diff: &made.diff,
            },
        };
        self.append(view, &|view: &View, _: Moment| {
            let (request, asked, note) = self.request(view, (*digest, spec), &asking, &note)?;
            let proposed = Event::Proposed {
                fence,
                patchset: made.record.digest(),
            };
            let records = vec![made.record.clone(), request];
            let (events, records) = with_session(fence, spoken, vec![proposed, asked], records);
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(())
    }

    /// Applies exactly the patchset that was approved.
    pub(super) async fn apply(&self, held: Held<'_>) -> Result<Done, Error> {
        let trail_item::Stage::Proposed {
            patchset: digest, ..
        } = held.view.state.stage
        else {
            return Ok(Err(Setback::new(
                "history",
                "no patchset was approved",
                false,
            )));
        };
        let Some(patchset) = Facts::find(&held.facts.patchsets, digest) else {
            return Ok(Err(Setback::new(
                "history",
                "the approved patchset is missing",
                false,
            )));
        };
        let held_up = self
            .approvals_hold(&held.view, &held.facts, &held.view.state)
            .await?;
        let approvals = match held_up {
            Ok(approvals) => approvals,
            Err(setback) => return Ok(Err(setback)),
        };
        self.keep_lease(&held.view, held.fence).await?;
        let mut worktree = self.worktree(&held.view).await?;
        let inputs: Vec<_> = std::iter::once(digest).chain(approvals).collect();
        let applied = self
            .commit(&held, patchset, &inputs, worktree.as_mut())
            .await?;
        let bytes = patchset
            .files
            .iter()
            .filter_map(|own| own.after.as_ref())
            .map(|own| own.len() as u64)
            .sum();
        let fence = held.fence;
        let view = self.look(&held.view.item.id).await?;
        self.append(view, &|_: &View, _: Moment| {
            let note = text::applied(patchset, &applied.commit, &[], 0, 0);
            let event = committed(fence, digest, bytes, &applied);
            Ok(Draft::new(vec![event], vec![applied.record.clone()], note))
        })
        .await?;
        Ok(Ok(()))
    }

    /// Applies a patchset to the worktree and commits it; the same claim gives the same commit.
    async fn commit(
        &self,
        held: &Held<'_>,
        patchset: &Patchset,
        inputs: &[Digest<Record>],
        worktree: &mut dyn Worktree,
    ) -> Result<Applied, Error> {
        let claim = held.view.entries().rev().find(|signed| {
            signed
                .entry
                .events
                .iter()
                .any(|event| event["event"] == "claimed" && event["fence"] == held.fence.0)
        });
        let Some(claim) = claim else {
            return Err(Error::History {
                item: held.view.item.key.to_string(),
                what: "the claim of this lease is missing".to_owned(),
            });
        };
        let (_, spec) = held.facts.spec(&held.view)?;
        let author = match patchset.purpose {
            PatchPurpose::Implement | PatchPurpose::Fix => trail_record::Persona::Coder,
            PatchPurpose::Test => trail_record::Persona::Tester,
        };
        let message = message(patchset, spec, &held.view, claim.digest);
        let parent = worktree.head().clone();
        worktree.apply(&patchset.files).await?;
        let (commit, tree) = worktree.commit(author, &message, claim.entry.at).await?;
        let made = CommitMade {
            commit: commit.clone(),
            tree: tree.clone(),
            parent,
            author,
            message,
        };
        let record = Record::new("commit", inputs.iter().copied(), &made)?;
        Ok(Applied {
            record,
            commit,
            tree,
        })
    }
}

fn committed(
    fence: trail_record::Fence,
    patchset: Digest<Record>,
    bytes: u64,
    applied: &Applied,
) -> Event {
    Event::Committed {
        fence,
        patchset,
        bytes,
        commit: applied.commit.clone(),
        tree: applied.tree.clone(),
    }
}

/// Writes the commit message; its final block holds the trailers and nothing else, and no line of
/// the summary can join it.
fn message(
    patchset: &Patchset,
    spec: &Spec,
    view: &View,
    claim: Digest<trail_record::Entry>,
) -> String {
    let prefix = match patchset.purpose {
        PatchPurpose::Implement if view.state.reverts().is_some() => "Revert: ",
        PatchPurpose::Implement => "",
        PatchPurpose::Test => "Test: ",
        PatchPurpose::Fix => "Fix: ",
    };
    let title: String = trail_item::quote::visible(&spec.title)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut out = format!("{prefix}{}\n\n", trail_item::quote::cut(&title, 100));
    for line in trail_item::quote::visible(&patchset.summary)
        .lines()
        .filter(|own| !own.trim().is_empty())
    {
        out.push_str(&format!("  {}\n", line.trim()));
    }
    out.push_str(&format!(
        "\nWork-Item: {}\nRun: {}\nEntry: {claim}\n",
        spec.key,
        view.run(),
    ));
    out
}
