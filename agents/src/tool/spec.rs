//! The tools as a model is told of them, and which action has which.

use serde_json::{Map, Value, json};
use trail_port::model::ToolSpec;

use crate::action::Action;

const PLANNER: &[&str] = &[
    "list",
    "read",
    "search",
    "record_decision",
    "read_work_item",
    "deliver",
    "give_up",
];
const CODER: &[&str] = &[
    "list",
    "read",
    "search",
    "write",
    "patch",
    "delete",
    "run",
    "record_decision",
    "read_work_item",
    "deliver",
    "give_up",
];
const TEST_WRITER: &[&str] = &[
    "list",
    "read",
    "search",
    "write",
    "patch",
    "delete",
    "record_decision",
    "read_work_item",
    "deliver",
    "give_up",
];
const TEST_RUNNER: &[&str] = &[
    "list",
    "read",
    "search",
    "run",
    "record_decision",
    "read_work_item",
    "deliver",
    "give_up",
];
// The reviewer's verdict is its delivery or its refusal; it records nothing else.
const REVIEWER: &[&str] = &[
    "list",
    "read",
    "search",
    "read_work_item",
    "deliver",
    "give_up",
];

/// Returns the names of the tools that an action has.
#[must_use]
pub const fn names(action: Action) -> &'static [&'static str] {
    match action {
        Action::Plan => PLANNER,
        Action::Implement | Action::Fix => CODER,
        Action::WriteTests => TEST_WRITER,
        Action::RunTests => TEST_RUNNER,
        Action::Deliver => REVIEWER,
    }
}

/// Returns the tools that an action has, as the model is told of them.
#[must_use]
pub fn specs(action: Action) -> Vec<ToolSpec> {
    names(action)
        .iter()
        .map(|name| spec(name, action))
        .collect()
}

fn spec(name: &'static str, action: Action) -> ToolSpec {
    let path = || {
        (
            "path",
            text("Path from the repository's root, such as `src/lib.rs`."),
        )
    };
    let (description, required, optional) = match name {
        "list" => (
            "Lists a folder of the repository, one level deep.",
            vec![],
            vec![(
                "path",
                text("Folder from the repository's root; leave it out for the root."),
            )],
        ),
        "read" => (
            "Reads a file of the repository, with your staged changes applied.",
            vec![path()],
            vec![
                ("from_line", count("The first line wanted, from 1.")),
                ("lines", count("How many lines are wanted.")),
            ],
        ),
        "search" => (
            "Finds the lines that match a regular expression.",
            vec![(
                "pattern",
                text("The expression; plain text matches itself."),
            )],
            vec![(
                "path",
                text("Folder or file to search; leave it out for everything."),
            )],
        ),
        "write" => (
            "Stages a file's whole new text. Use `patch` for small changes to an existing file.",
            vec![path(), ("content", text("The whole text of the file."))],
            vec![],
        ),
        "patch" => (
            "Stages the replacement of one text in a file. `old` must occur in it exactly once.",
            vec![
                path(),
                (
                    "old",
                    text("The text to replace, exactly as it is, with enough around it."),
                ),
                (
                    "new",
                    text("What stands there afterwards; empty to remove it."),
                ),
            ],
            vec![],
        ),
        "delete" => ("Stages the deletion of a file.", vec![path()], vec![]),
        "run" => (
            "Runs one program in a sandbox without network and without a shell, and returns its \
             output.",
            vec![(
                "command",
                json!({
                    "type": "array",
                    "items": { "type": "string" },
                    "description": "Program and arguments: [\"cargo\", \"test\"].",
                }),
            )],
            vec![],
        ),
        "record_decision" => (
            "Records a conclusion that later work rests on: a summary, an analysis, a choice, a \
             mapping, a diagnosis. Record it before you act on it; people will ask why.",
            vec![
                (
                    "name",
                    text("A short name, unique in this run: `library_choice`."),
                ),
                (
                    "statement",
                    text("What is concluded, complete enough to work from."),
                ),
                ("rationale", text("Why, naming what you read.")),
            ],
            vec![
                ("choice", text("What was chosen, if a choice was made.")),
                ("alternatives", list("What else was considered.")),
                (
                    "criteria",
                    list("The acceptance criteria it bears on: [\"AC-3\"]."),
                ),
            ],
        ),
        "read_work_item" => (
            "Reads the sealed work item with its acceptance criteria again.",
            vec![],
            vec![],
        ),
        "deliver" => (
            deliver(action),
            vec![("summary", text(summary(action)))],
            vec![],
        ),
        "give_up" => (
            give_up(action),
            vec![(
                "reason",
                text("Why, and what a person would have to change."),
            )],
            vec![],
        ),
        unknown => unreachable!("every tool has a description, but {unknown} has none"),
    };
    ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: object(required, optional),
    }
}

const fn deliver(action: Action) -> &'static str {
    match action {
        Action::Plan => "Ends the planning: hands the plan to the coder.",
        Action::Implement | Action::Fix => {
            "Ends your work: hands over the staged changes as one patchset."
        }
        Action::WriteTests => "Ends your work: hands over the staged tests as one patchset.",
        Action::RunTests => "Ends the test run: hands over what came of it.",
        Action::Deliver => "Confirms: exactly what was approved is delivered.",
    }
}

const fn summary(action: Action) -> &'static str {
    match action {
        Action::Plan => "The plan: what to change where, in which order, and what to leave alone.",
        Action::Implement | Action::Fix => "What was changed and why it is complete.",
        Action::WriteTests => "Which tests prove which criterion.",
        Action::RunTests => "What passed, what failed, and what the failures have in common.",
        Action::Deliver => "What you checked and why it holds.",
    }
}

const fn give_up(action: Action) -> &'static str {
    match action {
        Action::Deliver => "Refuses: nothing is delivered and the approval is void.",
        Action::Plan | Action::Implement | Action::WriteTests | Action::RunTests | Action::Fix => {
            "Ends the action without a result, when it cannot be done as the item asks."
        }
    }
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn count(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 1, "description": description })
}

fn list(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": description })
}

fn object(required: Vec<(&str, Value)>, optional: Vec<(&str, Value)>) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let all = required.iter().chain(&optional);
    let properties: Map<_, _> = all
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": false,
    })
}
