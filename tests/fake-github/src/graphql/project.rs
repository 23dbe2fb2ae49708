//! Cuts what a query selects out of a whole object.
//!
//! An object says its type in `__typename`, what it is besides in `__is`, and in `__shared` which
//! fields may be selected of it without saying its type, where the schema has an interface or a
//! union. A connection has its members in `__items`; of what is in `__numbered` an argument picks one.

use serde_json::{Map, Value, json};

use super::parse::{Argument, Document, Field, Selection};

/// What is wrong with a query, or was not found by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) kind: Option<&'static str>,
    pub(super) path: Vec<String>,
    pub(super) message: String,
}

/// Makes a problem with the query itself.
pub(super) fn bare(message: impl Into<String>) -> Problem {
    Problem {
        kind: None,
        path: Vec::new(),
        message: message.into(),
    }
}

impl Problem {
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "message": self.message,
            "locations": [{"line": 1, "column": 1}],
        });
        if let Some(kind) = self.kind {
            shown["type"] = json!(kind);
        }
        if !self.path.is_empty() {
            shown["path"] = json!(self.path);
        }
        shown
    }
}

/// Cuts out what one request selects.
pub(super) struct Projector<'a> {
    document: &'a Document,
    variables: &'a Map<String, Value>,
    problems: Vec<Problem>,
}

impl<'a> Projector<'a> {
    pub(super) const fn new(document: &'a Document, variables: &'a Map<String, Value>) -> Self {
        Self {
            document,
            variables,
            problems: Vec::new(),
        }
    }

    /// Reports something that was not found; the rest is answered all the same.
    pub(super) fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Returns the value of an argument; null if it was not given.
    pub(super) fn argument(&self, field: &Field, name: &str) -> Value {
        let given = field.arguments.get(name);
        given.map_or(Value::Null, |given| self.given(given))
    }

    fn given(&self, argument: &Argument) -> Value {
        match argument {
            Argument::Variable(name) => self.variables.get(name).cloned().unwrap_or_default(),
            Argument::Value(value) => value.clone(),
            Argument::List(list) => list.iter().map(|one| self.given(one)).collect(),
        }
    }

    /// Cuts what `field` selects out of `value`.
    pub(super) fn value(
        &mut self,
        value: &Value,
        field: &Field,
        path: &mut Vec<String>,
    ) -> Result<Value, Problem> {
        let name = &field.name;
        match value {
            Value::Array(list) => list
                .iter()
                .map(|one| self.value(one, field, path))
                .collect(),
            Value::Object(whole) => {
                if let Some(numbered) = whole.get("__numbered") {
                    return self.numbered(numbered, field, path);
                }
                if field.selections.is_empty() {
                    let why = format!("Field must have selections (field '{name}')");
                    return Err(bare(why));
                }
                let connection;
                let whole = match whole.get("__items") {
                    Some(Value::Array(items)) => {
                        connection = self.connection(items, whole, field)?;
                        &connection
                    }
                    _ => whole,
                };
                let mut cut = Map::new();
                self.select(whole, &field.selections, false, path, &mut cut)?;
                Ok(Value::Object(cut))
            }
            Value::Null => Ok(Value::Null),
            scalar if field.selections.is_empty() => Ok(scalar.clone()),
            _ => Err(bare(format!(
                "Selections can't be made on scalars (field '{name}')"
            ))),
        }
    }

    /// Cuts out the one of several that `number` names.
    fn numbered(
        &mut self,
        all: &Value,
        field: &Field,
        path: &mut Vec<String>,
    ) -> Result<Value, Problem> {
        let number = self.argument(field, "number");
        let found = all.get(number.to_string());
        let Some(found) = found.cloned() else {
            let message = format!("Could not resolve to an Issue with the number of {number}.");
            self.report(Problem {
                kind: Some("NOT_FOUND"),
                path: path.clone(),
                message,
            });
            return Ok(Value::Null);
        };
        self.value(&found, field, path)
    }

