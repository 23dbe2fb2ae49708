//! What calls are read as, and what a model is told of those that cannot be read.

use serde_json::{Value, json};
use trail_agents::{Action, Tool, ToolError, tool};
use trail_port::model::ToolCall;
use trail_record::CriterionId;
use trail_record::body::Conclusion;

fn parse(action: Action, name: &str, arguments: Value) -> Result<Tool, ToolError> {
    let call = ToolCall {
        id: "c1".to_owned(),
        name: name.to_owned(),
        arguments,
    };
    Tool::parse(
        action,
        &[CriterionId::new("AC-1"), CriterionId::new("AC-3")],
        &call,
    )
}

#[test]
fn well_formed_calls_are_read_as_tools() {
    let command = |words: &[&str]| Tool::Run {
        command: words.iter().map(|w| (*w).to_owned()).collect(),
    };
    let path = || "src/lib.rs".to_owned();
    let table = [
        (
            "list",
            json!({}),
            Tool::List {
                path: String::new(),
            },
        ),
        (
            "list",
            json!(null),
            Tool::List {
                path: String::new(),
            },
        ),
        (
            "list",
            json!({"path": "."}),
            Tool::List {
                path: String::new(),
            },
        ),
        (
            "list",
            json!({"path": "./src/"}),
            Tool::List {
                path: "src".to_owned(),
            },
        ),
        (
            "list",
            json!({"path": "/"}),
            Tool::List {
                path: "/".to_owned(),
            },
        ),
        (
            "read",
            json!({"path": "src/lib.rs"}),
            Tool::Read {
                path: path(),
                from_line: None,
                lines: None,
            },
        ),
        (
            "read",
            json!({"path": "src/lib.rs", "from_line": 3, "lines": 20.0}),
            Tool::Read {
                path: path(),
                from_line: Some(3),
                lines: Some(20),
            },
        ),
        (
            "read",
            json!({"path": "../../etc/passwd", "lines": null}),
            Tool::Read {
                path: "../../etc/passwd".to_owned(),
                from_line: None,
                lines: None,
            },
        ),
        (
            "search",
            json!({"pattern": "fn "}),
            Tool::Search {
                pattern: "fn ".to_owned(),
                path: None,
            },
        ),
        (
            "search",
            json!({"pattern": "x", "path": "src"}),
            Tool::Search {
                pattern: "x".to_owned(),
                path: Some("src".to_owned()),
            },
        ),
        (
            "write",
            json!({"path": "src/lib.rs", "content": ""}),
            Tool::Write {
                path: path(),
                content: String::new(),
            },
        ),
        (
            "patch",
            json!({"path": "src/lib.rs", "old": "a", "new": ""}),
            Tool::Patch {
                path: path(),
                old: "a".to_owned(),
                new: String::new(),
            },
        ),
        (
            "delete",
            json!({"path": "src/lib.rs"}),
            Tool::Delete { path: path() },
        ),
        (
            "run",
            json!({"command": ["cargo", "test"]}),
            command(&["cargo", "test"]),
        ),
        (
            "run",
            json!({"command": "cargo test 'a b'"}),
            command(&["cargo", "test", "a b"]),
        ),
        (
            "record_decision",
            json!({"name": "library_choice", "statement": "s", "rationale": "r", "choice": "x",
                "alternatives": ["y"], "criteria": ["AC-3"]}),
            Tool::RecordDecision(Conclusion {
                name: "library_choice".to_owned(),
                statement: "s".to_owned(),
                choice: Some("x".to_owned()),
                alternatives: vec!["y".to_owned()],
                rationale: "r".to_owned(),
                criteria: vec!["AC-3".to_owned()],
            }),
        ),
        ("read_work_item", json!({}), Tool::ReadWorkItem),
        (
            "deliver",
            json!({"summary": "done"}),
            Tool::Deliver {
                summary: "done".to_owned(),
            },
        ),
        (
            "give_up",
            json!({"reason": "no"}),
            Tool::GiveUp {
                reason: "no".to_owned(),
            },
        ),
    ];
    for (name, arguments, expected) in table {
        let read = parse(Action::Implement, name, arguments.clone());
        assert_eq!(read.as_ref().map(Tool::name), Ok(name), "{arguments}");
        assert_eq!(read, Ok(expected), "{name} {arguments}");
    }
}

