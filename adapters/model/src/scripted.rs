//! Plays sessions from files: for tests and the demo, without a network and without a model.
//!
//! What to answer is chosen from the request alone: its action, its round and how many answers are
//! in it already. So a worker that crashed and asks again gets the same answer again.

mod script;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use trail_port::Model;
use trail_port::model::{Answer, Error, Identity, Message, Price, Request, ToolCall};
use trail_record::digest::{Blob, Digest};

pub use script::{Action, Call, LoadError, Script, Turn};

use crate::fault::excerpt;

/// The most bytes of a text that a mismatch shows.
const SHOWN: usize = 300;

/// A model that plays a script.
#[derive(Debug, Clone)]
pub struct Scripted {
    script: Script,
    digest: Digest<Blob>,
    price: Option<Price>,
}

impl Scripted {
    /// Reads a script from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no script; the error names the file and the place in it.
    pub fn from_file(path: &Path) -> Result<Self, LoadError> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| LoadError::Read {
            origin: origin.clone(),
            source,
        })?;
        Self::read(&origin, &text)
    }

    /// Returns the same model with a price, so that its tokens cost something.
    #[must_use]
    pub fn with_price(self, price: Option<Price>) -> Self {
        Self { price, ..self }
    }

    /// Returns the digest of the script's bytes.
    #[must_use]
    pub const fn digest(&self) -> Digest<Blob> {
        self.digest
    }

    /// Returns the script.
    #[must_use]
    pub const fn script(&self) -> &Script {
        &self.script
    }

    fn read(origin: &str, text: &str) -> Result<Self, LoadError> {
        let script = Script::read(origin, text)?;
        Ok(Self {
            script,
            digest: Digest::of(text.as_bytes()),
            price: None,
        })
    }

    /// Returns the turn that answers `request`, with its number from 1.
    fn turn(&self, request: &Request) -> Result<(&Turn, usize), Error> {
        let (action, round) = (&request.purpose.action, request.purpose.round);
        let refused = |reason| Error::Script {
            script: self.script.name.clone(),
            reason,
        };
        let scripted = self
            .script
            .actions
            .iter()
            .find(|a| a.action == *action && a.round == round);
        let Some(scripted) = scripted else {
            let there = self.script.outline();
            return Err(refused(format!(
                "asked for action `{action}` round {round}, but there is only {there}"
            )));
        };
        let said = request
            .messages
            .iter()
            .filter(|m| matches!(m, Message::Assistant { .. }));
        let number = said.count() + 1;
        let Some(turn) = scripted.turns.get(number - 1) else {
            return Err(refused(format!(
                "asked for turn {number} of action `{action}` round {round}, but it has only {}",
                scripted.turns.len()
            )));
        };
        let newest = newest(request);
        match &turn.expect {
            Some(expected) if !newest.contains(expected) => Err(refused(format!(
                "turn {number} of action `{action}` round {round} expects the newest message to \
                 hold {:?}, but it is {:?}",
                excerpt(expected, SHOWN),
                excerpt(&newest, SHOWN)
            ))),
            Some(_) | None => Ok((turn, number)),
        }
    }
}

impl FromStr for Scripted {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<Self, LoadError> {
        Self::read("script", text)
    }
}

#[async_trait]
impl Model for Scripted {
    fn identity(&self) -> Identity {
        Identity {
            model: self.script.name.clone(),
            endpoint: "scripted".to_owned(),
            temperature: None,
            price: self.price,
        }
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Error> {
        let (turn, number) = self.turn(request)?;
        if self.script.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.script.latency_ms)).await;
        }
        let (action, round) = (&request.purpose.action, request.purpose.round);
        let calls = turn.calls.iter().zip(1..).map(|(call, n)| ToolCall {
            id: format!("{action}-{round}-{number}-{n}"),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        });
        let reasoning = turn.reasoning.iter();
        Ok(Answer {
            text: turn.text.clone(),
            reasoning: reasoning
                .map(|text| json!({"type": "scripted", "text": text}))
                .collect(),
            calls: calls.collect(),
            stop: Some(turn.stop().to_owned()),
            model_served: Some(self.script.name.clone()),
            message_id: None,
            request_id: None,
            usage: turn.usage.clone().unwrap_or_default(),
            raw_usage: turn.usage.as_ref().map_or(Value::Null, told),
            attempts: vec![],
        })
    }
}

/// Returns the counts that the script tells.
fn told(usage: &trail_record::body::Usage) -> Value {
    let mut told = serde_json::to_value(usage).expect("counts have a JSON form");
    if let Value::Object(counts) = &mut told {
        counts.retain(|_, count| !count.is_null());
    }
    told
}

