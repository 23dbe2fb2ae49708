//! Puts a question into Cedar's terms: the one place that knows both the port and the schema.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    ActionConstraint, Context, Entity, EntityId, EntityTypeName, EntityUid, Policy, Request,
    RestrictedExpression, Schema,
};
use trail_port::policy::{Action, Principal, Question, Subject};

/// The action that only asks how many humans must approve.
pub(crate) const APPROVALS: &str = "approvals";

/// All actions of the port.
pub(crate) const ACTIONS: [Action; 19] = [
    Action::File,
    Action::Start,
    Action::Approve,
    Action::Reject,
    Action::Amend,
    Action::Hold,
    Action::Resume,
    Action::Retry,
    Action::Cancel,
    Action::Dispose,
    Action::Revert,
    Action::Read,
    Action::Write,
    Action::Run,
    Action::Think,
    Action::Contract,
    Action::Deliver,
    Action::Delegate,
    Action::Proceed,
];

/// A question as Cedar sees it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    /// The entities that the question itself brings: principal and resource.
    pub(crate) entities: Vec<Entity>,
}

/// Why a question could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the question does not fit the schema: {0}")]
pub(crate) struct Unfit(String);

impl Unfit {
    /// Says why a question could not be asked.
    pub(crate) fn new(error: &dyn std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// The types of the schema, parsed once.
#[derive(Debug)]
pub(crate) struct Terms {
    persona: EntityTypeName,
    human: EntityTypeName,
    risk: EntityTypeName,
    action: EntityTypeName,
    item: EntityTypeName,
    gate: EntityTypeName,
    path: EntityTypeName,
    command: EntityTypeName,
    spend: EntityTypeName,
    patchset: EntityTypeName,
}

impl Terms {
    /// Names the types.
    pub(crate) fn new() -> Self {
        let named = |name: &str| name.parse().expect("the name of a type");
        Self {
            persona: named("Persona"),
            human: named("Human"),
            risk: named("Risk"),
            action: named("Action"),
            item: named("Item"),
            gate: named("Gate"),
            path: named("Path"),
            command: named("Command"),
            spend: named("Spend"),
            patchset: named("Patchset"),
        }
    }

    /// Returns an action's entity.
    pub(crate) fn action(&self, action: &str) -> EntityUid {
        uid(&self.action, action)
    }

    /// Puts a question into Cedar's terms, under an action's name.
    pub(crate) fn ask(
        &self,
        question: &Question,
        action: EntityUid,
        schema: &Schema,
    ) -> Result<Asked, Unfit> {
        let mut entities = Vec::with_capacity(2);
        let principal = match &question.principal {
            Principal::Persona(persona) => uid(&self.persona, persona.as_str()),
            Principal::Human { id, approver } => {
                let human = uid(&self.human, id.as_str());
                let attributes = HashMap::from([("approver".to_owned(), yes(*approver))]);
                let entity = Entity::new(human.clone(), attributes, HashSet::new());
                entities.push(entity.map_err(|error| Unfit::new(&error))?);
                human
            }
        };
        let item = uid(&self.item, &question.item);
        let resource = match self.resource(question) {
            None => item,
            Some((resource, attributes)) => {
                let entity = Entity::new(resource.clone(), attributes, HashSet::from([item]));
                entities.push(entity.map_err(|error| Unfit::new(&error))?);
                resource
            }
        };
        let context = Context::from_pairs([
            ("labels".to_owned(), set(&question.labels)),
            (
                "risk".to_owned(),
                RestrictedExpression::new_entity_uid(uid(&self.risk, question.risk.as_str())),
            ),
        ]);
        let context = context.map_err(|error| Unfit::new(&error))?;
        let request = Request::new(principal, action, resource, context, Some(schema));
        Ok(Asked {
            request: request.map_err(|error| Unfit::new(&error))?,
            entities,
        })
    }

    /// Returns what a question is about, with its attributes; none if it is the item.
    fn resource(
        &self,
        question: &Question,
    ) -> Option<(EntityUid, HashMap<String, RestrictedExpression>)> {
        let (kind, id, attributes) = match &question.subject {
            Subject::Item => return None,
            Subject::Gate {
                name,
                requested_by,
                paths,
            } => {
                let asked = uid(&self.persona, requested_by.as_str());
                let label = |label: &String| {
                    label
                        .strip_prefix("gate:")
                        .is_some_and(|wanted| wanted.trim() == name)
                };
                let attributes = vec![
                    ("name", text(name)),
                    ("requested_by", RestrictedExpression::new_entity_uid(asked)),
                    ("paths", set(paths)),
                    ("segments", segments(paths)),
                    ("labelled", yes(question.labels.iter().any(label))),
                ];
                (&self.gate, name.clone(), attributes)
            }
            Subject::Path { path, in_scope } => {
                let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
                let attributes = vec![
                    ("path", text(path)),
                    ("name", text(&name)),
                    ("segments", segments(std::slice::from_ref(path))),
                    ("in_scope", yes(*in_scope)),
                ];
                (&self.path, path.clone(), attributes)
            }
            Subject::Command { argv, configured } => {
                let line = argv.join(" ");
                let attributes = vec![
                    ("program", text(argv.first().map_or("", String::as_str))),
                    ("line", text(&line)),
                    ("configured", yes(*configured)),
                ];
                (&self.command, line, attributes)
            }
            Subject::Spend {
                spent_micros,
                budget_micros,
                calls,
                max_calls,
            } => {
                let mut attributes = vec![
                    ("spent", number(*spent_micros)),
                    ("calls", number(u64::from(*calls))),
                    ("max_calls", number(u64::from(*max_calls))),
                ];
                attributes.extend(budget_micros.map(|budget| ("budget", number(budget))));
                (&self.spend, "spend".to_owned(), attributes)
            }
            Subject::Patchset { paths, inside } => {
                let attributes = vec![
                    ("paths", set(paths)),
                    ("segments", segments(paths)),
                    ("inside", yes(*inside)),
                ];
                (&self.patchset, "patchset".to_owned(), attributes)
            }
        };
        let attributes = attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Some((uid(kind, &id), attributes.collect()))
    }
}

/// Returns the name of the only action a rule speaks of.
pub(crate) fn only_action(policy: &Policy) -> Option<String> {
    match policy.action_constraint() {
        ActionConstraint::Eq(action) => Some(action.id().unescaped().to_owned()),
        ActionConstraint::In(actions) => match actions.as_slice() {
            [action] => Some(action.id().unescaped().to_owned()),
            _ => None,
        },
        ActionConstraint::Any => None,
    }
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn yes(value: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(value)
}

/// Returns a number; what Cedar cannot hold becomes the greatest it can, which is past any limit.
fn number(value: u64) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::try_from(value).unwrap_or(i64::MAX))
}

fn set(values: &[String]) -> RestrictedExpression {
    RestrictedExpression::new_set(values.iter().map(|value| text(value)))
}

/// Returns all parts of some paths in lower case: systems that ignore case would open them too.
fn segments(paths: &[String]) -> RestrictedExpression {
    let parts: HashSet<String> = paths
        .iter()
        .flat_map(|path| path.split(['/', '\\']))
        .map(str::to_lowercase)
        .collect();
    RestrictedExpression::new_set(parts.iter().map(|part| text(part)))
}
