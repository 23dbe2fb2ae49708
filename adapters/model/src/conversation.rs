//! The conversation of a request, checked and brought into order before a wire format writes it.

use serde_json::{Value, json};
use trail_port::model::{Message, Request, ToolCall, ToolResult};

use crate::fault::Fault;
use crate::order::{self, Part};

/// The longest tool name that all providers take.
const LONGEST_NAME: usize = 64;

/// One turn of a conversation, ready to be written.
#[derive(Debug, PartialEq)]
pub(crate) enum Turn<'a> {
    /// What Trail says; never blank.
    User(&'a str),
    /// What the model said, its parts in the order it said them; text parts are never blank.
    Assistant(Vec<Part<'a>>),
    /// One result for each call of the turn before, in the order of the calls.
    Results(Vec<&'a ToolResult>),
}

/// Returns the turns of `request`, with results joined to calls by id.
///
/// Providers refuse a conversation with a call that has no result or a result that has no call, and
/// say so badly; such a request is refused here.
pub(crate) fn turns(request: &Request) -> Result<Vec<Turn<'_>>, Fault> {
    let mut turns = Vec::new();
    let mut open: &[ToolCall] = &[];
    for message in &request.messages {
        let answers = matches!(message, Message::Tool { .. });
        if let Some(call) = open.first()
            && !answers
        {
            return Err(broken(&format!("tool call {} has no result", call.id)));
        }
        match message {
            Message::User { text } if text.trim().is_empty() => {}
            Message::User { text } => turns.push(Turn::User(text)),
            Message::Assistant {
                text,
                reasoning,
                calls,
            } => {
                open = calls;
                let mut parts = order::lay_out(text, reasoning, calls);
                parts.retain(|part| match part {
                    Part::Text(text) => !text.trim().is_empty(),
                    Part::Reasoning(_) | Part::Call(_) => true,
                });
                // Reasoning that led to nothing is nothing that could be sent back.
                if parts.iter().any(|part| !matches!(part, Part::Reasoning(_))) {
                    turns.push(Turn::Assistant(parts));
                }
            }
            Message::Tool { results } => {
                turns.push(Turn::Results(join(open, results)?));
                open = &[];
            }
        }
    }
    match turns.last() {
        None => Err(broken("there is nothing to ask")),
        Some(Turn::Assistant(_)) => Err(broken("the last word is the model's own")),
        Some(Turn::User(_) | Turn::Results(_)) => Ok(turns),
    }
}

/// Returns the results in the order of the calls they belong to.
fn join<'a>(calls: &[ToolCall], results: &'a [ToolResult]) -> Result<Vec<&'a ToolResult>, Fault> {
    if let Some(stray) = results
        .iter()
        .find(|result| calls.iter().all(|c| c.id != result.id))
    {
        return Err(broken(&format!(
            "a result is for call {}, which was not made",
            stray.id
        )));
    }
    if results.len() > calls.len() {
        return Err(broken("a tool call has two results"));
    }
    calls
        .iter()
        .map(|call| {
            results
                .iter()
                .find(|result| result.id == call.id)
                .ok_or_else(|| broken(&format!("tool call {} has no result", call.id)))
        })
        .collect()
}

fn broken(what: &str) -> Fault {
    Fault::permanent(format!("the conversation cannot be sent: {what}"))
}

/// Returns the arguments of a call as the JSON object that providers insist on when it is sent back;
/// text that was no object is wrapped.
pub(crate) fn sent_arguments(call: &ToolCall) -> Value {
    match &call.arguments {
        object @ Value::Object(_) => object.clone(),
        other => json!({ "_unparsed": other }),
    }
}

