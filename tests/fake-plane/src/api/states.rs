//! States of work items.

use serde_json::json;

use super::Call;
use super::field::Fields;
use crate::answer::Answer;
use crate::rows::{State, User};
use crate::server::Server;

const GROUPS: [&str; 6] = [
    "backlog",
    "unstarted",
    "started",
    "completed",
    "cancelled",
    "triage",
];

/// Makes a state.
pub(super) fn create(server: &mut Server, call: &Call, user: &User) -> Result<Answer, Answer> {
    let body = call.json()?;
    let mut fields = Fields::new(&body);
    let name = fields.required("name", 255);
    let _color = fields.required("color", 255);
    let group = fields.choice("group", &GROUPS);
    fields.end()?;
    let name = name.ok_or_else(Answer::failed)?;
    if let Some(other) = server
        .tables()
        .states
        .iter()
        .find(|state| state.name == name)
    {
        let text = "State with the same name already exists in the project";
        return Err(Answer::conflict(text, &other.id));
    }
    let (id, at) = (server.random.uuid(), server.clock.tick());
    let tables = server.tables_mut();
    let last = tables.states.iter().map(|state| state.sequence);
    let row = State {
        id,
        name,
        group: group.unwrap_or_else(|| "backlog".to_owned()),
        sequence: last.fold(0.0, f64::max) + 15_000.0,
        default: false,
        created_at: at,
    };
    tables.states.push(row.clone());
    Ok(Answer::ok(call.view(server.tables(), user).state(&row)))
}

/// Deletes a state that no item is in.
pub(super) fn delete(server: &mut Server, call: &Call) -> Result<Answer, Answer> {
    let id = &call.target.item;
    let tables = server.tables_mut();
    let row = tables.state(id).ok_or_else(Answer::missing)?;
    if row.default {
        return Err(Answer::refused("Default state cannot be deleted"));
    }
    if tables.items.iter().any(|item| item.state == *id) {
        let text = "The state is not empty, only empty states can be deleted";
        return Err(Answer::new(400, json!({ "error": text })));
    }
    tables.states.retain(|state| state.id != *id);
    Ok(Answer::no_content())
}
