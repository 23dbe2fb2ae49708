//! Labels: the one thing whose name the database keeps unique.

use super::Call;
use super::field::Fields;
use crate::answer::Answer;
use crate::rows::User;
use crate::server::Server;

const TAKEN: &str = "Label with the same name already exists in the project";

/// Makes a label, or says which one has the name: of any number of callers one makes it.
pub(super) fn create(server: &mut Server, call: &Call, user: &User) -> Result<Answer, Answer> {
    let body = call.json()?;
    let mut fields = Fields::new(&body);
    let name = fields.required("name", 255);
    let color = fields.text("color", 255, true);
    let description = fields.text("description", usize::MAX, true);
    fields.end()?;
    let name = name.ok_or_else(Answer::failed)?;
    if let Some(other) = server
        .tables()
        .labels
        .iter()
        .find(|label| label.name == name)
    {
        return Err(Answer::conflict(TAKEN, &other.id));
    }
    let (id, at) = (server.random.uuid(), server.clock.tick());
    let tables = server.tables_mut();
    tables.add_label(id, &name, Some(user.id.clone()), at);
    let row = tables.labels.last_mut().ok_or_else(Answer::failed)?;
    row.color = color.unwrap_or_default();
    row.description = description.unwrap_or_default();
    let row = row.clone();
    Ok(Answer::created(
        call.view(server.tables(), user).label(&row),
    ))
}

/// Edits a label; items that have it are not marked.
pub(super) fn patch(server: &mut Server, call: &Call, user: &User) -> Result<Answer, Answer> {
    let id = &call.target.item;
    server.tables().label(id).ok_or_else(Answer::missing)?;
    let body = call.json()?;
    let mut fields = Fields::new(&body);
    let name = fields.text("name", 255, false);
    let color = fields.text("color", 255, true);
    fields.end()?;
    let mut others = server
        .tables()
        .labels
        .iter()
        .filter(|label| label.id != *id);
    let taken = others.find(|label| Some(&label.name) == name.as_ref());
    if let Some(other) = taken {
        return Err(Answer::conflict(TAKEN, &other.id));
    }
    let at = server.clock.tick();
    let mut labels = server.tables_mut().labels.iter_mut();
    let row = labels
        .find(|label| label.id == *id)
        .ok_or_else(Answer::missing)?;
    row.name = name.unwrap_or_else(|| row.name.clone());
    row.color = color.unwrap_or_else(|| row.color.clone());
    (row.updated_at, row.updated_by) = (at, Some(user.id.clone()));
    let row = row.clone();
    Ok(Answer::ok(call.view(server.tables(), user).label(&row)))
}

/// Deletes a label, and silently takes it off every item: no activity, no mark, no notice.
pub(super) fn delete(server: &mut Server, call: &Call) -> Result<Answer, Answer> {
    match server.tables_mut().remove_label(&call.target.item) {
        true => Ok(Answer::no_content()),
        false => Err(Answer::missing()),
    }
}
