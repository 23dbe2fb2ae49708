//! A sample spec, briefing and answers.

use serde_json::{Value, json};
use trail_agents::{Action, Briefing};
use trail_port::model::{Answer, ToolCall, ToolResult};
use trail_record::body::{Authority, Criterion, Risk, Scope, Spec, Usage};
use trail_record::{CriterionId, Digest};

/// Returns the spec of an item with these criteria.
pub(crate) fn spec(title: &str, body: &str, criteria: &[(&str, bool, &str)]) -> Spec {
    Spec {
        item: "17".into(),
        key: "VSME-142".into(),
        title: title.to_owned(),
        body: body.to_owned(),
        text: Digest::of(body.as_bytes()),
        criteria: criteria
            .iter()
            .map(|(id, keeps, text)| Criterion {
                id: CriterionId::new(*id),
                revision: 1,
                text: (*text).to_owned(),
                keeps: *keeps,
            })
            .collect(),
        scope: Scope {
            read: Vec::new(),
            write: vec!["src/**".to_owned(), "tests/**".to_owned()],
        },
        risk: Risk::Medium,
        depends_on: Vec::new(),
        references: vec!["docs/spec.md".to_owned()],
        author: "klara".into(),
        authority: Authority::Author {
            user: "klara".into(),
        },
        revision: 1,
    }
}

/// Returns a briefing that holds only a small task.
pub(crate) fn briefing(action: Action) -> Briefing {
    let criteria = [
        ("AC-1", false, "`greet` returns `Hello, <name>!`"),
        ("AC-2", true, "`part` is unchanged"),
    ];
    Briefing::new(
        action,
        1,
        spec("Greet by name", "Please greet people by name.\n", &criteria),
    )
}

/// Returns an answer that says `text` and calls tools; the ids are `c1`, `c2` ...
pub(crate) fn answer(text: &str, calls: &[(&str, Value)]) -> Answer {
    Answer {
        text: text.to_owned(),
        reasoning: Vec::new(),
        calls: calls
            .iter()
            .enumerate()
            .map(|(index, (name, arguments))| ToolCall {
                id: format!("c{}", index + 1),
                name: (*name).to_owned(),
                arguments: arguments.clone(),
            })
            .collect(),
        stop: None,
        model_served: None,
        message_id: None,
        request_id: None,
        usage: Usage::default(),
        raw_usage: json!(null),
        attempts: Vec::new(),
    }
}

/// Returns a good result.
pub(crate) fn result(id: &str, content: &str) -> ToolResult {
    ToolResult {
        id: id.to_owned(),
        content: content.to_owned(),
        is_error: false,
    }
}
