//! Work items.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::Call;
use super::field::{Fields, claimed, external};
use crate::activity::Scribe;
use crate::answer::Answer;
use crate::html;
use crate::page::page;
use crate::rows::{Item, Role, User};
use crate::server::{Server, Shared};
use crate::tables::Tables;

const TAKEN: &str = "Issue with the same external id and external source already exists";
const PRIORITIES: [&str; 5] = ["urgent", "high", "medium", "low", "none"];

/// Lists the project's items, or returns the one with an external id.
pub(super) fn list(tables: &Tables, call: &Call, user: &User) -> Result<Answer, Answer> {
    let view = call.view(tables, user);
    let given = |name| call.query(name).filter(|text| !text.is_empty());
    if let (Some(source), Some(id)) = (given("external_source"), given("external_id")) {
        return match tables.external_items(source, id).as_slice() {
            [] => Err(Answer::missing()),
            [one] => Ok(Answer::ok(view.item(one))),
            _ => Err(Answer::failed()),
        };
    }
    let order = call.query("order_by").unwrap_or("-created_at");
    let (field, down) = order
        .strip_prefix('-')
        .map_or((order, false), |field| (field, true));
    let mut rows: Vec<&Item> = tables.items.iter().collect();
    match field {
        "updated_at" => rows.sort_by_key(|row| row.updated_at),
        "created_at" => rows.sort_by_key(|row| row.created_at),
        "sequence_id" => rows.sort_by_key(|row| row.sequence_id),
        "name" => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        "sort_order" => rows.sort_by(|a, b| a.sort_order.total_cmp(&b.sort_order)),
        "id" => rows.sort_by(|a, b| a.id.cmp(&b.id)),
        _ => return Err(Answer::failed()),
    }
    if down {
        rows.reverse();
    }
    page(&call.query, &rows, |row| view.item(row)).map(Answer::ok)
}

/// Shows one item.
pub(super) fn get(tables: &Tables, call: &Call, user: &User) -> Result<Answer, Answer> {
    let row = tables.item(&call.target.item).ok_or_else(Answer::missing)?;
    Ok(Answer::ok(call.view(tables, user).item(row)))
}

/// Shows the item with a key; the project part was looked at when the request was let in.
pub(super) fn by_key(tables: &Tables, call: &Call, user: &User) -> Result<Answer, Answer> {
    let number = call
        .target
        .item
        .rsplit_once('-')
        .map_or("", |(_, number)| number);
    let number: i64 = number.parse().map_err(|_| Answer::failed())?;
    let row = tables.items.iter().find(|row| row.sequence_id == number);
    let row = row.ok_or_else(Answer::missing)?;
    Ok(Answer::ok(call.view(tables, user).item(row)))
}

/// Writes the fields of a body into an item.
fn write(
    tables: &Tables,
    body: &Map<String, Value>,
    row: &mut Item,
    new: bool,
) -> Result<(), Answer> {
    let mut fields = Fields::new(body);
    let name = match new {
        true => fields.required("name", 255),
        false => fields.text("name", 255, false),
    };
    let priority = fields.choice("priority", &PRIORITIES);
    let state = fields.row("state", |id| tables.state(id).is_some());
    let labels = fields.rows("labels", |id| tables.label(id).is_some());
    let assignees = fields.rows("assignees", |id| tables.user(id).is_some());
    let parent = match body.get("parent") {
        Some(Value::Null) => Some(None),
        _ => fields
            .row("parent", |id| tables.item(id).is_some())
            .map(Some),
    };
    let source = fields.nullable("external_source", 255);
    let external = fields.nullable("external_id", 255);
    let sent = fields.text("description_html", usize::MAX, true);
    let description = sent.as_deref().and_then(html::description);
    if sent.is_some() && description.is_none() {
        fields.refuse("non_field_errors", json!(["Invalid HTML passed"]));
    }
    fields.end()?;
    row.name = name.unwrap_or_else(|| row.name.clone());
    row.priority = priority.unwrap_or_else(|| row.priority.clone());
    row.state = state.unwrap_or_else(|| row.state.clone());
    row.labels = labels.unwrap_or_else(|| row.labels.clone());
    row.assignees = assignees.unwrap_or_else(|| row.assignees.clone());
    row.parent = parent.unwrap_or_else(|| row.parent.clone());
    row.external_source = source.unwrap_or_else(|| row.external_source.clone());
    row.external_id = external.unwrap_or_else(|| row.external_id.clone());
    row.description_html = description.unwrap_or_else(|| row.description_html.clone());
    Ok(())
}

