//! The worktree in which trials are made, and one trial.

use trail_port::prover::{Question, Tried};
use trail_port::workspace::{Command, Error};
use trail_port::{Workspace, Worktree};
use trail_record::body::proof::TrialOf;
use trail_record::body::{FailedBy, FileChange, TestResult};
use trail_record::{Blob, CommitId, Digest, Moment, Persona, RunId};

use crate::faults::Fault;
use crate::memo::Memo;
use crate::{Redact, overlay, sources};

/// How much of a trial's output is kept: the record of a trial is looked at for its cases.
const KEPT: usize = 2 * 1024;

/// Where trials are made.
pub(crate) struct Bench<'a> {
    workspace: &'a dyn Workspace,
    memo: &'a Memo,
    redact: &'a Redact,
    question: &'a Question,
    command: Command,
    run: RunId,
}

/// Code that is ready to meet the tests.
pub(crate) struct Laid {
    pub(crate) worktree: Box<dyn Worktree>,
    /// The commit that was checked out.
    at: CommitId,
    /// The paths that were laid over it.
    overlaid: Vec<String>,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(
        workspace: &'a dyn Workspace,
        memo: &'a Memo,
        redact: &'a Redact,
        question: &'a Question,
    ) -> Self {
        Self {
            workspace,
            memo,
            redact,
            question,
            command: trail_proof::command(&question.settings),
            // No run is called so: keys of items hold no tilde.
            run: RunId::new(format!("{}~trial", question.run)),
        }
    }

    /// Returns the name of the worktree.
    pub(crate) const fn run(&self) -> &RunId {
        &self.run
    }

    /// Checks the change out.
    pub(crate) async fn open_change(&self) -> Result<Laid, Error> {
        self.open(&self.question.head).await
    }

    async fn open(&self, at: &CommitId) -> Result<Laid, Error> {
        Ok(Laid {
            worktree: self.workspace.open(&self.run, at).await?,
            at: at.clone(),
            overlaid: Vec::new(),
        })
    }

    /// Checks the base out and lays the change's tests over it: all of them, or of the files with
    /// wanted tests the one named.
    pub(crate) async fn lay_base(&self, only: Option<&str>) -> Result<Laid, Error> {
        let others = |path: &str| only.is_some_and(|own| own != path);
        let of_wanted = |path: &str| {
            let mut places = self.question.tests.iter().flat_map(|own| &own.place);
            places.any(|place| place.path == path)
        };
        let paths = self.question.test_paths.iter();
        let paths: Vec<String> = paths
            .filter(|path| !(others(path) && of_wanted(path)))
            .cloned()
            .collect();
        let change = self.open_change().await?;
        let files = overlay::read(change.worktree.as_ref(), &paths).await?;
        drop(change);
        let mut laid = self.open(&self.question.base).await?;
        let changes = overlay::changes(laid.worktree.as_ref(), &files).await?;
        laid.overlaid = changes.iter().map(|own| own.path.clone()).collect();
        laid.overlaid.sort();
        commit(&mut laid, &changes, "Trial: the change's tests on the base").await?;
        Ok(laid)
    }

    /// Checks the change out with a fault in it; none if the file is not as the fault expects.
    pub(crate) async fn lay_fault(
        &self,
        fault: &Fault,
        source: &str,
    ) -> Result<Option<Laid>, Error> {
        let Some(after) = fault.applied(source) else {
            return Ok(None);
        };
        let mut laid = self.open_change().await?;
        let bytes = laid.worktree.read(&fault.path).await?;
        if bytes.map(|own| Digest::<Blob>::of(&own)) != Some(fault.file) {
            return Ok(None);
        }
        let change = FileChange {
            path: fault.path.clone(),
            before: Some(fault.file),
            after: Some(after),
        };
        commit(&mut laid, &[change], "Trial: a fault in the change").await?;
        Ok(Some(laid))
    }

    /// Reads a file of the change as text; none if there is no such text.
    pub(crate) async fn text(
        &self,
        worktree: &dyn Worktree,
        path: &str,
    ) -> Result<Option<String>, Error> {
        let bytes = worktree.read(path).await?;
        Ok(bytes.and_then(|own| String::from_utf8(own).ok()))
    }

    /// Reads product files: of the change, and as they were on the base.
    pub(crate) async fn texts(
        &self,
        at: &CommitId,
        paths: &[String],
    ) -> Result<Vec<Option<String>>, Error> {
        let laid = self.open(at).await?;
        let mut texts = Vec::with_capacity(paths.len());
        for path in paths {
            texts.push(self.text(laid.worktree.as_ref(), path).await?);
        }
        Ok(texts)
    }

    /// Returns the paths that the change altered.
    pub(crate) async fn changed(&self) -> Result<Vec<String>, Error> {
        self.workspace
            .changed(&self.question.base, &self.question.head)
            .await
    }

    /// Runs the tests.
    pub(crate) async fn tried(
        &self,
        laid: &Laid,
        of: TrialOf,
        repeat: u32,
    ) -> Result<Tried, Error> {
        let tree = laid.worktree.tree();
        let kept = self.memo.recall(tree, &self.command, repeat).await?;
        let result = match kept {
            Some(result) => result,
            None => {
                let result = self.run_tests(laid).await?;
                self.memo.keep(tree, &self.command, repeat, &result).await?;
                result
            }
        };
        Ok(Tried {
            of,
            mutant: None,
            repeat,
            at: laid.at.clone(),
            overlaid: laid.overlaid.clone(),
            result,
        })
    }

    async fn run_tests(&self, laid: &Laid) -> Result<TestResult, Error> {
        let settings = &self.question.settings;
        let worktree = laid.worktree.as_ref();
        let ran = worktree.run(&self.command).await?;
        let told = trail_proof::read(&ran, settings);
        let sources = sources::of(worktree, &told).await?;
        let redact = |text: &str| (self.redact)(text);
        let mut result =
            trail_proof::result(&ran, &told, &sources, worktree.tree(), settings, &redact);
        let wanted = |name: &str| self.question.tests.iter().any(|own| own.test == name);
        result.cases.retain(|case| {
            wanted(&case.name)
                || case.failed_by == Some(FailedBy::NotBuilt)
                || case.name == trail_proof::REPORT
        });
        result.output = end(&result.output, KEPT).to_owned();
        Ok(result)
    }
}

/// Commits what is to be laid over a worktree, so that the trial names the tree it was made on.
async fn commit(laid: &mut Laid, changes: &[FileChange], message: &str) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    laid.worktree.apply(changes).await?;
    // Always the same time: equal code has an equal id wherever and whenever it is tried.
    laid.worktree
        .commit(Persona::Tester, message, Moment::from_millis(0))
        .await?;
    Ok(())
}

/// Returns the end of `text`, at most `max` bytes of it.
fn end(text: &str, max: usize) -> &str {
    let mut from = text.len().saturating_sub(max);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}
