//! What an agent asks for, done or refused: policy, scope, staging, sandbox and redaction.

mod look;
mod run;
mod stage;

pub use run::told;

use trail_agents::{Asked, Tool};
use trail_item::{Action, quote};
use trail_port::policy::{self, Principal, Question, Subject};
use trail_port::{Worktree, workspace};
use trail_record::body::{Ask, Conclusion, Effect, Spec, TestResult, Verdict};
use trail_record::glob;

use crate::overlay::Overlay;
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
        | workspace::Error::Missing { .. }
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