/// Returns the text of the newest message.
fn newest(request: &Request) -> String {
    match request.messages.last() {
        None => String::new(),
        Some(Message::User { text } | Message::Assistant { text, .. }) => text.clone(),
        Some(Message::Tool { results }) => {
            let contents: Vec<&str> = results.iter().map(|r| r.content.as_str()).collect();
            contents.join("\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use trail_record::body::Usage;

    use super::*;
    use crate::conversation::tests::{assistant, request, results, user};

    const SCRIPT: &str = r#"{
        "name": "scripted-a",
        "about": "reads, then is done",
        "actions": [{"action": "implement", "round": 1, "turns": [
            {"expect": "fix add()", "text": "I read.", "reasoning": "hm",
             "calls": [{"name": "read", "arguments": {"path": "a"}}, {"name": "list"}],
             "usage": {"input": 1200, "output": 80}},
            {"expect": "text of a", "text": "Done."}
        ]}]
    }"#;

    fn reason(outcome: Result<Answer, Error>) -> String {
        match outcome {
            Err(Error::Script { script, reason }) => {
                assert_eq!(script, "scripted-a");
                reason
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_session_is_played_and_the_same_question_gets_the_same_answer() {
        let model: Scripted = SCRIPT.parse().unwrap();
        let first = request(vec![user("please fix add()")]);
        let answer = model.ask(&first).await.unwrap();
        assert_eq!(answer, model.ask(&first).await.unwrap());
        let ids: Vec<&str> = answer.calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(ids, ["implement-1-1-1", "implement-1-1-2"]);
        assert_eq!(answer.calls[1].arguments, json!({}));
        assert_eq!(answer.model_served.as_deref(), Some("scripted-a"));
        assert_eq!(answer.stop.as_deref(), Some("tool_use"));
        assert_eq!((answer.message_id, answer.request_id), (None, None));
        let usage = Usage {
            input: Some(1200),
            output: Some(80),
            ..Usage::default()
        };
        assert_eq!(answer.usage, usage);
        assert_eq!(answer.raw_usage, json!({"input": 1200, "output": 80}));

        let second = request(vec![
            user("please fix add()"),
            assistant(&answer.text, answer.reasoning, answer.calls),
            results(&[
                ("implement-1-1-1", "text of a", false),
                ("implement-1-1-2", "", false),
            ]),
        ]);
        let answer = model.ask(&second).await.unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.stop.as_deref()),
            ("Done.", Some("end_turn"))
        );
        assert_eq!(
            (answer.usage, answer.raw_usage),
            (Usage::default(), Value::Null)
        );
    }

    #[tokio::test]
    async fn what_is_not_scripted_says_what_was_asked_and_what_there_is() {
        let model: Scripted = SCRIPT.parse().unwrap();
        let mut other = request(vec![user("fix add()")]);
        other.purpose.round = 2;
        let said = reason(model.ask(&other).await);
        assert!(said.contains("`implement` round 2"), "{said}");
        assert!(said.contains("`implement` round 1 (2 turns)"), "{said}");

        let said = |n| assistant(&format!("{n}"), vec![], vec![]);
        let third = request(vec![user("fix add()"), said(1), said(2), user("more")]);
        let said = reason(model.ask(&third).await);
        assert!(said.contains("turn 3") && said.contains("only 2"), "{said}");
    }

    #[tokio::test]
    async fn a_mismatch_shows_both_sides_cut() {
        let model: Scripted = SCRIPT.parse().unwrap();
        let long = format!("mend sub() {}", "x".repeat(5000));
        let said = reason(model.ask(&request(vec![user(&long)])).await);
        assert!(
            said.contains("\"fix add()\"") && said.contains("mend sub()"),
            "{said}"
        );
        assert!(said.len() < 1000, "{} bytes", said.len());
    }

    #[tokio::test]
    async fn latency_is_taken_where_it_is_scripted() {
        let model: Scripted = SCRIPT
            .replace("\"about\"", "\"latency_ms\": 30, \"about\"")
            .parse()
            .unwrap();
        let start = std::time::Instant::now();
        model.ask(&request(vec![user("fix add()")])).await.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(30));
    }

    #[test]
    fn the_digest_is_of_the_files_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        std::fs::write(&path, SCRIPT).unwrap();
        let model = Scripted::from_file(&path).unwrap();
        assert_eq!(model.digest(), Digest::of(SCRIPT.as_bytes()));
        assert_eq!(model.digest(), SCRIPT.parse::<Scripted>().unwrap().digest());
        let missing = Scripted::from_file(&dir.path().join("b.json")).unwrap_err();
        assert!(missing.to_string().contains("b.json"), "{missing}");
    }
}
