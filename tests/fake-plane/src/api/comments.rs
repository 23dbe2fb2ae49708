//! Comments: anybody writes, edits and deletes them; nobody is asked who they are.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::Call;
use super::field::{Fields, claimed, external};
use crate::answer::Answer;
use crate::page::page;
use crate::rows::{Comment, User};
use crate::server::{Server, Shared};
use crate::tables::Tables;

const TAKEN: &str =
    "Work item comment with the same external id and external source already exists";

/// Lists an item's comments, newest first; those of an item that is not there are none.
pub(super) fn list(tables: &Tables, call: &Call, user: &User) -> Result<Answer, Answer> {
    let rows = tables.comments_of(&call.target.item);
    let view = call.view(tables, user);
    page(&call.query, &rows, |row| view.comment(row)).map(Answer::ok)
}

/// Shows one comment.
pub(super) fn get(tables: &Tables, call: &Call, user: &User) -> Result<Answer, Answer> {
    let row = tables.comment(&call.target.item, &call.target.child);
    let row = row.ok_or_else(Answer::missing)?;
    Ok(Answer::ok(call.view(tables, user).comment(row)))
}

/// Makes a comment: looks for its external id, inserts it, and writes who and when a second time.
pub(super) async fn create(shared: &Shared, call: &Call, user: &User) -> Result<Answer, Answer> {
    let body = call.json()?;
    if let Some((source, id)) = external(&body) {
        let window = {
            let mut server = shared.lock();
            if let Some(other) = server.tables().external_comment(&source, &id) {
                return Err(Answer::conflict(TAKEN, &other));
            }
            let range = server.timing.check.clone();
            server.random.between(&range)
        };
        // Nothing keeps another from inserting the same id meanwhile.
        shared.pause(window).await;
    }
    let (id, gap) = insert(&mut shared.lock(), call, &body, user)?;
    shared.pause(gap).await;
    if call.dies {
        return Err(Answer::failed());
    }
    let server = &mut shared.lock();
    let there = |id: &str| server.tables().user(id).is_some();
    let claimed = claimed(&body, &user.id, there)?;
    let created_at = match claimed.created_at {
        Some(at) => at,
        None => server.clock.tick(),
    };
    let tables = server.tables_mut();
    let Some(row) = tables.comment_mut(&call.target.item, &id) else {
        return Err(Answer::failed());
    };
    row.created_at = created_at;
    row.created_by.clone_from(&claimed.created_by);
    let row = row.clone();
    server.enqueue(&call.target.item, Vec::new())?;
    let mut shown = call.view(server.tables(), user).written_comment(&row);
    // The answer is not what was stored: it names the claimed author, and an editor there is not.
    shown["actor"] = json!(claimed.created_by);
    shown["updated_by"] = json!(user.id);
    Ok(Answer::created(shown))
}

/// Inserts a comment with its provisional time; returns its id and how long that time stays.
fn insert(
    server: &mut Server,
    call: &Call,
    body: &Map<String, Value>,
    user: &User,
) -> Result<(String, std::time::Duration), Answer> {
    let mut fields = Fields::new(body);
    let html = fields.text("comment_html", usize::MAX, true);
    let access = fields.choice("access", &["INTERNAL", "EXTERNAL"]);
    let source = fields.nullable("external_source", 255).flatten();
    let external = fields.nullable("external_id", 255).flatten();
    fields.end()?;
    if server.tables().item(&call.target.item).is_none() {
        return Err(Answer::bad_payload());
    }
    let (id, description) = (server.random.uuid(), server.random.uuid());
    let range = server.timing.rewrite.clone();
    let gap = server.random.between(&range);
    let at = server.clock.tick();
    let tables = server.tables_mut();
    tables.heap += 1;
    tables.comments.push(Comment {
        id: id.clone(),
        item: call.target.item.clone(),
        html: html.unwrap_or_else(|| "<p></p>".to_owned()),
        actor: user.id.clone(),
        created_by: Some(user.id.clone()),
        updated_by: None,
        created_at: at,
        updated_at: at + SignedDuration::from_micros(26),
        edited_at: None,
        external_source: source,
        external_id: external,
        access: access.unwrap_or_else(|| "INTERNAL".to_owned()),
        description,
        heap: tables.heap,
    });
    server.keep();
    Ok((id, gap))
}

/// Edits a comment, whoever wrote it; even an edit of nothing marks it.
pub(super) fn patch(server: &mut Server, call: &Call, user: &User) -> Result<Answer, Answer> {
    let (item, id) = (&call.target.item, &call.target.child);
    let row = server.tables().comment(item, id).cloned();
    let row = row.ok_or_else(Answer::missing)?;
    let body = call.json()?;
    let wanted = body.get("external_id").and_then(Value::as_str);
    if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty())
        && row.external_id.as_deref() != Some(wanted)
    {
        let source = body.get("external_source").and_then(Value::as_str);
        let source = source
            .or(row.external_source.as_deref())
            .unwrap_or_default();
        if let Some(other) = server.tables().external_comment(source, wanted) {
            return Err(Answer::conflict(TAKEN, &other));
        }
    }
    let mut fields = Fields::new(&body);
    let html = fields.text("comment_html", usize::MAX, true);
    let access = fields.choice("access", &["INTERNAL", "EXTERNAL"]);
    let source = fields.nullable("external_source", 255);
    let external = fields.nullable("external_id", 255);
    fields.end()?;
    let at = server.clock.tick();
    let row = server.tables_mut().comment_mut(item, id);
    let row = row.ok_or_else(Answer::missing)?;
    row.html = html.unwrap_or_else(|| row.html.clone());
    row.access = access.unwrap_or_else(|| row.access.clone());
    row.external_source = source.unwrap_or_else(|| row.external_source.clone());
    row.external_id = external.unwrap_or_else(|| row.external_id.clone());
    row.updated_by = Some(user.id.clone());
    row.updated_at = at;
    let row = row.clone();
    server.enqueue(item, Vec::new())?;
    Ok(Answer::ok(
        call.view(server.tables(), user).written_comment(&row),
    ))
}

/// Deletes a comment, whoever wrote it, without a trace but the mark on the item.
pub(super) fn delete(server: &mut Server, call: &Call, _: &User) -> Result<Answer, Answer> {
    let (item, id) = (&call.target.item, &call.target.child);
    if server.tables().comment(item, id).is_none() {
        return Err(Answer::missing());
    }
    server.tables_mut().comments.retain(|row| row.id != *id);
    server.enqueue(item, Vec::new())?;
    Ok(Answer::no_content())
}
