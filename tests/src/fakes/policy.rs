//! A policy in ten lines of Rust: what the default rules say, as far as simulated worlds need it.

use serde_json::Value;
use trail_port::Policy;
use trail_port::policy::{Action, Principal, Question, Subject};
use trail_record::body::{Risk, Verdict};
use trail_record::{Digest, Persona};

/// A policy without a rule engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainPolicy {
    /// How many must approve at each gate, if not one.
    pub approvals: u32,
    /// Whether gates of low risk are delegated to the reviewer.
    pub delegates: bool,
}

impl Policy for PlainPolicy {
    fn digest(&self) -> Digest<trail_record::Policy> {
        Digest::of(format!("{self:?}").as_bytes())
    }

    fn judge(&self, question: &Question) -> Verdict {
        let human = matches!(question.principal, Principal::Human { approver: true, .. });
        let persona = match question.principal {
            Principal::Persona(persona) => Some(persona),
            Principal::Human { .. } => None,
        };
        let allowed = match (&question.subject, question.action) {
            (Subject::Path { in_scope, path }, Action::Read | Action::Write) => {
                persona.is_some() && *in_scope && !path.contains("secret")
            }
            (Subject::Command { configured, .. }, _) => *configured,
            (
                Subject::Spend {
                    spent_micros,
                    budget_micros,
                    calls,
                    max_calls,
                },
                _,
            ) => budget_micros.is_none_or(|budget| *spent_micros < budget) && calls < max_calls,
            (Subject::Patchset { inside, .. }, _) => *inside,
            (_, Action::Delegate) => {
                self.delegates && persona == Some(Persona::Reviewer) && question.risk == Risk::Low
            }
            (_, Action::Proceed) => question.risk != Risk::High,
            (_, Action::Deliver) => persona == Some(Persona::Reviewer),
            (_, _) => human,
        };
        Verdict {
            allowed,
            rules: vec![format!("plain-{}", question.action.as_str())],
            reason: "the plain policy says so".to_owned(),
        }
    }

    fn approvals(&self, _: &Question) -> u32 {
        self.approvals.max(1)
    }

    fn risk_of(&self, paths: &[String]) -> Risk {
        if paths.iter().any(|path| path.starts_with("auth/")) {
            Risk::High
        } else {
            Risk::Low
        }
    }

    fn describe(&self) -> Value {
        Value::Null
    }
}
