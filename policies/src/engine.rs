//! Judges questions by the rules of a policy.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use cedar_policy::{
    ActionConstraint, AuthorizationError, Authorizer, Decision, Entities, Entity, EntityUid,
    PolicyId, PolicySet, Response, Schema,
};
use serde_json::{Value, json};
use trail_port::policy::{Action, Principal, Question, Subject};
use trail_record::body::{Risk, Verdict};
use trail_record::{Digest, Policy};

use crate::bundle::Bundle;
use crate::error::{Error, Fault};
use crate::question::{ACTIONS, APPROVALS, Terms, Unfit};
use crate::risk::Table;
use crate::rules::Rule;
use crate::{example, rules};

/// A loaded policy.
#[derive(Debug)]
pub struct Engine {
    digest: Digest<Policy>,
    schema: Schema,
    terms: Terms,
    rules: BTreeMap<String, Rule>,
    /// By an action's name, what is needed to judge it.
    actions: BTreeMap<&'static str, Judged>,
    authorizer: Authorizer,
    risk: Table,
}

/// What is needed to judge one action.
#[derive(Debug)]
struct Judged {
    uid: EntityUid,
    /// The rules that can speak of it: the others would be passed over each time.
    rules: PolicySet,
    /// Its own entity and those of its groups; empty unless the schema groups actions.
    groups: Vec<Entity>,
}

impl Engine {
    /// Loads the policy that is built in.
    ///
    /// # Errors
    /// Never, as the tests of this crate show; the type is that of all loading.
    pub fn default_rules() -> Result<Self, Error> {
        Self::load(&Bundle::default_rules())
    }

    /// Loads the policy of a folder.
    ///
    /// # Errors
    /// If a file cannot be read, or with all that is wrong with the files.
    pub fn from_dir(dir: &Path) -> Result<Self, Error> {
        Self::load(&Bundle::read(dir)?)
    }

    fn load(bundle: &Bundle) -> Result<Self, Error> {
        let schema = rules::schema(bundle).map_err(Error::Invalid)?;
        let terms = Terms::new();
        // First, for a schema that lacks what rules name would blame the rules.
        let faults = example::shapes(&terms, &schema);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let rules = rules::rules(bundle, &schema).map_err(Error::Invalid)?;
        let risk = Table::read(bundle).map_err(|fault| Error::Invalid(vec![fault]))?;
        let names = ACTIONS
            .iter()
            .map(|action| action.as_str())
            .chain([APPROVALS]);
        let actions = names
            .map(|name| Ok((name, Judged::new(terms.action(name), &schema, &rules)?)))
            .collect::<Result<_, Fault>>()
            .map_err(|fault| Error::Invalid(vec![fault]))?;
        let digest = bundle.digest();
        let authorizer = Authorizer::new();
        let engine = Self {
            digest,
            schema,
            terms,
            rules,
            actions,
            authorizer,
            risk,
        };
        let faults = example::check(&engine, bundle);
        if faults.is_empty() {
            Ok(engine)
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// Returns the ids of all rules, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }

    /// Asks Cedar.
    fn ask(&self, question: &Question, action: &str) -> Result<Response, Unfit> {
        let judged = &self.actions[action];
        let asked = self.terms.ask(question, judged.uid.clone(), &self.schema)?;
        let entities = asked
            .entities
            .into_iter()
            .chain(judged.groups.iter().cloned());
        let entities =
            Entities::from_entities(entities, None).map_err(|error| Unfit::new(&error))?;
        Ok(self
            .authorizer
            .is_authorized(&asked.request, &judged.rules, &entities))
    }

    /// Returns the reasons of rules, as one text.
    fn reasons(&self, ids: &[String]) -> String {
        let reason = |id: &String| self.rules.get(id).map(|rule| rule.reason.as_str());
        ids.iter().filter_map(reason).collect::<Vec<_>>().join("; ")
    }
}

impl Judged {
    /// Picks the rules that can speak of an action, by the action their head names.
    fn new(uid: EntityUid, schema: &Schema, rules: &BTreeMap<String, Rule>) -> Result<Self, Fault> {
        let unusable = |what: String| {
            Fault::of_file(
                crate::bundle::SCHEMA,
                what,
                "take the default schema's actions",
            )
        };
        let all = schema
            .action_entities()
            .map_err(|error| unusable(error.to_string()))?;
        let own = all
            .get(&uid)
            .ok_or_else(|| unusable(format!("{uid} is missing")))?;
        let above: HashSet<EntityUid> =
            all.ancestors(&uid).into_iter().flatten().cloned().collect();
        let speaks = |rule: &&Rule| match rule.policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(action) => action == uid,
            ActionConstraint::In(actions) => actions
                .iter()
                .any(|action| *action == uid || above.contains(action)),
        };
        let picked = rules
            .values()
            .filter(speaks)
            .map(|rule| rule.policy.clone());
        let rules =
            PolicySet::from_policies(picked).map_err(|error| unusable(error.to_string()))?;
        let mut groups = Vec::new();
        if !above.is_empty() {
            groups.push(own.clone());
            groups.extend(above.iter().filter_map(|group| all.get(group)).cloned());
        }
        Ok(Self { uid, rules, groups })
    }
}

impl trail_port::Policy for Engine {
    fn digest(&self) -> Digest<Policy> {
        self.digest
    }

