//! Understands requests, as strictly as the real providers do.

use std::collections::HashSet;

use serde_json::Value;

use super::speak::seal;

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
}

/// What a request says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// Whether a stream is asked for.
    pub(super) stream: bool,
    /// How many answers the conversation holds.
    pub(super) answers: usize,
    /// The text of the newest message.
    pub(super) newest: String,
}

/// The calls of a conversation and their results, checked on the way.
#[derive(Default)]
struct Calls {
    all: HashSet<String>,
    open: Vec<String>,
}

type Heed<T> = Result<T, String>;

/// Understands a request body.
pub(super) fn hear(format: Format, body: &Value) -> Heed<Heard> {
    need(body["model"].is_string(), "model must be a string")?;
    let stream = body.get("stream").is_some_and(|stream| *stream == true);
    let (answers, newest) = match format {
        Format::Anthropic => anthropic(body)?,
        Format::OpenaiChat => chat(body, stream)?,
        Format::OpenaiResponses => responses(body)?,
    };
    Ok(Heard {
        stream,
        answers,
        newest,
    })
}

fn anthropic(body: &Value) -> Heed<(usize, String)> {
    need(
        body["max_tokens"].as_u64().is_some_and(|most| most > 0),
        "max_tokens is missing",
    )?;
    let (mut calls, mut answers, mut newest) = (Calls::default(), 0, String::new());
    for (n, message) in list(&body["messages"], "messages")?.iter().enumerate() {
        let user = message["role"] == "user";
        need(
            user || message["role"] == "assistant",
            "role must be user or assistant",
        )?;
        need(
            user == (n % 2 == 0),
            "roles must take turns and begin with user",
        )?;
        let blocks = list(&message["content"], "content")?;
        need(!blocks.is_empty(), "content must not be empty")?;
        answers += usize::from(!user);
        newest.clear();
        let mut text_came = false;
        for block in blocks {
            match (block["type"].as_str(), user) {
                (Some("text"), _) => {
                    text_came = true;
                    hear_text(block, &mut newest)?;
                }
                (Some("tool_result"), true) => {
                    need(!text_came, "tool results must come before text")?;
                    calls.result(&block["tool_use_id"])?;
                    push(
                        &mut newest,
                        string(&block["content"], "tool_result content")?,
                    );
                }
                (Some("tool_use"), false) => {
                    need(
                        block["input"].is_object(),
                        "tool_use input must be an object",
                    )?;
                    calls.call(&block["id"], &block["name"])?;
                }
                (Some("thinking"), false) => {
                    let thinking = string(&block["thinking"], "thinking")?;
                    let sealed = block["signature"] == seal(thinking);
                    need(sealed, "thinking blocks must be sent back unchanged")?;
                }
                (kind, _) => return Err(format!("content block {kind:?} is not known here")),
            }
        }
        if user {
            calls.closed()?;
        } else {
            need(
                blocks.last().is_some_and(|b| b["type"] != "thinking"),
                "thinking stands last",
            )?;
        }
    }
    need(
        body["messages"]
            .as_array()
            .is_some_and(|m| m.len() % 2 == 1),
        "user must have the last word",
    )?;
    Ok((answers, newest))
}

fn chat(body: &Value, stream: bool) -> Heed<(usize, String)> {
    let told = body["stream_options"]["include_usage"] == true;
    need(!stream || told, "stream_options.include_usage is missing")?;
    let (mut calls, mut answers, mut newest) = (Calls::default(), 0, String::new());
    let mut last = "";
    for message in list(&body["messages"], "messages")? {
        let role = string(&message["role"], "role")?;
        match role {
            "system" | "user" => {
                calls.closed()?;
                newest = string(&message["content"], "content")?.to_owned();
            }
            "assistant" => {
                calls.closed()?;
                answers += 1;
                let asked = message.get("tool_calls");
                need(
                    asked.is_some() || message["content"].is_string(),
                    "assistant says nothing",
                )?;
                for call in asked.and_then(Value::as_array).into_iter().flatten() {
                    need(
                        call["type"] == "function",
                        "tool call must have type function",
                    )?;
                    calls.call(&call["id"], &call["function"]["name"])?;
                    object(&call["function"]["arguments"])?;
                }
            }
            "tool" => {
                if last != "tool" {
                    newest.clear();
                }
                calls.result(&message["tool_call_id"])?;
                push(&mut newest, string(&message["content"], "content")?);
            }
            other => return Err(format!("role {other:?} is not known")),
        }
        last = role;
    }
    calls.closed()?;
    need(
        matches!(last, "user" | "tool"),
        "user or tool must have the last word",
    )?;
    Ok((answers, newest))
}