/// Makes an item; external ids are looked for and then inserted, and times written twice.
pub(super) async fn create(shared: &Shared, call: &Call, user: &User) -> Result<Answer, Answer> {
    let body = call.json()?;
    let made = blank(&mut shared.lock(), user);
    let mut made = made?;
    write(shared.lock().tables(), &body, &mut made, true)?;
    if let Some((source, id)) = external(&body) {
        let window = {
            let mut server = shared.lock();
            if let Some(other) = server.tables().external_items(&source, &id).first() {
                return Err(Answer::conflict(TAKEN, &other.id));
            }
            let range = server.timing.check.clone();
            server.random.between(&range)
        };
        shared.pause(window).await;
    }
    let (shown, gap) = {
        let server = &mut *shared.lock();
        let at = server.clock.tick();
        let range = server.timing.rewrite.clone();
        let gap = server.random.between(&range);
        let tables = server.tables_mut();
        tables.sequence += 1;
        made.sequence_id = tables.sequence;
        made.created_at = at;
        made.updated_at = at + SignedDuration::from_micros(28);
        settle_completion(tables, &mut made);
        tables.items.push(made.clone());
        let shown = call.view(server.tables(), user).item(&made);
        server.keep();
        (shown, gap)
    };
    shared.pause(gap).await;
    let server = &mut *shared.lock();
    let there = |id: &str| server.tables().user(id).is_some();
    let claimed = claimed(&body, &user.id, there)?;
    let created_at = match claimed.created_at {
        Some(at) => at,
        None => server.clock.tick(),
    };
    if let Some(row) = server.tables_mut().item_mut(&made.id) {
        row.created_at = created_at;
        row.created_by.clone_from(&claimed.created_by);
    }
    // The activity names whoever the row says made it.
    let mut scribe = Scribe {
        random: &mut server.random,
        item: &made.id,
        actor: claimed.created_by,
        at: created_at,
    };
    let rows = vec![scribe.created()];
    server.enqueue(&made.id, rows)?;
    Ok(Answer::created(shown))
}

/// Makes an item with nothing in it yet.
pub(crate) fn blank(server: &mut Server, user: &User) -> Result<Item, Answer> {
    let id = server.random.uuid();
    let at = server.clock.now();
    let tables = server.tables();
    let default = tables.states.iter().find(|state| state.default);
    let last = tables.items.iter().map(|item| item.sort_order);
    Ok(Item {
        id,
        sequence_id: 0,
        name: String::new(),
        description_html: "<p></p>".to_owned(),
        state: default.ok_or_else(Answer::failed)?.id.clone(),
        labels: Vec::new(),
        created_by: Some(user.id.clone()),
        updated_by: None,
        created_at: at,
        updated_at: at,
        priority: "none".to_owned(),
        assignees: Vec::new(),
        parent: None,
        sort_order: last.fold(55_535.0, f64::max) + 10_000.0,
        completed_at: None,
        external_source: None,
        external_id: None,
    })
}

/// Sets when an item was completed, by the group of its state.
pub(crate) fn settle_completion(tables: &Tables, row: &mut Item) {
    let group = tables.state(&row.state).map(|state| state.group.as_str());
    row.completed_at = match group {
        Some("completed") => row.completed_at.or(Some(row.updated_at)),
        _ => None,
    };
}

/// Edits an item; who made it and its number too, for whoever may edit at all.
pub(super) fn patch(server: &mut Server, call: &Call, user: &User) -> Result<Answer, Answer> {
    let id = &call.target.item;
    let old = server
        .tables()
        .item(id)
        .cloned()
        .ok_or_else(Answer::missing)?;
    let body = call.json()?;
    if let Some((source, external)) = external(&body)
        && old.external_id.as_deref() != Some(external.as_str())
        && let Some(other) = server.tables().external_items(&source, &external).first()
    {
        return Err(Answer::conflict(TAKEN, &other.id));
    }
    let mut row = old.clone();
    write(server.tables(), &body, &mut row, false)?;
    match body.get("created_by") {
        None => {}
        Some(Value::Null) => row.created_by = None,
        Some(Value::String(by)) if server.tables().user(by).is_some() => {
            row.created_by = Some(by.clone());
        }
        Some(other) => {
            let text = format!(
                "Invalid pk \"{}\" - object does not exist.",
                other.as_str().unwrap_or("")
            );
            return Err(Answer::new(400, json!({ "created_by": [text] })));
        }
    }
    if let Some(number) = body.get("sequence_id").and_then(Value::as_i64) {
        row.sequence_id = number;
        let tables = server.tables_mut();
        tables.sequence = tables.sequence.max(number);
    }
    row = store(server, &old, row, &user.id)?;
    Ok(Answer::ok(call.view(server.tables(), user).item(&row)))
}

/// Stores an edited item, and has the queue say what changed.
pub(crate) fn store(
    server: &mut Server,
    old: &Item,
    mut row: Item,
    by: &str,
) -> Result<Item, Answer> {
    row.updated_at = server.clock.tick();
    row.updated_by = Some(by.to_owned());
    settle_completion(server.tables(), &mut row);
    if let Some(place) = server.tables_mut().item_mut(&row.id) {
        place.clone_from(&row);
    }
    let mut random = server.random.clone();
    let mut scribe = Scribe {
        random: &mut random,
        item: &row.id,
        actor: Some(by.to_owned()),
        at: row.updated_at,
    };
    let rows = scribe.changes(server.tables(), old, &row);
    server.random = random;
    server.enqueue(&row.id, rows)?;
    Ok(row)
}

/// Deletes an item with its whole history: its creator may, which anybody can make themselves.
pub(super) fn delete(server: &mut Server, call: &Call, user: &User) -> Result<Answer, Answer> {
    let row = server
        .tables()
        .item(&call.target.item)
        .ok_or_else(Answer::missing)?;
    let admin = server.tables().role(user) == Some(Role::Admin);
    if row.created_by.as_ref() != Some(&user.id) && !admin {
        return Err(Answer::only_admin_or_creator());
    }
    server.tables_mut().remove_item(&call.target.item);
    Ok(Answer::no_content())
}
