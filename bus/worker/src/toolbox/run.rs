//! Running commands in the sandbox, and reading test results from them.

use trail_item::Action;
use trail_port::policy::{self, Subject};
use trail_port::workspace::Command;
use trail_record::body::{Effect, Verdict};

use super::{MAX_RESULT, Told, Toolbox};
use crate::journal::Place;
use crate::testrun::{self, Annotated};
use crate::worker::Error;

impl Toolbox<'_> {
    pub(super) async fn run(&mut self, argv: &[String]) -> Result<Told, Error> {
        let settings = &self.worker.settings;
        let is_tests = argv == settings.tests.command;
        let configured = is_tests || settings.commands.iter().any(|own| own == argv);
        let subject = Subject::Command {
            argv: argv.to_vec(),
            configured,
        };
        let mut verdict = self.judge(policy::Action::Run, subject);
        if verdict.allowed && !matches!(self.action, Action::RunTests | Action::Fix) {
            verdict = Verdict {
                allowed: false,
                rules: Vec::new(),
                reason: "commands run on committed trees, after the `file_write` gate".to_owned(),
            };
        }
        if verdict.allowed && !self.overlay.is_empty() {
            verdict = Verdict {
                allowed: false,
                rules: Vec::new(),
                reason: "commands run on committed trees; deliver the staged changes, the tests are run next".to_owned(),
            };
        }
        if !verdict.allowed {
            return Ok(Told::refused(verdict));
        }
        let command = Command::new(argv.to_vec(), settings.tests.limits);
        let ran = self.worktree.run(&command).await?;
        let effects = vec![Effect::Ran {
            command: argv.to_vec(),
            exit: ran.exit,
            ended: ran.ended.map(|ended| ended.as_str().to_owned()),
            sandbox: ran.sandbox.clone(),
            took_ms: u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX),
        }];
        let output = String::from_utf8_lossy(&ran.output).into_owned();
        if is_tests {
            let annotated = self.annotated().await?;
            let tree = self.worktree.tree().clone();
            let redactor = &self.worker.redactor;
            self.tests = Some(testrun::result(
                &ran,
                &tree,
                &settings.tests,
                &annotated,
                redactor,
            ));
        }
        let ended = match (ran.exit, ran.ended) {
            (Some(exit), _) => format!("exit code {exit}"),
            (None, Some(ended)) => format!("ended by {}", ended.as_str()),
            (None, None) => "ended".to_owned(),
        };
        // The end of a long output says more than its beginning.
        let skip = output.chars().count().saturating_sub(MAX_RESULT - 200);
        let tail: String = output.chars().skip(skip).collect();
        let cut = if skip > 0 {
            format!("[{skip} characters before]\n")
        } else {
            String::new()
        };
        Ok(Told {
            verdict,
            effects,
            result: format!("{ended}\n{cut}{tail}"),
            // A command that fails has been run all the same: its exit code is the answer.
            error: false,
        })
    }

    /// Runs the configured tests without being asked.
    pub(crate) async fn run_tests(&mut self) -> Result<(), Error> {
        let argv = self.worker.settings.tests.command.clone();
        let (view, round) = (self.view, self.view.state.round(self.action));
        let place = Place::of(&view.item.id, &view.run(), self.action, round);
        let tree = self.worktree.tree();
        self.tests = self.worker.recall_tests(&place, tree, &argv)?;
        if self.tests.is_some() {
            return Ok(());
        }
        let told = self.run(&argv).await?;
        match &self.tests {
            Some(result) => self.worker.journal_tests(&place, result),
            None => Err(Error::Setup(format!(
                "the tests cannot be run: {}",
                told.result
            ))),
        }
    }

    /// Finds the annotated tests among the files the item may write.
    pub(super) async fn annotated(&self) -> Result<Vec<Annotated>, Error> {
        let mut found = Vec::new();
        let hits = self.worktree.search("validates", "", 2000).await?;
        let mut last = String::new();
        for hit in hits {
            if hit.path == last {
                continue;
            }
            if let Some(bytes) = self.worktree.read(&hit.path).await? {
                found.extend(testrun::annotated(
                    &hit.path,
                    &String::from_utf8_lossy(&bytes),
                ));
            }
            last = hit.path;
        }
        Ok(found)
    }
}