#[test]
fn what_cannot_be_read_tells_the_model_what_to_write() {
    let table = [
        (Action::Implement, "raed", json!({})),
        (Action::Implement, "read_file", json!({})),
        (Action::Plan, "run", json!({"command": ["ls"]})),
        (
            Action::Deliver,
            "write",
            json!({"path": "a", "content": "b"}),
        ),
        (Action::Plan, "ba`na\nna\u{202E}", json!({})),
        (Action::Plan, "read", json!("{\"path\": \"src/li")),
        (Action::Plan, "read", json!(["src/lib.rs"])),
        (Action::Plan, "read", json!({})),
        (Action::Plan, "read", json!({"path": 7})),
        (Action::Plan, "read", json!({"path": "  "})),
        (Action::Plan, "read", json!({"path": "./"})),
        (Action::Plan, "read", json!({"path": "a", "form_line": 2})),
        (Action::Plan, "read", json!({"path": "a", "from_line": 0})),
        (Action::Plan, "read", json!({"path": "a", "lines": -1})),
        (Action::Plan, "read", json!({"path": "a", "lines": 1.5})),
        (Action::Plan, "read", json!({"path": "a", "lines": "ten"})),
        (Action::Plan, "search", json!({"pattern": ""})),
        (
            Action::Fix,
            "patch",
            json!({"path": "a", "old": "", "new": "b"}),
        ),
        (
            Action::Fix,
            "patch",
            json!({"path": "a", "old": "b", "new": "b"}),
        ),
        (Action::Fix, "run", json!({})),
        (Action::Fix, "run", json!({"command": []})),
        (Action::Fix, "run", json!({"command": ["", "x"]})),
        (Action::Fix, "run", json!({"command": ["a", 1]})),
        (Action::Fix, "run", json!({"command": ["a\u{0}"]})),
        (Action::Fix, "run", json!({"command": {"argv": []}})),
        (Action::Fix, "run", json!({"command": "cat x | sh"})),
        (Action::Plan, "read_work_item", json!({"id": 3})),
        (
            Action::Plan,
            "record_decision",
            json!({"name": "Library Choice", "statement": "s", "rationale": "r"}),
        ),
        (
            Action::Plan,
            "record_decision",
            json!({"name": "a", "statement": "s"}),
        ),
        (
            Action::Plan,
            "record_decision",
            json!({"name": "a", "statement": "s", "rationale": "r", "alternatives": "b"}),
        ),
        (
            Action::Plan,
            "record_decision",
            json!({"name": "a", "statement": "s", "rationale": "r", "criteria": ["AC-9"]}),
        ),
        (Action::Plan, "deliver", json!({"summary": " "})),
    ];
    let told: Vec<String> = table
        .iter()
        .map(|(action, name, arguments)| {
            let error = parse(*action, name, arguments.clone()).expect_err(name);
            // The order of a map's keys depends on what other crates ask of serde_json.
            let arguments = trail_record::canonical::to_bytes(arguments).unwrap();
            let arguments = String::from_utf8(arguments).unwrap();
            format!("{action}: {name:?} {arguments}\n    {error}")
        })
        .collect();
    insta::assert_snapshot!("unreadable_calls", told.join("\n"));
}

#[test]
fn each_action_has_only_its_tools() {
    let writes = ["write", "patch", "delete"];
    for action in Action::ALL {
        let names = tool::names(action);
        let can_write = matches!(action, Action::Implement | Action::Fix | Action::WriteTests);
        let can_run = matches!(action, Action::Implement | Action::Fix | Action::RunTests);
        assert_eq!(
            writes.map(|name| names.contains(&name)),
            [can_write; 3],
            "{action}"
        );
        assert_eq!(names.contains(&"run"), can_run, "{action}");
        for always in [
            "list",
            "read",
            "search",
            "read_work_item",
            "deliver",
            "give_up",
        ] {
            assert!(names.contains(&always), "{action} {always}");
        }
    }
}

#[test]
fn schemas_say_what_the_parser_accepts() {
    for action in Action::ALL {
        for spec in tool::specs(action) {
            let schema = &spec.parameters;
            assert_eq!(
                (&schema["type"], &schema["additionalProperties"]),
                (&json!("object"), &json!(false))
            );
            let required = schema["required"].as_array().unwrap();
            for field in required {
                // A call without a required field is refused, and the refusal names the field.
                let mut arguments = serde_json::Map::new();
                for other in required.iter().filter(|other| *other != field) {
                    let other = other.as_str().unwrap();
                    let of_list = schema["properties"][other]["type"] == "array";
                    arguments.insert(
                        other.to_owned(),
                        if of_list { json!(["a"]) } else { json!("a") },
                    );
                }
                let field = field.as_str().unwrap();
                let error = parse(action, &spec.name, Value::Object(arguments)).unwrap_err();
                assert!(
                    matches!(&error, ToolError::Missing { field: missing, .. } if *missing == field),
                    "{}: {error}",
                    spec.name
                );
            }
            // Every property of the schema is known to the parser.
            for (field, property) in schema["properties"].as_object().unwrap() {
                let error =
                    parse(action, &spec.name, json!({ field: {"wrong": "type"} })).unwrap_err();
                let unknown = matches!(error, ToolError::UnknownField { .. });
                assert!(
                    !unknown && property["description"].is_string(),
                    "{} {field}",
                    spec.name
                );
            }
        }
    }
}