fn responses(body: &Value) -> Heed<(usize, String)> {
    need(body["store"] == false, "store must be false")?;
    let included = body["include"].as_array().is_some_and(|fields| {
        fields
            .iter()
            .any(|field| field == "reasoning.encrypted_content")
    });
    need(included, "include must name reasoning.encrypted_content")?;
    let (mut calls, mut answers, mut newest) = (Calls::default(), 0, String::new());
    let mut last = "";
    for item in list(&body["input"], "input")? {
        let user = item["role"] == "user";
        let kind = match (item["type"].as_str(), user) {
            (Some("message"), true) => "user",
            (Some("function_call_output"), _) => "output",
            (Some("message" | "function_call" | "reasoning"), false) => "answer",
            (kind, _) => return Err(format!("input item {kind:?} is not known here")),
        };
        answers += usize::from(kind == "answer" && last != "answer");
        if kind != last || kind == "user" {
            newest.clear();
        }
        match item["type"].as_str() {
            Some("message") => {
                for part in list(&item["content"], "content")? {
                    let right = if user { "input_text" } else { "output_text" };
                    need(
                        part["type"] == right,
                        "content has the wrong type for its role",
                    )?;
                    hear_text(part, &mut newest)?;
                }
            }
            Some("function_call") => {
                calls.call(&item["call_id"], &item["name"])?;
                object(&item["arguments"])?;
            }
            Some("function_call_output") => {
                calls.result(&item["call_id"])?;
                push(&mut newest, string(&item["output"], "output")?);
            }
            _ => {
                let summary = string(&item["summary"][0]["text"], "reasoning summary")?;
                let sealed = item["encrypted_content"] == seal(summary);
                need(sealed, "reasoning items must be sent back unchanged")?;
            }
        }
        last = kind;
    }
    calls.closed()?;
    need(
        matches!(last, "user" | "output"),
        "user or output must have the last word",
    )?;
    Ok((answers, newest))
}

impl Calls {
    fn call(&mut self, id: &Value, name: &Value) -> Heed<()> {
        let id = string(id, "tool call id")?;
        let name = string(name, "tool name")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        need(
            !name.is_empty() && name.len() <= 64 && name.chars().all(plain),
            "bad tool name",
        )?;
        need(
            !id.is_empty() && self.all.insert(id.to_owned()),
            "tool call ids must be unique",
        )?;
        self.open.push(id.to_owned());
        Ok(())
    }

    fn result(&mut self, id: &Value) -> Heed<()> {
        let at = self.open.iter().position(|open| id == open);
        let at = at.ok_or_else(|| format!("result for {id}, which was not called or has one"))?;
        self.open.remove(at);
        Ok(())
    }

    fn closed(&self) -> Heed<()> {
        match self.open.first() {
            Some(id) => Err(format!("tool call {id} has no result")),
            None => Ok(()),
        }
    }
}

fn hear_text(block: &Value, newest: &mut String) -> Heed<()> {
    let text = string(&block["text"], "text")?;
    need(!text.trim().is_empty(), "text must not be blank")?;
    push(newest, text);
    Ok(())
}

fn push(newest: &mut String, text: &str) {
    if !newest.is_empty() {
        newest.push('\n');
    }
    newest.push_str(text);
}

fn object(arguments: &Value) -> Heed<()> {
    let text = string(arguments, "arguments")?;
    let read = serde_json::from_str::<Value>(text);
    need(
        read.is_ok_and(|value| value.is_object()),
        "arguments must be the JSON of an object",
    )
}

fn list<'a>(value: &'a Value, what: &str) -> Heed<&'a Vec<Value>> {
    value
        .as_array()
        .ok_or_else(|| format!("{what} must be a list"))
}

fn string<'a>(value: &'a Value, what: &str) -> Heed<&'a str> {
    value
        .as_str()
        .ok_or_else(|| format!("{what} must be a string"))
}

fn need(right: bool, otherwise: &str) -> Heed<()> {
    if right {
        Ok(())
    } else {
        Err(otherwise.to_owned())
    }
}