    fn judge(&self, question: &Question) -> Verdict {
        let denied = |rules, reason| Verdict {
            allowed: false,
            rules,
            reason,
        };
        let response = match self.ask(question, question.action.as_str()) {
            Ok(response) => response,
            Err(unfit) => return denied(Vec::new(), format!("denied: {unfit}")),
        };
        let errors: Vec<String> = response
            .diagnostics()
            .errors()
            .map(ToString::to_string)
            .collect();
        if !errors.is_empty() {
            // A forbid that cannot be evaluated would otherwise be passed over in silence.
            let reason = format!(
                "denied: a rule could not be evaluated and must be mended first: {}",
                errors.join("; ")
            );
            let rules = response.diagnostics().errors().map(|error| match error {
                AuthorizationError::PolicyEvaluationError(error) => id(error.policy_id()),
            });
            return denied(sorted(rules), reason);
        }
        let rules = sorted(response.diagnostics().reason().map(id));
        match response.decision() {
            Decision::Allow => Verdict {
                allowed: true,
                reason: self.reasons(&rules),
                rules,
            },
            Decision::Deny if rules.is_empty() => denied(rules, unpermitted(question)),
            Decision::Deny => {
                let reason = self.reasons(&rules);
                denied(rules, reason)
            }
        }
    }

    fn approvals(&self, question: &Question) -> u32 {
        let wanted = |ids: &mut dyn Iterator<Item = String>| {
            let wanted = ids.filter_map(|id| self.rules.get(&id)?.approvals);
            wanted.max().unwrap_or(1)
        };
        match self.ask(question, APPROVALS) {
            Ok(response) if response.diagnostics().errors().next().is_none() => {
                wanted(&mut response.diagnostics().reason().map(id))
            }
            // Where it cannot be told, the most that any rule asks for.
            Ok(_) | Err(_) => wanted(&mut self.rules.keys().cloned()),
        }
    }

    fn risk_of(&self, paths: &[String]) -> Risk {
        self.risk.of_paths(paths)
    }

    fn describe(&self) -> Value {
        let rule = |(id, rule): (&String, &Rule)| {
            json!({
                "id": id,
                "effect": rule.effect(),
                "reason": rule.reason,
                "approvals": rule.approvals,
                "file": rule.file,
                "line": rule.line,
            })
        };
        json!({
            "digest": self.digest.to_string(),
            "default": "denied unless a rule permits",
            "rules": self.rules.iter().map(rule).collect::<Vec<_>>(),
        })
    }
}

/// Returns a rule's id.
fn id(policy: &PolicyId) -> String {
    AsRef::<str>::as_ref(policy).to_owned()
}

/// Sorts ids; each once.
fn sorted(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Says that no rule permits what was asked.
fn unpermitted(question: &Question) -> String {
    let who = match &question.principal {
        Principal::Persona(persona) => format!("the {persona}"),
        Principal::Human { id, approver: true } => format!("the approver {id}"),
        Principal::Human {
            id,
            approver: false,
        } => format!("{id}, who is no approver,"),
    };
    let what = match (&question.subject, question.action) {
        (Subject::Gate { name, .. }, Action::Proceed) => format!("past the gate {name}"),
        (Subject::Gate { name, .. }, _) => format!("at the gate {name}"),
        (Subject::Path { path, .. }, _) => format!("`{path}`"),
        (Subject::Command { argv, .. }, _) => format!("`{}`", argv.join(" ")),
        (Subject::Item | Subject::Spend { .. } | Subject::Patchset { .. }, _) => {
            format!("for {}", question.item)
        }
    };
    format!(
        "no rule permits {who} to {} {what}",
        question.action.as_str()
    )
}

#[cfg(test)]
mod tests;
