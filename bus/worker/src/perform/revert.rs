//! What a run that takes deliveries back does in place of an agent.
//!
//! Nothing here asks a model. The patchset is the reverse of what was delivered, merged into the base
//! branch; the tests are run as they are; and the reviewer computes the reverse once more, so that two
//! workers agree on it before anything is published.

use std::collections::BTreeSet;

use trail_item::state::Reverts;
use trail_item::{Action, text};
use trail_port::Worktree;
use trail_port::workspace::Clash;
use trail_record::body::{FileChange, PullRequest, Revert, TestOutcome, TestResult};
use trail_record::{CommitId, Digest, Record};

use super::{Held, stands_at};
use crate::facts::Facts;
use crate::overlay::Overlay;
use crate::session::{End, Spoken};
use crate::toolbox::Toolbox;
use crate::view::View;
use crate::worker::{Error, Worker};

/// How a step ended, what it staged, and the tests it ran.
struct Computed {
    end: End,
    overlay: Overlay,
    tests: Option<TestResult>,
}

impl Worker {
    /// Does a held action of a run that takes deliveries back; what comes of it has the form of a
    /// conversation in which nothing was said.
    pub(super) async fn compute(
        &self,
        held: &Held<'_>,
        reverts: &Reverts,
    ) -> Result<(Spoken, Box<dyn Worktree>), Error> {
        let revert = revert_of(&held.view, &held.facts, reverts.revert)?;
        let mut worktree = self.worktree(&held.view).await?;
        let computed = match held.action {
            Action::Implement => self.reverse(&held.view, revert).await?,
            Action::RunTests => self.rerun(held, worktree.as_mut()).await?,
            Action::Deliver => self.look_again(held, revert).await?,
            Action::Plan | Action::WriteTests | Action::Fix | Action::Apply => Computed::gave_up(
                "history",
                format!("a run that takes work back has no {}", held.action),
            ),
        };
        let spoken = Spoken {
            records: Vec::new(),
            conclusions: Vec::new(),
            // What it rests on besides what every action does.
            last: Some(reverts.revert),
            overlay: computed.overlay,
            tests: computed.tests,
            end: computed.end,
            calls: 0,
            cost_micros: 0,
        };
        Ok((spoken, worktree))
    }

    /// Computes the patchset.
    async fn reverse(&self, view: &View, revert: &Revert) -> Result<Computed, Error> {
        let onto = stands_at(view)?;
        let files = match self.reversed(revert, &onto).await? {
            Ok(files) => files,
            Err(clash) => {
                let why = self.clash(view, revert, &clash).await?;
                return Ok(Computed::gave_up("conflict", why));
            }
        };
        if files.is_empty() {
            let why = format!(
                "the base branch at {onto} holds nothing of it: it was never merged, or was taken back already. Close the pull request instead, and end this with /cancel"
            );
            return Ok(Computed::gave_up("nothing", why));
        }
        let mut overlay = Overlay::default();
        for file in &files {
            overlay.stage(&file.path, file.after.clone());
        }
        Ok(Computed {
            end: End::Delivered(summary(revert)),
            overlay,
            tests: None,
        })
    }

