//! The examples of a policy: questions with the verdict that people expect, checked at load.

use cedar_policy::{Entities, Schema};
use serde::Deserialize;
use trail_port::Policy as _;
use trail_port::policy::{Principal, Question, Subject};
use trail_record::body::Risk;
use trail_record::{Persona, UserId};

use crate::bundle::{Bundle, EXAMPLES, SCHEMA};
use crate::engine::Engine;
use crate::error::Fault;
use crate::question::{ACTIONS, Terms};

/// A question and what is expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    name: String,
    who: Who,
    action: String,
    #[serde(default = "item")]
    item: String,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    risk: Risk,
    #[serde(default)]
    about: About,
    allowed: bool,
    rules: Vec<String>,
    approvals: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    Persona(Persona),
    Approver(String),
    Stranger(String),
}

/// What the question is about, in the words of [`Subject`].
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum About {
    #[default]
    Item,
    Gate {
        name: String,
        requested_by: Persona,
        paths: Vec<String>,
    },
    Path {
        path: String,
        in_scope: bool,
    },
    Command {
        argv: Vec<String>,
        configured: bool,
    },
    Spend {
        spent_micros: u64,
        budget_micros: Option<u64>,
        calls: u32,
        max_calls: u32,
    },
    Patchset {
        paths: Vec<String>,
        inside: bool,
    },
}

fn item() -> String {
    "PROJ-1".to_owned()
}

/// Checks every example of a policy.
pub(crate) fn check(engine: &Engine, bundle: &Bundle) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, source) in bundle.folder(EXAMPLES) {
        match serde_json::from_str::<Vec<Example>>(source) {
            Ok(examples) => {
                faults.extend(
                    examples
                        .into_iter()
                        .flat_map(|example| example.check(engine, file)),
                );
            }
            Err(error) => faults.push(Fault {
                file: file.to_owned(),
                line: Some(error.line()),
                what: error.to_string(),
                hint: Some(
                    "an example has name, who, action, allowed, rules; see the default ones"
                        .to_owned(),
                ),
            }),
        }
    }
    faults
}

/// Checks that the schema describes the entities as this engine makes them, one of each shape: at
/// judgement they are not checked again.
pub(crate) fn shapes(terms: &Terms, schema: &Schema) -> Vec<Fault> {
    let path = || vec!["a/b".to_owned()];
    let (spent_micros, calls, max_calls) = (0, 0, 1);
    let spend = |budget_micros| Subject::Spend {
        spent_micros,
        budget_micros,
        calls,
        max_calls,
    };
    let gate = Subject::Gate {
        name: "plan".to_owned(),
        requested_by: Persona::Coder,
        paths: path(),
    };
    let human = Principal::Human {
        id: UserId::from("u"),
        approver: true,
    };
    let shapes = [
        ("file", Subject::Item),
        ("approve", gate.clone()),
        ("approve", Subject::Item),
        ("approvals", gate),
        (
            "read",
            Subject::Path {
                path: "a/b".to_owned(),
                in_scope: true,
            },
        ),
        (
            "run",
            Subject::Command {
                argv: path(),
                configured: true,
            },
        ),
        ("think", spend(None)),
        ("think", spend(Some(1))),
        (
            "contract",
            Subject::Patchset {
                paths: path(),
                inside: true,
            },
        ),
    ];
    let mut faults = Vec::new();
    for principal in [human, Principal::Persona(Persona::Coder)] {
        for (action, subject) in &shapes {
            let question = Question {
                principal: principal.clone(),
                action: ACTIONS[0],
                item: item(),
                labels: Vec::new(),
                risk: Risk::Medium,
                subject: subject.clone(),
            };
            let fits = terms
                .ask(&question, terms.action(action), schema)
                .map_err(|e| e.to_string());
            let fits = fits.and_then(|asked| {
                Entities::from_entities(asked.entities, Some(schema)).map_err(|e| e.to_string())
            });
            if let Err(error) = fits {
                let what = format!("does not fit what Trail asks for `{action}`: {error}");
                let hint = "add to the default schema, but change nothing that is in it";
                faults.push(Fault::of_file(SCHEMA, what, hint));
            }
        }
    }
    faults
}

impl Example {
    /// Checks the example.
    fn check(self, engine: &Engine, file: &str) -> Option<Fault> {
        let Self {
            name,
            who,
            action,
            item,
            labels,
            risk,
            about,
            allowed,
            mut rules,
            approvals,
        } = self;
        let fault = |what: String, hint: &str| {
            Some(Fault::of_file(
                file,
                format!("the example `{name}` {what}"),
                hint,
            ))
        };
        let Some(action) = ACTIONS.into_iter().find(|own| own.as_str() == action) else {
            let names: Vec<_> = ACTIONS.iter().map(|action| action.as_str()).collect();
            return fault(
                format!("names the unknown action `{action}`"),
                &names.join(", "),
            );
        };
        if let Some(unknown) = rules.iter().find(|id| !engine.ids().any(|own| own == *id)) {
            let what = format!("expects the rule `{unknown}`, which there is not");
            return fault(what, "name rules by their @id");
        }
        let principal = match who {
            Who::Persona(persona) => Principal::Persona(persona),
            Who::Approver(id) => Principal::Human {
                id: UserId::new(id),
                approver: true,
            },
            Who::Stranger(id) => Principal::Human {
                id: UserId::new(id),
                approver: false,
            },
        };
        let question = Question {
            principal,
            action,
            item,
            labels,
            risk,
            subject: about.into(),
        };
        let verdict = engine.judge(&question);
        rules.sort();
        if verdict.allowed != allowed || verdict.rules != rules {
            let say = |allowed: bool, rules: &[String]| {
                let word = if allowed { "allowed" } else { "denied" };
                if rules.is_empty() {
                    format!("{word} by no rule")
                } else {
                    format!("{word} by {}", rules.join(", "))
                }
            };
            let (expected, found) = (say(allowed, &rules), say(verdict.allowed, &verdict.rules));
            let what = format!("expects {expected}, but is {found}: {}", verdict.reason);
            return fault(what, "mend the rule or the example");
        }
        let wanted = approvals.filter(|wanted| *wanted != engine.approvals(&question));
        wanted.and_then(|wanted| {
            let what = format!(
                "expects {wanted} approvals, but needs {}",
                engine.approvals(&question)
            );
            fault(what, "mend the rule or the example")
        })
    }
}

impl From<About> for Subject {
    fn from(about: About) -> Self {
        match about {
            About::Item => Self::Item,
            About::Gate {
                name,
                requested_by,
                paths,
            } => Self::Gate {
                name,
                requested_by,
                paths,
            },
            About::Path { path, in_scope } => Self::Path { path, in_scope },
            About::Command { argv, configured } => Self::Command { argv, configured },
            About::Spend {
                spent_micros,
                budget_micros,
                calls,
                max_calls,
            } => Self::Spend {
                spent_micros,
                budget_micros,
                calls,
                max_calls,
            },
            About::Patchset { paths, inside } => Self::Patchset { paths, inside },
        }
    }
}
