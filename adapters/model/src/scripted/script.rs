//! The file format of scripts.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use trail_record::body::Usage;

/// What a script's name begins with, so that no record can pass it off as a model.
const PREFIX: &str = "scripted-";

/// A scripted session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Its name, which begins with `scripted-`; it stands as the model in every record.
    pub name: String,
    /// What it plays, for people.
    #[serde(default)]
    pub about: String,
    /// How long each answer takes, in milliseconds.
    #[serde(default)]
    pub latency_ms: u64,
    /// What is played, by action and round.
    pub actions: Vec<Action>,
}

/// What is played for one round of one action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The action, as in a request's purpose.
    pub action: String,
    /// Its round, from 1.
    pub round: u32,
    /// The answers, in order.
    pub turns: Vec<Turn>,
}

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// A text that must occur in the newest message; anything goes if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// The text.
    #[serde(default)]
    pub text: String,
    /// Reasoning, if the answer has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The tools it asks for.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// Its tokens; unknown if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// A tool that an answer asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its arguments: an object, or a string to play a model that wrote no JSON.
    #[serde(default = "no_arguments")]
    pub arguments: Value,
}

fn no_arguments() -> Value {
    Value::Object(Map::new())
}

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{origin}: cannot be read: {source}")]
    Read {
        /// The file.
        origin: String,
        /// Why.
        source: std::io::Error,
    },
    /// The text is not JSON of the right shape.
    #[error("{origin}: at `{place}`: {reason}")]
    Shape {
        /// The file.
        origin: String,
        /// The field.
        place: String,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The script has the right shape but makes no sense.
    #[error("{origin}: at `{place}`: {reason}")]
    Sense {
        /// The file.
        origin: String,
        /// The field.
        place: String,
        /// What is wrong and what to write.
        reason: String,
    },
}

impl Script {
    /// Reads a script; `origin` is what errors call it.
    ///
    /// # Errors
    ///
    /// When the text is no script; the error names the field.
    pub fn read(origin: &str, text: &str) -> Result<Self, LoadError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let script: Self = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let place = error.path().to_string();
            let reason = error.into_inner().to_string();
            LoadError::Shape {
                origin: origin.to_owned(),
                place,
                reason,
            }
        })?;
        json.end().map_err(|error| LoadError::Shape {
            origin: origin.to_owned(),
            place: ".".to_owned(),
            reason: error.to_string(),
        })?;
        match script.fault() {
            None => Ok(script),
            Some((place, reason)) => Err(LoadError::Sense {
                origin: origin.to_owned(),
                place,
                reason,
            }),
        }
    }

    /// Returns what makes no sense, with its place.
    fn fault(&self) -> Option<(String, String)> {
        let at = |place: String, reason: String| Some((place, reason));
        if self.name.strip_prefix(PREFIX).is_none_or(str::is_empty) {
            let name = &self.name;
            return at(
                "name".to_owned(),
                format!("{name:?} must begin with `{PREFIX}`"),
            );
        }
        let mut seen = HashSet::new();
        for (a, action) in self.actions.iter().enumerate() {
            let Action {
                action: name,
                round,
                turns,
            } = action;
            if name.is_empty() {
                return at(
                    format!("actions[{a}].action"),
                    "must name an action".to_owned(),
                );
            }
            if *round == 0 {
                return at(
                    format!("actions[{a}].round"),
                    "rounds count from 1".to_owned(),
                );
            }
            if !seen.insert((name, round)) {
                return at(
                    format!("actions[{a}]"),
                    format!("`{name}` round {round} stands twice"),
                );
            }
            for (t, turn) in turns.iter().enumerate() {
                for (c, call) in turn.calls.iter().enumerate() {
                    let place = format!("actions[{a}].turns[{t}].calls[{c}]");
                    if call.name.is_empty() {
                        return at(format!("{place}.name"), "must name a tool".to_owned());
                    }
                    if !matches!(call.arguments, Value::Object(_) | Value::String(_)) {
                        let reason = "must be an object (or a string, to play broken arguments)";
                        return at(format!("{place}.arguments"), reason.to_owned());
                    }
                }
            }
        }
        None
    }

    /// Says what is scripted, for errors.
    pub(super) fn outline(&self) -> String {
        let actions: Vec<String> = self
            .actions
            .iter()
            .map(|a| format!("`{}` round {} ({} turns)", a.action, a.round, a.turns.len()))
            .collect();
        if actions.is_empty() {
            "nothing".to_owned()
        } else {
            actions.join(", ")
        }
    }
}

impl Turn {
    /// Returns the stop reason that goes with it.
    pub(crate) const fn stop(&self) -> &'static str {
        if self.calls.is_empty() {
            "end_turn"
        } else {
            "tool_use"
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(script: &Value) -> String {
        Script::read("demo.json", &script.to_string())
            .unwrap_err()
            .to_string()
    }

    fn with_turn(turn: &Value) -> Value {
        json!({"name": "scripted-a", "actions": [{"action": "plan", "round": 1, "turns": [turn]}]})
    }

    #[test]
    fn errors_name_the_file_and_the_field() {
        for (script, place, says) in [
            (json!({"name": "gpt-x", "actions": []}), "name", "scripted-"),
            (
                json!({"name": "scripted-", "actions": []}),
                "name",
                "scripted-",
            ),
            (
                with_turn(&json!({"txt": "x"})),
                "actions[0].turns[0].txt",
                "unknown field `txt`",
            ),
            (
                with_turn(&json!({"calls": [{"name": ""}]})),
                "turns[0].calls[0].name",
                "tool",
            ),
            (
                with_turn(&json!({"calls": [{"name": "a", "arguments": [1]}]})),
                "actions[0].turns[0].calls[0].arguments",
                "object",
            ),
            (
                with_turn(&json!({"usage": {"input": -1}})),
                "turns[0].usage.input",
                "-1",
            ),
            (
                json!({"name": "scripted-a", "actions": [
                    {"action": "plan", "round": 1, "turns": []},
                    {"action": "plan", "round": 1, "turns": []}]}),
                "actions[1]",
                "twice",
            ),
            (
                json!({"name": "scripted-a",
                    "actions": [{"action": "plan", "round": 0, "turns": []}]}),
                "actions[0].round",
                "from 1",
            ),
        ] {
            let error = refused(&script);
            assert!(error.starts_with("demo.json: at `"), "{error}");
            assert!(
                error.contains(place) && error.contains(says),
                "{place}: {error}"
            );
        }
    }

    #[test]
    fn text_after_the_script_and_broken_json_are_refused() {
        let good = with_turn(&json!({})).to_string();
        assert!(Script::read("x", &good).is_ok());
        assert!(Script::read("x", &format!("{good} {{}}")).is_err());
        let error = Script::read("x", &good[..good.len() - 1])
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
