//! Finding out what tests prove because a person asked, outside a run of the tests.
//!
//! Nothing is written but, where that is wanted, one entry that seals what came of it; it moves
//! nothing. The run's own worktree is left alone.

use serde::Serialize;
use trail_item::text::{self, Standing, standings};
use trail_item::{Event, Stage};
use trail_port::prover::{Evidence, Wanted};
use trail_port::{Worktree, workspace};
use trail_record::body::{Proof, TestResult};
use trail_record::{CommitId, Digest, Entry, ItemId, ItemKey, Moment, Record, RunId};

use crate::append::Draft;
use crate::perform::{Found, Judged, record_of, redacted, stands_at};
use crate::toolbox::told;
use crate::view::View;
use crate::worker::{Error, Worker};

/// What tests were found to prove when a person asked.
#[derive(Debug, Clone, Serialize)]
pub struct Tried {
    /// The item.
    pub item: ItemKey,
    /// The run whose change it is.
    pub run: RunId,
    /// The commit it started from.
    pub base: CommitId,
    /// The change.
    pub head: CommitId,
    /// How the tests went on the change.
    #[serde(skip)]
    pub result: TestResult,
    /// What each test shows.
    pub proofs: Vec<Proof>,
    /// How each criterion stands by these tests, in the spec's order.
    #[serde(skip)]
    pub standings: Vec<Standing>,
    /// Why not all was tried; none if it was.
    pub stopped: Option<String>,
    /// The entry that seals it; none if it was only shown.
    pub sealed: Option<Digest<Entry>>,
}

impl Worker {
    /// Tries the tests of an item on base, change and mutants. With `only`, those whose names hold one
    /// of these texts; with `seal`, what came of it is sealed.
    ///
    /// # Errors
    /// [`Error::Setup`] if there is nothing to try or it may not be sealed now; else what failed.
    pub async fn try_tests(
        &self,
        item: &ItemId,
        only: &[String],
        seal: bool,
    ) -> Result<Tried, Error> {
        let view = self.look(item).await?;
        if seal {
            may_seal(&view, only)?;
        }
        let facts = self.facts(&view).await?;
        let (_, spec) = facts.spec(&view)?;
        let head = stands_at(&view)?;
        let base = view.base().cloned().ok_or_else(|| nothing(&view))?;
        if head == base {
            return Err(nothing(&view));
        }
        // A worktree of its own: whoever works on the item may be in the run's.
        let run = RunId::new(format!("{}-proving", view.run()));
        let worktree = match self.ports.workspace.open(&run, &head).await {
            Err(workspace::Error::Missing { .. }) => {
                self.rebuild(&view, &head).await?;
                self.ports.workspace.open(&run, &head).await?
            }
            opened => opened?,
        };
        let tried = self.tried(&view, worktree.as_ref(), only).await;
        drop(worktree);
        let closed = self.ports.workspace.close(&run).await;
        let (result, tests, evidence) = tried?;
        closed?;
        let commit = record_of(&facts, &head);
        let record = Record::new("test-result, asked for", commit, &result)?;
        let judged = Judged {
            sealed: record.digest(),
            result: &result,
            commit,
        };
        let found = self.judge(spec, &judged, &tests, &view, evidence)?;
        let proofs: Vec<Proof> = found.proofs.iter().map(|(_, own)| own.clone()).collect();
        let mut told = Tried {
            item: view.item.key.clone(),
            run: view.run(),
            base,
            head,
            standings: standings(spec, &proofs),
            proofs,
            stopped: found.stopped.clone(),
            sealed: None,
            result: result.clone(),
        };
        if seal {
            told.sealed = self.seal_tried(view, &record, &found, tests.len()).await?;
        }
        Ok(told)
    }

    /// Runs the tests on the change and has them tried.
    async fn tried(
        &self,
        view: &View,
        worktree: &dyn Worktree,
        only: &[String],
    ) -> Result<(TestResult, Vec<Wanted>, Evidence), Error> {
        let settings = &self.settings.tests;
        if settings.command.is_empty() {
            return Err(Error::Setup(
                "no command runs the tests; set tests.command in trail.toml".to_owned(),
            ));
        }
        let facts = self.facts(view).await?;
        let (_, spec) = facts.spec(view)?;
        let ran = worktree.run(&trail_proof::command(settings)).await?;
        let (result, _) = told(&ran, worktree, settings, &self.redactor).await?;
        let all = trail_proof::wanted(&result, spec);
        let tests = chosen(&all, only);
        if tests.is_empty() {
            return Err(Error::Setup(none_chosen(
                &view.item.key,
                &result,
                &all,
                only,
            )));
        }
        let question = self
            .question(view, spec, tests.clone(), &result, worktree)
            .await?;
        let evidence = self.ports.prover.prove(&question).await?;
        Ok((result, tests, redacted(evidence, &self.redactor)))
    }

    async fn seal_tried(
        &self,
        view: View,
        record: &trail_record::record::Sealable,
        found: &Found,
        tests: usize,
    ) -> Result<Option<Digest<Entry>>, Error> {
        let item = view.item.id.clone();
        let view = self.look(&item).await?;
        let view = self
            .append(view, &|_: &View, _: Moment| {
                let stopped = found.stopped.as_deref();
                let note = text::proved_later(&found.standings, tests, stopped);
                let events: Vec<Event> = vec![found.event(None, false)];
                let records = std::iter::once(record.clone())
                    .chain(found.records.iter().cloned())
                    .collect();
                Ok(Draft::new(events, records, note))
            })
            .await?;
        self.keep(Vec::new())?;
        self.send_shared().await;
        Ok(view.state.head)
    }
}

/// Refuses what the rules would refuse, before minutes are spent.
fn may_seal(view: &View, only: &[String]) -> Result<(), Error> {
    let key = &view.item.key;
    let why = if !only.is_empty() {
        Some(
            "a selection of tests is shown and not sealed: what is left out would look open"
                .to_owned(),
        )
    } else if let Some(lease) = &view.state.lease {
        Some(format!(
            "{} holds {key} to {}; ask again when it is done",
            lease.holder, lease.action
        ))
    } else if !matches!(
        view.state.stage,
        Stage::Green { .. } | Stage::Delivered { .. }
    ) {
        Some(format!(
            "{key} is {}: what its tests prove is sealed when they have passed",
            view.state.stage_name()
        ))
    } else {
        None
    };
    why.map_or(Ok(()), |why| {
        Err(Error::Setup(format!(
            "{why}; --dry-run shows it without sealing"
        )))
    })
}

fn nothing(view: &View) -> Error {
    Error::Setup(format!(
        "nothing of {} is committed yet, so there is nothing to try",
        view.item.key
    ))
}

/// Returns the tests whose names hold one of these texts; all if there is none.
fn chosen(all: &[Wanted], only: &[String]) -> Vec<Wanted> {
    let holds =
        |own: &&Wanted| only.is_empty() || only.iter().any(|text| own.test.contains(text.as_str()));
    all.iter().filter(holds).cloned().collect()
}

fn none_chosen(key: &ItemKey, result: &TestResult, all: &[Wanted], only: &[String]) -> String {
    if all.is_empty() {
        return format!(
            "{} tests were run, and none names a criterion of {key}; the run told:\n{}",
            result.cases.len(),
            result.output.trim_end()
        );
    }
    let names: Vec<&str> = all.iter().map(|own| own.test.as_str()).take(20).collect();
    format!(
        "no test of {key} has {} in its name; there are: {}",
        only.join(" or "),
        names.join(", ")
    )
}