    /// Selects fields; `typed` says whether the query has said of which type it expects them.
    fn select(
        &mut self,
        whole: &Map<String, Value>,
        selections: &[Selection],
        typed: bool,
        path: &mut Vec<String>,
        cut: &mut Map<String, Value>,
    ) -> Result<(), Problem> {
        let of = whole.get("__typename").and_then(Value::as_str);
        let of = of.unwrap_or("?");
        let listed = |key: &str, name: &str| {
            let names = whole.get(key).and_then(Value::as_array);
            names.map(|names| names.iter().any(|one| one == name))
        };
        for selection in selections {
            let (wanted, inner) = match selection {
                Selection::Field(field) => {
                    let hidden = !typed && listed("__shared", &field.name) == Some(false);
                    let found = whole.get(&field.name).filter(|_| {
                        field.name == "__typename" || !(hidden || field.name.starts_with("__"))
                    });
                    let found = found.ok_or_else(|| {
                        bare(format!(
                            "Field '{}' doesn't exist on type '{of}'",
                            field.name
                        ))
                    })?;
                    path.push(field.key().to_owned());
                    let value = self.value(found, field, path)?;
                    path.pop();
                    cut.insert(field.key().to_owned(), value);
                    continue;
                }
                Selection::Inline(of, inner) => (of.as_deref(), inner.as_slice()),
                Selection::Spread(name) => {
                    let (of, inner) = self.document.fragments.get(name).ok_or_else(|| {
                        bare(format!("Fragment {name} was used, but not defined"))
                    })?;
                    (Some(of.as_str()), inner.as_slice())
                }
            };
            let matches = wanted
                .is_none_or(|wanted| wanted == of || listed("__is", wanted).unwrap_or_default());
            if matches {
                self.select(whole, inner, typed || wanted.is_some(), path, cut)?;
            }
        }
        Ok(())
    }

    /// Makes the part of a connection that its arguments ask for.
    fn connection(
        &self,
        items: &[Value],
        whole: &Map<String, Value>,
        field: &Field,
    ) -> Result<Map<String, Value>, Problem> {
        let number = |name: &str| self.argument(field, name).as_u64();
        let cursor = |name: &str| {
            let given = self.argument(field, name);
            given.as_str().and_then(|text| text.parse::<usize>().ok())
        };
        let kinds = self.argument(field, "itemTypes");
        let kept: Vec<&Value> = items
            .iter()
            .filter(|item| match &kinds {
                Value::Array(kinds) => kinds.contains(&json!(screaming(&item["__typename"]))),
                _ => true,
            })
            .collect();
        let from = cursor("after").map_or(0, |after| after + 1).min(kept.len());
        let to = cursor("before").unwrap_or(kept.len()).max(from);
        let (from, to) = match (number("first"), number("last")) {
            (Some(count @ 1..=100), _) => {
                (from, to.min(from + usize::try_from(count).unwrap_or(100)))
            }
            (None, Some(count @ 1..=100)) => {
                let count = usize::try_from(count).unwrap_or(100);
                (from.max(to.saturating_sub(count)), to)
            }
            (None, None) => {
                let why = format!(
                    "You must provide a `first` or `last` value to properly paginate the `{}` connection.",
                    field.name
                );
                return Err(bare(why));
            }
            _ => {
                let why = format!(
                    "Requesting more than 100 records, or none, on the `{}` connection.",
                    field.name
                );
                return Err(bare(why));
            }
        };
        let shown: Vec<Value> = kept[from..to].iter().map(|item| (*item).clone()).collect();
        let edges: Vec<Value> = (from..to)
            .zip(&shown)
            .map(|(at, node)| json!({"cursor": at.to_string(), "node": node}))
            .collect();
        let made = json!({
            "__typename": whole.get("__typename").cloned().unwrap_or_default(),
            "totalCount": kept.len(),
            "filteredCount": kept.len(),
            "pageCount": shown.len(),
            "pageInfo": {
                "__typename": "PageInfo",
                "hasNextPage": to < kept.len(),
                "hasPreviousPage": from > 0,
                "startCursor": (from < to).then(|| from.to_string()),
                "endCursor": (from < to).then(|| (to - 1).to_string()),
            },
            "edges": edges,
            "nodes": shown,
        });
        match made {
            Value::Object(made) => Ok(made),
            _ => Err(bare("unreachable")),
        }
    }
}

/// Writes `RenamedTitleEvent` as `RENAMED_TITLE_EVENT`.
fn screaming(name: &Value) -> String {
    let mut out = String::new();
    for letter in name.as_str().unwrap_or_default().chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}
