//! What is only read, and links.

use serde_json::{Value, json};

use super::Call;
use super::field::Fields;
use crate::answer::Answer;
use crate::json::person;
use crate::page::page;
use crate::route::Route;
use crate::rows::{Link, User};
use crate::server::Server;
use crate::tables::Tables;

/// Answers a read.
pub(super) fn get(tables: &Tables, call: &Call, user: &User) -> Result<Answer, Answer> {
    let view = call.view(tables, user);
    let (query, id) = (&call.query, &call.target.item);
    let body = match call.target.route {
        Route::Me => person(user),
        Route::WorkspaceMembers => {
            let members = tables.users.iter().rev();
            let shown = members.map(|member| {
                let mut shown = person(member);
                shown["role"] = (member.workspace.role as i64).into();
                shown
            });
            shown.collect()
        }
        // Without roles, and with those who are members no more.
        Route::Members => {
            let members = tables
                .users
                .iter()
                .rev()
                .filter(|user| user.project.is_some());
            members.map(person).collect()
        }
        Route::Projects => {
            let member = tables.role(user).is_some();
            let rows: &[()] = if member { &[()] } else { &[] };
            page(query, rows, |()| view.project(user, true))?
        }
        Route::Project => view.project(user, false),
        Route::States => page(query, &tables.states, |row| view.state(row))?,
        Route::State => view.state(tables.state(id).ok_or_else(Answer::missing)?),
        Route::Labels => {
            let rows: Vec<_> = tables.labels.iter().rev().collect();
            page(query, &rows, |row| view.label(row))?
        }
        Route::Label => view.label(tables.label(id).ok_or_else(Answer::missing)?),
        Route::Links => {
            let rows: Vec<_> = tables
                .links
                .iter()
                .rev()
                .filter(|row| row.item == *id)
                .collect();
            page(query, &rows, |row| view.link(row))?
        }
        Route::Activities => {
            let mut rows: Vec<_> = tables
                .activities
                .iter()
                .filter(|row| row.item == *id)
                .collect();
            rows.sort_by_key(|row| row.created_at);
            match call.query("order_by") {
                None | Some("created_at") => {}
                Some("-created_at") => rows.reverse(),
                Some(_) => return Err(Answer::failed()),
            }
            page(query, &rows, |row| view.activity(row))?
        }
        Route::Search => search(tables, call),
        Route::Items
        | Route::Item
        | Route::ItemByKey
        | Route::Comments
        | Route::Comment
        | Route::Unknown => return Err(Answer::missing()),
    };
    Ok(Answer::ok(body))
}

/// Looks for items by name, number or key; comments are not looked at.
fn search(tables: &Tables, call: &Call) -> Value {
    let sought = call.query("search").unwrap_or_default().to_lowercase();
    let limit = call
        .query("limit")
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let found = tables.items.iter().filter(|item| {
        let key = format!("{}-{}", tables.identifier, item.sequence_id).to_lowercase();
        !sought.is_empty() && (item.name.to_lowercase().contains(&sought) || key.contains(&sought))
    });
    let shown = found.take(limit).map(|item| {
        json!({
            "name": item.name,
            "id": item.id,
            "sequence_id": item.sequence_id,
            "project__identifier": tables.identifier,
            "project_id": tables.project,
            "workspace__slug": tables.slug,
        })
    });
    json!({ "issues": shown.collect::<Vec<_>>() })
}

/// Puts a link on an item; the server then tries to fetch the address.
pub(super) fn create_link(server: &mut Server, call: &Call, user: &User) -> Result<Answer, Answer> {
    let body = call.json()?;
    let mut fields = Fields::new(&body);
    let url = fields.required("url", usize::MAX);
    let title = fields.nullable("title", 255).flatten();
    if let Some(url) = &url
        && !(url.starts_with("http://") || url.starts_with("https://"))
    {
        fields.refuse("url", json!(["Invalid URL format."]));
    }
    fields.end()?;
    let item = &call.target.item;
    if server.tables().item(item).is_none() {
        return Err(Answer::bad_payload());
    }
    let url = url.ok_or_else(Answer::failed)?;
    let mut links = server.tables().links.iter();
    if links.any(|link| link.item == *item && link.url == url) {
        return Err(Answer::refused("URL already exists for this Issue"));
    }
    let (id, at) = (server.random.uuid(), server.clock.tick());
    let row = Link {
        id: id.clone(),
        item: item.clone(),
        title,
        url,
        crawled: false,
        created_by: Some(user.id.clone()),
        updated_by: None,
        created_at: at,
        updated_at: at,
    };
    server.tables_mut().links.push(row.clone());
    server.enqueue_crawl(item, &id)?;
    let mut shown = call.view(server.tables(), user).link(&row);
    shown["updated_by"] = json!(user.id);
    Ok(Answer::created(shown))
}