/// Returns the name of a call as providers take it when it is sent back: a model may have made up a
/// name that its own provider then refuses.
pub(crate) fn sent_name(call: &ToolCall) -> String {
    let name: String = call
        .name
        .chars()
        .take(LONGEST_NAME)
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
                c
            } else {
                '_'
            }
        })
        .collect();
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use trail_port::model::{Purpose, ToolSpec};
    use trail_record::Persona;

    use super::*;

    /// Returns a request with one tool.
    pub(crate) fn request(messages: Vec<Message>) -> Request {
        Request {
            purpose: Purpose {
                item: "PROJ-1".to_owned(),
                persona: Persona::Coder,
                action: "implement".to_owned(),
                round: 1,
            },
            system: "You write code.".to_owned(),
            tools: vec![ToolSpec {
                name: "read".to_owned(),
                description: "Reads a file.".to_owned(),
                parameters: json!({"type": "object", "properties": {"path": {"type": "string"}}}),
            }],
            messages,
        }
    }

    pub(crate) fn user(text: &str) -> Message {
        Message::User {
            text: text.to_owned(),
        }
    }

    pub(crate) fn call(id: &str, arguments: Value) -> ToolCall {
        ToolCall {
            id: id.to_owned(),
            name: "read".to_owned(),
            arguments,
        }
    }

    pub(crate) fn assistant(text: &str, reasoning: Vec<Value>, calls: Vec<ToolCall>) -> Message {
        Message::Assistant {
            text: text.to_owned(),
            reasoning,
            calls,
        }
    }

    pub(crate) fn results(of: &[(&str, &str, bool)]) -> Message {
        let result = |(id, content, is_error): &(&str, &str, bool)| ToolResult {
            id: (*id).to_owned(),
            content: (*content).to_owned(),
            is_error: *is_error,
        };
        Message::Tool {
            results: of.iter().map(result).collect(),
        }
    }

    fn refused(messages: Vec<Message>) -> String {
        match turns(&request(messages)) {
            Err(Fault::Permanent { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn results_are_joined_by_id_in_the_order_of_the_calls() {
        let request = request(vec![
            user("go"),
            assistant("", vec![], vec![call("a", json!({})), call("b", json!({}))]),
            results(&[("b", "second", false), ("a", "first", false)]),
        ]);
        let Some(Turn::Results(joined)) = turns(&request).unwrap().pop() else {
            panic!("results")
        };
        let contents: Vec<&str> = joined
            .iter()
            .map(|result| result.content.as_str())
            .collect();
        assert_eq!(contents, ["first", "second"]);
    }

    #[test]
    fn a_conversation_that_does_not_join_is_refused() {
        let asked = || assistant("", vec![], vec![call("a", json!({}))]);
        assert!(refused(vec![user("go"), asked()]).contains("model's own"));
        assert!(refused(vec![user("go"), asked(), user("x")]).contains("a has no result"));
        let stray = refused(vec![user("go"), asked(), results(&[("z", "", false)])]);
        assert!(stray.contains("z, which was not made"), "{stray}");
        let none = refused(vec![user("go"), asked(), results(&[])]);
        assert!(none.contains("a has no result"), "{none}");
        let two = refused(vec![
            user("go"),
            asked(),
            results(&[("a", "", false), ("a", "", false)]),
        ]);
        assert!(two.contains("two results"), "{two}");
        assert!(refused(vec![user("go"), results(&[("a", "", false)])]).contains("not made"));
        assert!(refused(vec![]).contains("nothing to ask"));
        assert!(refused(vec![user(" \n")]).contains("nothing to ask"));
    }

    #[test]
    fn an_answer_that_said_nothing_is_left_out() {
        let request = request(vec![
            user("go"),
            assistant(" ", vec![json!({"type": "thinking"})], vec![]),
            user("well?"),
        ]);
        assert_eq!(
            turns(&request).unwrap(),
            [Turn::User("go"), Turn::User("well?")]
        );
    }

    #[test]
    fn what_a_model_made_up_is_sent_back_in_a_form_that_providers_take() {
        let mut call = call("a", json!("{\"path\":"));
        assert_eq!(sent_arguments(&call), json!({"_unparsed": "{\"path\":"}));
        call.name = "read file/ü".to_owned();
        assert_eq!(sent_name(&call), "read_file__");
        call.name = String::new();
        assert_eq!(sent_name(&call), "unnamed");
    }
}
