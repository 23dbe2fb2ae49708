//! Reads a model's call as a tool.

use serde_json::Value;
use trail_port::model::ToolCall;
use trail_record::CriterionId;
use trail_record::body::Conclusion;

use super::fields::Fields;
use super::{Tool, ToolError, command, names};
use crate::action::Action;
use crate::nearest::nearest;
use crate::quote;

/// The longest name of a conclusion.
const NAME_LIMIT: usize = 64;

impl Tool {
    /// Reads a call made in `action` on an item with these criteria.
    ///
    /// # Errors
    /// If there is no such tool, if the action does not have it, or if its arguments do not fit.
    pub fn parse(
        action: Action,
        criteria: &[CriterionId],
        call: &ToolCall,
    ) -> Result<Self, ToolError> {
        let available = names(action);
        let Some(name) = available.iter().copied().find(|name| *name == call.name) else {
            return Err(not_available(action, &call.name, available));
        };
        let arguments = &call.arguments;
        match name {
            "list" => {
                let fields = Fields::new(name, arguments, &["path"])?;
                let path = fields.text_if_any("path")?.unwrap_or_default();
                Ok(Self::List { path: tidy(&path) })
            }
            "read" => {
                let fields = Fields::new(name, arguments, &["path", "from_line", "lines"])?;
                Ok(Self::Read {
                    path: path(&fields)?,
                    from_line: fields.count_if_any("from_line")?,
                    lines: fields.count_if_any("lines")?,
                })
            }
            "search" => {
                let fields = Fields::new(name, arguments, &["pattern", "path"])?;
                let path = fields.text_if_any("path")?.map(|path| tidy(&path));
                Ok(Self::Search {
                    pattern: fields.words("pattern", "a regular expression")?,
                    path: path.filter(|path| !path.is_empty()),
                })
            }
            "write" => {
                let fields = Fields::new(name, arguments, &["path", "content"])?;
                Ok(Self::Write {
                    path: path(&fields)?,
                    content: fields.text("content", "the file's whole new text")?,
                })
            }
            "patch" => patch(&Fields::new(name, arguments, &["path", "old", "new"])?),
            "delete" => Ok(Self::Delete {
                path: path(&Fields::new(name, arguments, &["path"])?)?,
            }),
            "run" => {
                let fields = Fields::new(name, arguments, &["command"])?;
                Ok(Self::Run {
                    command: program(&fields)?,
                })
            }
            "record_decision" => conclusion(name, criteria, arguments).map(Self::RecordDecision),
            "read_work_item" => Fields::new(name, arguments, &[]).map(|_| Self::ReadWorkItem),
            "deliver" => {
                let fields = Fields::new(name, arguments, &["summary"])?;
                let what = "what was done and why it is complete";
                Ok(Self::Deliver {
                    summary: fields.words("summary", what)?,
                })
            }
            "give_up" => {
                let fields = Fields::new(name, arguments, &["reason"])?;
                let what = "why it cannot be done and what would be needed";
                Ok(Self::GiveUp {
                    reason: fields.words("reason", what)?,
                })
            }
            unread => unreachable!("every tool has its arm, but {unread} has none"),
        }
    }
}

fn not_available(action: Action, given: &str, available: &'static [&'static str]) -> ToolError {
    let listed = available.join(", ");
    let elsewhere = Action::ALL
        .into_iter()
        .flat_map(names)
        .copied()
        .find(|name| *name == given);
    match elsewhere {
        Some(name) => ToolError::NotForAction {
            name,
            action: action.as_str(),
            available: listed,
        },
        None => ToolError::UnknownTool {
            name: quote::inline(given),
            suggestion: nearest(given, available.iter().copied()),
            available: listed,
        },
    }
}

fn path(fields: &Fields<'_>) -> Result<String, ToolError> {
    let path = tidy(&fields.words("path", "a path in the repository, such as `src/lib.rs`")?);
    if path.is_empty() {
        return Err(fields.invalid("path", "names the root folder, not a file".to_owned()));
    }
    Ok(path)
}

/// Removes what does not change which file is meant; whether the path is allowed is judged later.
fn tidy(path: &str) -> String {
    let mut path = path.trim();
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    match path {
        "." | "" => String::new(),
        // An absolute path stays one, so that it is refused and not quietly taken as another.
        "/" => "/".to_owned(),
        path => path.trim_end_matches('/').to_owned(),
    }
}

fn patch(fields: &Fields<'_>) -> Result<Tool, ToolError> {
    let (path, old) = (
        path(fields)?,
        fields.text("old", "the text to replace, exactly as it is")?,
    );
    let new = fields.text("new", "what stands there afterwards; empty to remove it")?;
    if old.is_empty() {
        let reason = "is empty; give a text that occurs once in the file, or use `write`";
        return Err(fields.invalid("old", reason.to_owned()));
    }
    if old == new {
        return Err(fields.invalid(
            "new",
            "is the same as `old`; nothing would change".to_owned(),
        ));
    }
    Ok(Tool::Patch { path, old, new })
}

fn program(fields: &Fields<'_>) -> Result<Vec<String>, ToolError> {
    let field = "command";
    let words = match fields.get(field) {
        Some(Value::String(line)) => {
            command::split(line).map_err(|reason| fields.invalid(field, reason))?
        }
        Some(Value::Array(_)) => fields.list(field)?,
        Some(other) => {
            return Err(fields.ill_typed(field, "a list of strings, program first", other));
        }
        None => {
            let what = "a list of strings, program first: [\"cargo\", \"test\"]";
            return Err(ToolError::Missing {
                tool: "run",
                field,
                what,
            });
        }
    };
    if words
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        return Err(fields.invalid(field, "names no program".to_owned()));
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err(fields.invalid(field, "holds a NUL character".to_owned()));
    }
    Ok(words)
}

fn conclusion(
    tool: &'static str,
    criteria: &[CriterionId],
    arguments: &Value,
) -> Result<Conclusion, ToolError> {
    let known = [
        "name",
        "statement",
        "rationale",
        "choice",
        "alternatives",
        "criteria",
    ];
    let fields = Fields::new(tool, arguments, &known)?;
    let name = fields.words("name", "a short name, such as `library_choice`")?;
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    if name.len() > NAME_LIMIT || !name.bytes().all(fits) {
        let reason = format!(
            "is {}; use at most {NAME_LIMIT} lower-case letters, digits, `_` and `-`",
            quote::inline(&name)
        );
        return Err(fields.invalid("name", reason));
    }
    let named = fields.list("criteria")?;
    if let Some(unknown) = named
        .iter()
        .find(|id| !criteria.iter().any(|c| c.as_str() == *id))
    {
        let all: Vec<_> = criteria.iter().map(CriterionId::as_str).collect();
        let reason = format!(
            "names {}; the item has: {}",
            quote::inline(unknown),
            all.join(", ")
        );
        return Err(fields.invalid("criteria", reason));
    }
    Ok(Conclusion {
        name,
        statement: fields.words("statement", "what is concluded")?,
        choice: fields
            .text_if_any("choice")?
            .filter(|choice| !choice.trim().is_empty()),
        alternatives: fields.list("alternatives")?,
        rationale: fields.words("rationale", "why, from what was read")?,
        criteria: named,
    })
}
