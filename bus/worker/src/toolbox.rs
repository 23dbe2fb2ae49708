//! What an agent asks for, done or refused: policy, scope, staging, sandbox and redaction.

use trail_agents::{Asked, Tool};
use trail_item::{Action, quote};
use trail_port::policy::{self, Principal, Question, Subject};
use trail_port::workspace::Command;
use trail_port::{Worktree, workspace};
use trail_record::body::{Ask, Conclusion, Effect, Spec, TestResult, Verdict};
use trail_record::{Digest, glob};

use crate::overlay::Overlay;
use crate::testrun::{self, Annotated};
use crate::view::View;
use crate::worker::{Error, Worker};

/// The most characters a tool's result has.
const MAX_RESULT: usize = 24_000;
/// The most hits a search returns.
const MAX_HITS: usize = 100;

/// The state that an agent's asks work on, for one action.
pub(crate) struct Toolbox<'s> {
    pub(crate) worker: &'s Worker,
    pub(crate) view: &'s View,
    pub(crate) spec: &'s Spec,
    pub(crate) action: Action,
    pub(crate) worktree: &'s mut dyn Worktree,
    pub(crate) overlay: Overlay,
    pub(crate) names: Vec<String>,
    pub(crate) tests: Option<TestResult>,
}

/// What came of one ask.
pub(crate) struct Done {
    pub(crate) ask: Ask,
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) tests: Option<TestResult>,
}

struct Told {
    verdict: Verdict,
    effects: Vec<Effect>,
    result: String,
    error: bool,
}

impl Told {
    fn refused(verdict: Verdict) -> Self {
        let result = format!("refused: {}", verdict.reason);
        Self {
            verdict,
            effects: Vec::new(),
            result,
            error: true,
        }
    }

    fn error(verdict: Verdict, result: impl Into<String>) -> Self {
        Self {
            verdict,
            effects: Vec::new(),
            result: result.into(),
            error: true,
        }
    }
}

