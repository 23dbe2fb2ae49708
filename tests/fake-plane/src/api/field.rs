//! Reading fields of a body as Django REST framework's serializers do.

use serde_json::{Map, Value, json};

use crate::answer::Answer;

/// A body with what is wrong with it so far.
pub(super) struct Fields<'a> {
    body: &'a Map<String, Value>,
    wrong: Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(body: &'a Map<String, Value>) -> Self {
        Self {
            body,
            wrong: Map::new(),
        }
    }

    /// Notes what is wrong with a field.
    pub(super) fn refuse(&mut self, name: &str, why: Value) {
        self.wrong.insert(name.to_owned(), why);
    }

    /// Reads text of at most `most` characters; none if it is not given or wrong.
    pub(super) fn text(&mut self, name: &str, most: usize, blank: bool) -> Option<String> {
        let why = match self.body.get(name)? {
            Value::String(text) => {
                let text = crate::html::strip(text);
                if text.contains('\0') {
                    "Null characters are not allowed.".to_owned()
                } else if text.is_empty() && !blank {
                    "This field may not be blank.".to_owned()
                } else if text.chars().count() > most {
                    format!("Ensure this field has no more than {most} characters.")
                } else {
                    return Some(text.to_owned());
                }
            }
            Value::Null => "This field may not be null.".to_owned(),
            Value::Number(number) => return Some(number.to_string()),
            _ => "Not a valid string.".to_owned(),
        };
        self.refuse(name, json!([why]));
        None
    }

    /// Reads text that must be given.
    pub(super) fn required(&mut self, name: &str, most: usize) -> Option<String> {
        if !self.body.contains_key(name) {
            self.refuse(name, json!(["This field is required."]));
        }
        self.text(name, most, false)
    }

    /// Reads text that may also be null; the outer none is not given or wrong.
    #[expect(
        clippy::option_option,
        reason = "not given and null are two things in a PATCH"
    )]
    pub(super) fn nullable(&mut self, name: &str, most: usize) -> Option<Option<String>> {
        match self.body.get(name)? {
            Value::Null => Some(None),
            _ => self.text(name, most, true).map(Some),
        }
    }

    /// Reads one of several words.
    pub(super) fn choice(&mut self, name: &str, choices: &[&str]) -> Option<String> {
        let given = self.body.get(name)?;
        if let Some(text) = given.as_str()
            && choices.contains(&text)
        {
            return Some(text.to_owned());
        }
        let shown = given
            .as_str()
            .map_or_else(|| given.to_string(), str::to_owned);
        self.refuse(name, json!([format!("\"{shown}\" is not a valid choice.")]));
        None
    }

    /// Reads the id of a row that must be there.
    pub(super) fn row(&mut self, name: &str, there: impl Fn(&str) -> bool) -> Option<String> {
        let given = self.body.get(name)?;
        match given.as_str() {
            Some(id) if there(id) => Some(id.to_owned()),
            _ => {
                self.refuse(name, json!([missing(given)]));
                None
            }
        }
    }

    /// Reads ids of rows that must be there.
    pub(super) fn rows(&mut self, name: &str, there: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let given = self.body.get(name)?;
        let Some(list) = given.as_array() else {
            self.refuse(
                name,
                json!(["Expected a list of items but got type \"str\"."]),
            );
            return None;
        };
        let mut wrong = Map::new();
        let mut ids: Vec<String> = Vec::new();
        for (n, value) in list.iter().enumerate() {
            match value.as_str() {
                Some(id) if there(id) => {
                    if !ids.iter().any(|other| other == id) {
                        ids.push(id.to_owned());
                    }
                }
                _ => drop(wrong.insert(n.to_string(), json!([missing(value)]))),
            }
        }
        if wrong.is_empty() {
            return Some(ids);
        }
        self.refuse(name, Value::Object(wrong));
        None
    }

    /// Ends the reading.
    pub(super) fn end(self) -> Result<(), Answer> {
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(Answer::new(400, Value::Object(self.wrong))),
        }
    }
}

fn missing(id: &Value) -> String {
    let shown = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    match crate::route::is_uuid(&shown) {
        true => format!("Invalid pk \"{shown}\" - object does not exist."),
        false => format!("\u{201c}{shown}\u{201d} is not a valid UUID."),
    }
}

/// Returns the external source and id of a body, if both are given and not empty.
pub(super) fn external(body: &Map<String, Value>) -> Option<(String, String)> {
    let text = |name: &str| {
        let text = body.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    Some((text("external_source")?, text("external_id")?))
}

/// What the second write of a new row takes over from the body: who made it, and when.
pub(super) struct Claimed {
    pub(super) created_by: Option<String>,
    pub(super) created_at: Option<jiff::Timestamp>,
}

/// Reads what a body claims of who made a row, and when.
///
/// # Errors
/// 400 for accounts that are not there and for times that are none; by then the row is stored.
pub(super) fn claimed(
    body: &Map<String, Value>,
    own: &str,
    there: impl Fn(&str) -> bool,
) -> Result<Claimed, Answer> {
    let created_by = match body.get("created_by") {
        None => Some(own.to_owned()),
        Some(Value::Null) => None,
        Some(Value::String(id)) if there(id) => Some(id.clone()),
        Some(Value::String(id)) if crate::route::is_uuid(id) => return Err(Answer::bad_payload()),
        Some(_) => return Err(Answer::bad_detail()),
    };
    let created_at = match body.get("created_at") {
        None => None,
        Some(Value::String(text)) => Some(crate::time::read(text).ok_or_else(Answer::bad_detail)?),
        Some(Value::Null) => return Err(Answer::bad_payload()),
        Some(_) => return Err(Answer::bad_detail()),
    };
    Ok(Claimed {
        created_by,
        created_at,
    })
}
