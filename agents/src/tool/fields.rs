//! Takes typed fields out of a call's arguments.

use serde_json::{Map, Value};

use super::ToolError;
use crate::nearest::nearest;
use crate::quote;

/// The arguments of one call.
pub(super) struct Fields<'a> {
    tool: &'static str,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Fields<'a> {
    /// Reads arguments as an object that has no other fields than `known`.
    pub(super) fn new(
        tool: &'static str,
        arguments: &'a Value,
        known: &[&'static str],
    ) -> Result<Self, ToolError> {
        let map = match arguments {
            Value::Object(map) => Some(map),
            // Some peers send null for a call without arguments.
            Value::Null => None,
            Value::String(_) => {
                return Err(ToolError::NotAnObject {
                    tool,
                    found: "text that is not valid JSON",
                });
            }
            other => {
                return Err(ToolError::NotAnObject {
                    tool,
                    found: kind(other),
                });
            }
        };
        for (field, value) in map.into_iter().flatten() {
            if !value.is_null() && !known.contains(&field.as_str()) {
                let suggestion = nearest(field, known.iter().copied());
                return Err(ToolError::UnknownField {
                    tool,
                    field: quote::inline(field),
                    suggestion: known.iter().copied().find(|name| suggestion == Some(name)),
                    known: if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    },
                });
            }
        }
        Ok(Self { tool, map })
    }

    /// Returns a field's value; null is as good as none.
    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.map
            .and_then(|map| map.get(field))
            .filter(|value| !value.is_null())
    }

    /// Returns a text that must be given; it may be empty.
    pub(super) fn text(
        &self,
        field: &'static str,
        what: &'static str,
    ) -> Result<String, ToolError> {
        self.text_if_any(field)?.ok_or(ToolError::Missing {
            tool: self.tool,
            field,
            what,
        })
    }

    /// Returns a text that must be given and say something.
    pub(super) fn words(
        &self,
        field: &'static str,
        what: &'static str,
    ) -> Result<String, ToolError> {
        let text = self.text(field, what)?;
        if text.trim().is_empty() {
            return Err(self.invalid(field, format!("is empty; it holds {what}")));
        }
        Ok(text)
    }

    /// Returns a text if it is given.
    pub(super) fn text_if_any(&self, field: &'static str) -> Result<Option<String>, ToolError> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.ill_typed(field, "a string", other)),
        }
    }

    /// Returns a number from 1 if it is given. `10.0` is accepted: some models write it.
    pub(super) fn count_if_any(&self, field: &'static str) -> Result<Option<u64>, ToolError> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let whole = value.as_u64().or_else(|| {
            let float = value.as_f64().filter(|float| float.fract() == 0.0)?;
            (0.0..=9e15)
                .contains(&float)
                .then(|| format!("{float:.0}").parse().ok())?
        });
        match whole {
            Some(0) => Err(self.invalid(field, "is 0; it counts from 1".to_owned())),
            Some(count) => Ok(Some(count)),
            None => Err(self.ill_typed(field, "a whole number from 1", value)),
        }
    }

    /// Returns a list of texts; none is an empty list.
    pub(super) fn list(&self, field: &'static str) -> Result<Vec<String>, ToolError> {
        let expected = "a list of strings";
        match self.get(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| match item {
                    Value::String(text) => Ok(text.clone()),
                    other => Err(self.ill_typed(field, expected, other)),
                })
                .collect(),
            Some(other) => Err(self.ill_typed(field, expected, other)),
        }
    }

    /// Returns the fault of a value that cannot be used.
    pub(super) fn invalid(&self, field: &'static str, reason: String) -> ToolError {
        ToolError::Invalid {
            tool: self.tool,
            field,
            reason,
        }
    }

    /// Returns the fault of a value of another type.
    pub(super) fn ill_typed(
        &self,
        field: &'static str,
        expected: &'static str,
        found: &Value,
    ) -> ToolError {
        ToolError::IllTyped {
            tool: self.tool,
            field,
            expected,
            found: kind(found),
        }
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