impl Toolbox<'_> {
    /// Tells whether an ask runs a command: only then can its result differ when asked again.
    pub(crate) fn runs(asked: &Asked) -> bool {
        matches!(asked.tool, Ok(Tool::Run { .. }))
    }

    /// Does or refuses what was asked.
    pub(crate) async fn perform(
        &mut self,
        asked: &Asked,
        arguments: serde_json::Value,
    ) -> Result<Done, Error> {
        let mut conclusion = None;
        let before = self.tests.take();
        let told = match &asked.tool {
            Err(error) => Told::error(unjudged("not a tool this action has"), error.to_string()),
            Ok(tool) => match tool {
                Tool::List { path } => self.list(path).await?,
                Tool::Read {
                    path,
                    from_line,
                    lines,
                } => self.read(path, *from_line, *lines).await?,
                Tool::Search { pattern, path } => {
                    self.search(pattern, path.as_deref().unwrap_or("")).await?
                }
                Tool::Write { path, content } => {
                    self.stage(path, Some(content.clone()), "staged").await?
                }
                Tool::Patch { path, old, new } => self.patch(path, old, new).await?,
                Tool::Delete { path } => self.stage(path, None, "staged its deletion").await?,
                Tool::Run { command } => self.run(command).await?,
                Tool::RecordDecision(own) => self.conclude(own, &mut conclusion),
                Tool::ReadWorkItem => self.work_item(),
                Tool::Deliver { .. } | Tool::GiveUp { .. } => Told {
                    verdict: permitted("ends the action"),
                    effects: Vec::new(),
                    result: "noted".to_owned(),
                    error: false,
                },
            },
        };
        let tests = self.tests.take();
        self.tests = tests.clone().or(before);
        let result = quote::cut(&self.worker.redactor.redact(&told.result), MAX_RESULT);
        let arguments = self.worker.redactor.redact_json(arguments);
        let ask = Ask {
            id: asked.id.clone(),
            tool: asked.name.clone(),
            arguments,
            verdict: told.verdict,
            effects: told.effects,
            result,
            error: told.error,
        };
        Ok(Done {
            ask,
            conclusion,
            tests,
        })
    }

    fn judge(&self, action: policy::Action, subject: Subject) -> Verdict {
        self.worker.ports.policy.judge(&Question {
            principal: Principal::Persona(self.worker.persona),
            action,
            item: self.view.item.key.to_string(),
            labels: self.view.item.labels.clone(),
            risk: self.spec.risk,
            subject,
        })
    }

    /// Judges access to a path; the path comes back normalised.
    fn path(&self, action: policy::Action, path: &str) -> Result<(String, Verdict), Told> {
        let Some(path) = normal(path) else {
            let reason = "paths are relative to the repository and stay inside it";
            return Err(Told::refused(Verdict {
                allowed: false,
                rules: Vec::new(),
                reason: reason.to_owned(),
            }));
        };
        let scope = &self.spec.scope;
        let in_scope = match action {
            policy::Action::Write => glob::any(&scope.write, &path),
            _ => {
                scope.read.is_empty()
                    || path.is_empty()
                    || glob::any(&scope.read, &path)
                    || glob::any(&scope.write, &path)
                    || self.leads_into_scope(&path)
            }
        };
        let verdict = self.judge(
            action,
            Subject::Path {
                path: path.clone(),
                in_scope,
            },
        );
        if verdict.allowed {
            Ok((path, verdict))
        } else {
            Err(Told::refused(verdict))
        }
    }

    /// A folder may be listed when something below it may be read.
    fn leads_into_scope(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        self.spec
            .scope
            .read
            .iter()
            .any(|pattern| pattern.starts_with(&below) || pattern.starts_with("**"))
    }

    async fn list(&self, path: &str) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Read, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let listed = match self.worktree.list(&path).await {
            Ok(listed) => listed,
            Err(error) => return outside(verdict, error),
        };
        let staged = self.overlay.iter().filter(|(own, content)| {
            content.is_some()
                && parent(own) == path
                && !listed.iter().any(|known| known.path == **own)
        });
        let mut names: Vec<String> = listed
            .iter()
            .filter(|own| !matches!(self.overlay.get(&own.path), Some(None)))
            .map(|own| {
                if own.folder {
                    format!("{}/", own.path)
                } else {
                    format!("{} ({} bytes)", own.path, own.size)
                }
            })
            .chain(staged.map(|(own, _)| format!("{own} (staged)")))
            .collect();
        names.sort();
        let effects = vec![Effect::Listed {
            path,
            names: names.len() as u64,
        }];
        let result = if names.is_empty() {
            "(empty)".to_owned()
        } else {
            names.join("\n")
        };
        Ok(Told {
            verdict,
            effects,
            result,
            error: false,
        })
    }

    async fn content(&self, path: &str) -> Result<Option<Vec<u8>>, workspace::Error> {
        match self.overlay.get(path) {
            Some(staged) => Ok(staged.clone().map(String::into_bytes)),
            None => self.worktree.read(path).await,
        }
    }

    async fn read(
        &self,
        path: &str,
        from_line: Option<u64>,
        lines: Option<u64>,
    ) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Read, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let bytes = match self.content(&path).await {
            Ok(bytes) => bytes,
            Err(error) => return outside(verdict, error),
        };
        let digest = bytes.as_ref().map(|bytes| Digest::of(bytes));
        let effects = vec![Effect::Read {
            path: path.clone(),
            digest,
        }];
        let Some(bytes) = bytes else {
            let result = format!("there is no file {path}");
            return Ok(Told {
                verdict,
                effects,
                result,
                error: true,
            });
        };
        let Ok(text) = String::from_utf8(bytes) else {
            let result = format!("{path} is not a text file");
            return Ok(Told {
                verdict,
                effects,
                result,
                error: true,
            });
        };
        let from = usize::try_from(from_line.unwrap_or(1).max(1) - 1).unwrap_or(usize::MAX);
        let count = lines.map_or(usize::MAX, |lines| {
            usize::try_from(lines).unwrap_or(usize::MAX)
        });
        let result = if from == 0 && count == usize::MAX {
            text
        } else {
            text.split_inclusive('\n').skip(from).take(count).collect()
        };
        Ok(Told {
            verdict,
            effects,
            result,
            error: false,
        })
    }

    async fn search(&self, pattern: &str, path: &str) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Read, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let staged = self.overlay.search(pattern, &path, MAX_HITS * 4);
        let mut hits = match self.worktree.search(pattern, &path, MAX_HITS * 4).await {
            Ok(hits) => hits,
            // A file or folder may be there only as staged.
            Err(workspace::Error::Failed(_)) if self.overlay.holds(&path) => Vec::new(),
            Err(error) => return outside(verdict, error),
        };
        hits.retain(|hit| self.overlay.get(&hit.path).is_none());
        hits.extend(staged);
        hits.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        // A hit shows a line of a file: only files that may be read may show one.
        let mut shown = Vec::new();
        let mut files: Vec<String> = Vec::new();
        let mut hidden = 0;
        for hit in hits {
            if files.last() != Some(&hit.path) {
                if self.path(policy::Action::Read, &hit.path).is_err() {
                    hidden += 1;
                    continue;
                }
                files.push(hit.path.clone());
            }
            if shown.len() < MAX_HITS {
                shown.push(format!("{}:{}: {}", hit.path, hit.line, hit.text));
            }
        }
        if hidden > 0 {
            shown.push(format!("({hidden} hits in files that may not be read)"));
        }
        let result = if shown.is_empty() {
            "no hits".to_owned()
        } else {
            shown.join("\n")
        };
        let effects = vec![Effect::Searched {
            pattern: pattern.to_owned(),
            path,
            files,
        }];
        Ok(Told {
            verdict,
            effects,
            result,
            error: false,
        })
    }

    async fn stage(
        &mut self,
        path: &str,
        content: Option<String>,
        what: &str,
    ) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Write, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        // Whether the worktree could hold the path is found now, not when it was approved.
        match self.content(&path).await {
            Ok(None) if content.is_none() => {
                return Ok(Told::error(verdict, format!("there is no file {path}")));
            }
            Ok(_) => {}
            Err(error) => return outside(verdict, error),
        }
        let digest = content.as_ref().map(|text| Digest::of(text.as_bytes()));
        let size = content.as_ref().map_or(0, String::len);
        self.overlay.stage(&path, content);
        Ok(Told {
            verdict,
            effects: vec![Effect::Staged {
                path: path.clone(),
                digest,
            }],
            result: format!("{what}: {path} ({size} bytes); it reaches the disk after its gate"),
            error: false,
        })
    }

    async fn patch(&mut self, path: &str, old: &str, new: &str) -> Result<Told, Error> {
        let (normal, verdict) = match self.path(policy::Action::Write, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let text = match self.content(&normal).await {
            Ok(bytes) => bytes.and_then(|bytes| String::from_utf8(bytes).ok()),
            Err(error) => return outside(verdict, error),
        };
        let Some(text) = text else {
            return Ok(Told::error(
                verdict,
                format!("there is no text file {normal}; use write"),
            ));
        };
        match text.matches(old).count() {
            1 => {
                self.stage(&normal, Some(text.replacen(old, new, 1)), "staged")
                    .await
            }
            0 => Ok(Told::error(
                verdict,
                "`old` does not occur in the file; read it again",
            )),
            many => Ok(Told::error(
                verdict,
                format!("`old` occurs {many} times; give more lines around it"),
            )),
        }
    }

    async fn run(&mut self, argv: &[String]) -> Result<Told, Error> {
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
        let command = Command {
            argv: argv.to_vec(),
            limits: settings.tests.limits,
        };
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
        let told = self.run(&argv).await?;
        if self.tests.is_none() {
            return Err(Error::Setup(format!(
                "the tests cannot be run: {}",
                told.result
            )));
        }
        Ok(())
    }

    /// Finds the annotated tests among the files the item may write.
    async fn annotated(&self) -> Result<Vec<Annotated>, Error> {
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

    fn conclude(&mut self, own: &Conclusion, conclusion: &mut Option<Conclusion>) -> Told {
        let verdict = permitted("recording is always allowed");
        if self.names.contains(&own.name) {
            let result = format!("{:?} is recorded already; choose another name", own.name);
            return Told::error(verdict, result);
        }
        self.names.push(own.name.clone());
        let redact = |text: &String| self.worker.redactor.redact(text).into_owned();
        *conclusion = Some(Conclusion {
            name: redact(&own.name),
            statement: redact(&own.statement),
            choice: own.choice.as_ref().map(redact),
            alternatives: own.alternatives.iter().map(redact).collect(),
            rationale: redact(&own.rationale),
            criteria: own.criteria.clone(),
        });
        let effects = vec![Effect::Concluded {
            name: own.name.clone(),
        }];
        Told {
            verdict,
            effects,
            result: format!("recorded {}", own.name),
            error: false,
        }
    }

    fn work_item(&self) -> Told {
        let spec = self.spec;
        let mut result = format!("{}: {}\n\n{}\n", spec.key, spec.title, spec.body);
        result.push_str("\nCriteria as sealed:\n");
        for criterion in &spec.criteria {
            result.push_str(&format!(
                "{}@{}: {}\n",
                criterion.id, criterion.revision, criterion.text
            ));
        }
        Told {
            verdict: permitted("the sealed task"),
            effects: Vec::new(),
            result,
            error: false,
        }
    }
}

/// A verdict for asks that touch nothing and need no rule.
fn permitted(reason: &str) -> Verdict {
    Verdict {
        allowed: true,
        rules: Vec::new(),
        reason: reason.to_owned(),
    }
}

/// A verdict for asks that never came to be judged.
fn unjudged(reason: &str) -> Verdict {
    Verdict {
        allowed: false,
        rules: Vec::new(),
        reason: reason.to_owned(),
    }
}

/// Tells the agent of a path that leads outside; other failures end the turn.
fn outside(verdict: Verdict, error: workspace::Error) -> Result<Told, Error> {
    match error {
        workspace::Error::Outside { .. } | workspace::Error::Conflict { .. } => {
            Ok(Told::error(verdict, error.to_string()))
        }
        workspace::Error::Failed(why) => Ok(Told::error(verdict, why)),
        workspace::Error::Repository(_)
        | workspace::Error::Moved { .. }
        | workspace::Error::NoSandbox(_) => Err(error.into()),
    }
}

/// Returns a path without `.` segments and doubled slashes, or none if it climbs or is absolute.
fn normal(path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') || path.contains('\0') {
        return None;
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_and_climbing_ones_refused() {
        assert_eq!(normal("./src//lib.rs").as_deref(), Some("src/lib.rs"));
        assert_eq!(normal(".").as_deref(), Some(""));
        for path in ["../x", "a/../../x", "/etc/passwd", "a\\b", "a\0b", "a/.."] {
            assert_eq!(normal(path), None, "{path}");
        }
    }
}
