//! GraphQL, as far as who wrote and who edited is asked: a query is parsed, its roots are found, and
//! what it selects is cut out of them. A field that is not there is an error, as it is on GitHub.
//!
//! Source: GitHub's public schema, npm `@octokit/graphql-schema` 15.26.1.

mod graph;
mod parse;
mod project;

use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::rules;
use crate::world::World;
use parse::{Field, Selection};
use project::{Problem, Projector, bare};

/// Answers the body of a GraphQL request.
pub(crate) fn answer(world: &World, caller: &Caller, body: &Value) -> Value {
    let refused = |problem: Problem| json!({"errors": [problem.shown()]});
    let Some(query) = body["query"].as_str() else {
        return refused(bare(
            "A query attribute must be specified and must be a string.",
        ));
    };
    let document = match parse::parse(query) {
        Ok(document) => document,
        Err(why) => return refused(bare(format!("Parse error: {why}"))),
    };
    if document.operation != "query" {
        return refused(bare("This stand-in answers no mutations."));
    }
    let mut variables = document.defaults.clone();
    if let Value::Object(given) = &body["variables"] {
        variables.extend(given.clone());
    }
    let mut projector = Projector::new(&document, &variables);
    let mut data = Map::new();
    for selection in &document.selections {
        let Selection::Field(field) = selection else {
            return refused(bare("This stand-in takes only fields at the root."));
        };
        let found = root(world, caller, field, &mut projector);
        let shown = found
            .and_then(|value| projector.value(&value, field, &mut vec![field.key().to_owned()]));
        match shown {
            Ok(shown) => data.insert(field.key().to_owned(), shown),
            Err(problem) => return refused(problem),
        };
    }
    let mut answer = json!({"data": data});
    let problems = projector.problems();
    if !problems.is_empty() {
        answer["errors"] = problems.iter().map(Problem::shown).collect();
    }
    answer
}

/// Finds what a field of the root names.
fn root(
    world: &World,
    caller: &Caller,
    field: &Field,
    projector: &mut Projector<'_>,
) -> Result<Value, Problem> {
    let text = |projector: &Projector<'_>, name: &str| {
        let given = projector.argument(field, name);
        given.as_str().map(str::to_owned)
    };
    let not_found = |message: String| Problem {
        kind: Some("NOT_FOUND"),
        path: vec![field.key().to_owned()],
        message,
    };
    match field.name.as_str() {
        "viewer" => Ok(caller.user.map_or(Value::Null, |id| graph::user(world, id))),
        "rateLimit" => Ok(json!({
            "__typename": "RateLimit", "limit": 5000, "cost": 1, "remaining": 4999, "used": 1,
            "resetAt": "2026-01-01T00:00:00Z", "nodeCount": 1,
        })),
        "node" => {
            let id = text(projector, "id").ok_or_else(|| missing(field, "id"))?;
            let found = graph::node(world, caller, &id);
            if found.is_null() {
                let why = format!("Could not resolve to a node with the global id of '{id}'");
                projector.report(not_found(why));
            }
            Ok(found)
        }
        "nodes" => {
            let ids = projector.argument(field, "ids");
            let ids = ids.as_array().ok_or_else(|| missing(field, "ids"))?;
            let node = |id: &Value| graph::node(world, caller, id.as_str().unwrap_or_default());
            Ok(ids.iter().map(node).collect())
        }
        "repository" => {
            let owner = text(projector, "owner").ok_or_else(|| missing(field, "owner"))?;
            let name = text(projector, "name").ok_or_else(|| missing(field, "name"))?;
            let found = world
                .repo_named(&owner, &name)
                .map(|(id, _)| world.repo(id));
            let found = found.filter(|repo| rules::see(repo, caller).is_ok());
            if found.is_none() {
                let why =
                    format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
                projector.report(not_found(why));
            }
            let asked = numbers(field, projector);
            Ok(found.map_or(Value::Null, |repo| graph::repository(world, repo, &asked)))
        }
        other => Err(bare(format!(
            "Field '{other}' doesn't exist on type 'Query'"
        ))),
    }
}

/// Returns the numbers that a repository's selections ask for: only those issues are made.
fn numbers(field: &Field, projector: &Projector<'_>) -> Vec<u64> {
    let number = |selection: &Selection| match selection {
        Selection::Field(inner) => projector.argument(inner, "number").as_u64(),
        Selection::Inline(..) | Selection::Spread(_) => None,
    };
    field.selections.iter().filter_map(number).collect()
}

fn missing(field: &Field, argument: &str) -> Problem {
    let name = &field.name;
    bare(format!(
        "Field '{name}' is missing required arguments: {argument}"
    ))
}
