//! Running commands in the sandbox, and reading test results from them.

use std::collections::BTreeSet;

use trail_item::Action;
use trail_port::Worktree;
use trail_port::policy::{self, Subject};
use trail_port::tests::TestSettings;
use trail_port::workspace::{self, Command, Ran};
use trail_record::body::{Effect, TestResult, Verdict};

use super::{MAX_RESULT, Told, Toolbox};
use crate::journal::Place;
use crate::redact::Redactor;
use crate::worker::Error;

/// The most lines that are looked at to find the files that hold tests.
const MAX_SOURCES: usize = 20_000;

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
        // What a person would type is what policy judges and the record names; the runner is told
        // besides to tell its results in a form for programs.
        let command = if is_tests {
            trail_proof::command(&settings.tests)
        } else {
            Command::new(argv.to_vec(), settings.tests.limits)
        };
        if is_tests && let Some(known) = self.known(&command, verdict.clone()).await? {
            return Ok(known);
        }
        let ran = self.worktree.run(&command).await?;
        let effects = vec![Effect::Ran {
            command: argv.to_vec(),
            exit: ran.exit,
            ended: ran.ended.map(|ended| ended.as_str().to_owned()),
            sandbox: ran.sandbox.clone(),
            took_ms: u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX),
        }];
        let output = if is_tests {
            let (result, shown) =
                told(&ran, self.worktree, &settings.tests, &self.worker.redactor).await?;
            self.tests = Some(result);
            shown
        } else {
            String::from_utf8_lossy(&ran.output).into_owned()
        };
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

    /// Tells the result of an equal run of the tests, if one is known in this environment.
    async fn known(&mut self, command: &Command, verdict: Verdict) -> Result<Option<Told>, Error> {
        let argv = &self.worker.settings.tests.command;
        let Some(result) = self.worker.recall_known(self.worktree.tree(), argv)? else {
            return Ok(None);
        };
        // The environment is found with a command that does nothing.
        let probe = Command {
            argv: vec!["true".to_owned()],
            report: None,
            ..command.clone()
        };
        if self.worktree.run(&probe).await?.environment != result.environment {
            return Ok(None);
        }
        self.worker.pulse.known_results.add(1);
        let ended = match (result.exit, &result.ended) {
            (Some(exit), _) => format!("exit code {exit}"),
            (None, Some(ended)) => format!("ended by {ended}"),
            (None, None) => "ended".to_owned(),
        };
        let told = Told {
            verdict,
            effects: vec![Effect::Ran {
                command: argv.clone(),
                exit: result.exit,
                ended: result.ended.clone(),
                sandbox: result.sandbox.clone(),
                took_ms: 0,
            }],
            result: format!("{ended}\n{}", result.output),
            error: false,
        };
        self.tests = Some(result);
        Ok(Some(told))
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
}

/// Reads what a run of the tests told, and joins it with the annotations of the tree it was of.
/// Returns the result and what a reader is shown of it.
///
/// # Errors
/// If the worktree cannot be read.
pub async fn told(
    ran: &Ran,
    worktree: &dyn Worktree,
    settings: &TestSettings,
    redactor: &Redactor,
) -> Result<(TestResult, String), workspace::Error> {
    let told = trail_proof::read(ran, settings);
    let mut paths: BTreeSet<String> = told.files();
    let hits = worktree
        .search(trail_proof::SEARCH, "", MAX_SOURCES)
        .await?;
    paths.extend(hits.into_iter().map(|hit| hit.path));
    let mut sources = trail_proof::Sources::default();
    for path in paths {
        // What a runner tells of places may lead anywhere.
        match worktree.read(&path).await {
            Ok(Some(bytes)) => sources.add(&path, bytes),
            Ok(None) | Err(workspace::Error::Outside { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let redact = |text: &str| redactor.redact(text).into_owned();
    let result = trail_proof::result(ran, &told, &sources, worktree.tree(), settings, &redact);
    Ok((result, told.shown))
}