    async fn reversed(
        &self,
        revert: &Revert,
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, Clash>, Error> {
        let deliveries: Vec<_> = revert
            .items
            .iter()
            .map(|own| (own.base.clone(), own.head.clone()))
            .collect();
        Ok(self.ports.workspace.reverse(&deliveries, onto).await?)
    }

    /// Says where it clashes, and which later items may stand in the way.
    async fn clash(&self, view: &View, revert: &Revert, clash: &Clash) -> Result<String, Error> {
        let key = revert
            .items
            .get(clash.delivery)
            .map_or_else(|| view.item.key.to_string(), |own| own.key.to_string());
        let taken: BTreeSet<&str> = revert.items.iter().map(|own| own.key.as_str()).collect();
        // A replay knows no other items: there, as where they cannot be read, none is named.
        let others = self.others(&view.item.id).await;
        let later: Vec<String> = others
            .map(|others| others.standing)
            .unwrap_or_default()
            .iter()
            .filter(|own| !taken.contains(own.reverted.key.as_str()))
            .filter(|own| clash.paths.iter().any(|path| own.work.files.contains(path)))
            .map(|own| own.reverted.key.to_string())
            .collect();
        let who = if later.is_empty() {
            "commits that Trail knows nothing of".to_owned()
        } else {
            format!("later items: {}", later.join(", "))
        };
        Ok(format!(
            "{key} cannot be taken back as it was delivered: {} changed since, by {who}. Nothing was changed. End this with /cancel; then take the later items back with it (/revert, and its code with their keys), or make the files fit by hand and ask again",
            clash.paths.join(", ")
        ))
    }

    /// Runs the configured tests on what was applied.
    async fn rerun(&self, held: &Held<'_>, worktree: &mut dyn Worktree) -> Result<Computed, Error> {
        let (_, spec) = held.facts.spec(&held.view)?;
        self.keep_lease(&held.view, held.fence).await?;
        let mut toolbox = Toolbox {
            worker: self,
            view: &held.view,
            spec,
            action: held.action,
            worktree,
            overlay: Overlay::default(),
            names: Vec::new(),
            tests: None,
        };
        toolbox.run_tests().await?;
        let told = match &toolbox.tests {
            Some(result) if result.is_green() => "the tests pass without what was taken back",
            Some(_) => {
                "the tests do not pass without what was taken back: they may have been its own, or something else builds on it. Whoever approves the pull request judges that; /reject or /cancel leaves the delivery standing"
            }
            None => "the tests were not run",
        };
        Ok(Computed {
            end: End::Delivered(told.to_owned()),
            overlay: Overlay::default(),
            tests: toolbox.tests,
        })
    }

    /// Computes the reverse once more, and holds it against what was approved.
    async fn look_again(&self, held: &Held<'_>, revert: &Revert) -> Result<Computed, Error> {
        let onto = held.view.base().cloned();
        let approved = held.facts.patchsets.last().map(|(_, own)| own);
        let (Some(onto), Some(approved)) = (onto, approved) else {
            return Ok(Computed::gave_up(
                "history",
                "the patchset that takes the delivery back is missing".to_owned(),
            ));
        };
        let again = self.reversed(revert, &onto).await?;
        Ok(match again {
            Ok(files) if files == approved.files => Computed {
                end: End::Delivered(format!(
                    "computed again: exactly the {} that were approved and tested",
                    text::count(files.len(), "file")
                )),
                overlay: Overlay::default(),
                tests: None,
            },
            _ => Computed::gave_up(
                "gave-up",
                "computed again, the reverse is not what was approved".to_owned(),
            ),
        })
    }

    /// Renders title and body of the pull request of a run that takes deliveries back; none if the
    /// run is no such.
    pub(super) fn revert_request(
        &self,
        view: &View,
        facts: &Facts,
        result: &TestResult,
        approvals: &[String],
    ) -> Result<Option<(String, String)>, Error> {
        let Some(reverts) = view.state.reverts() else {
            return Ok(None);
        };
        let revert = revert_of(view, facts, reverts.revert)?;
        let name = self
            .trusted()
            .1
            .approver(&revert.user)
            .map_or_else(|| revert.user.to_string(), |approver| approver.name.clone());
        let files: Vec<String> = facts
            .patchsets
            .last()
            .map(|(_, own)| own.files.iter().map(|file| file.path.clone()).collect())
            .unwrap_or_default();
        let tests = format!(
            "{}{} passed, {} failed",
            if result.is_green() {
                ""
            } else {
                "**they do not pass without what is taken back**, "
            },
            result.count(TestOutcome::Passed),
            result.count(TestOutcome::Failed)
        );
        let keys: Vec<&str> = revert.items.iter().map(|own| own.key.as_str()).collect();
        let title = format!("Revert {}", keys.join(", "));
        let title = trail_item::quote::cut(&title, 200);
        let body = text::revert_request(revert, &name, &files, &tests, approvals);
        Ok(Some((title, body)))
    }
}

impl Computed {
    fn gave_up(kind: &'static str, why: String) -> Self {
        Self {
            end: End::GaveUp(kind, why),
            overlay: Overlay::default(),
            tests: None,
        }
    }
}

fn revert_of<'f>(
    view: &View,
    facts: &'f Facts,
    digest: Digest<Record>,
) -> Result<&'f Revert, Error> {
    Facts::find(&facts.reverts, digest).ok_or_else(|| Error::History {
        item: view.item.key.to_string(),
        what: "the record of what is taken back is missing".to_owned(),
    })
}

/// What a commit that takes deliveries back says of itself.
fn summary(revert: &Revert) -> String {
    let mut lines: Vec<String> = revert
        .items
        .iter()
        .map(|own| format!("Takes {} back: {} to {}.", own.key, own.base, own.head))
        .collect();
    lines.push(match &revert.why {
        Some(why) => format!("Why: {why}"),
        None => "No reason was given.".to_owned(),
    });
    lines.join("\n")
}

/// The pull request's inputs besides what every one has.
pub(super) fn commits_of_run(view: &View, facts: &Facts, own: &PullRequest) -> Vec<Digest<Record>> {
    let mut at = own.head.clone();
    let mut out = Vec::new();
    while Some(&at) != view.base() {
        let made = facts.commits.iter().rev().find(|(_, own)| own.commit == at);
        let Some((digest, made)) = made else { break };
        if out.contains(digest) {
            break;
        }
        out.push(*digest);
        at = made.parent.clone();
    }
    out.reverse();
    out
}
