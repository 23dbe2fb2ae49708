//! The views: who asks, may they, have they budget left, and what is the answer.

mod comments;
mod field;
pub(crate) mod items;
mod labels;
mod lists;
mod states;

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::json::View;
use crate::limit::Budget;
use crate::route::{Route, Target};
use crate::rows::{Role, User};
use crate::server::{Server, Shared};
use crate::tables::Tables;

/// A request to a view.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) target: Target,
    pub(crate) method: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: Option<String>,
    pub(crate) key: Option<String>,
    /// Whether the server dies between the two writes of a comment.
    pub(crate) dies: bool,
}

impl Call {
    /// Returns the last value of a query parameter.
    fn query(&self, name: &str) -> Option<&str> {
        let mut values = self.query.iter().rev().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.as_str())
    }

    /// Returns what this reader wants to see.
    fn view<'a>(&'a self, tables: &'a Tables, reader: &User) -> View<'a> {
        let list = |name| {
            let names = self.query(name).unwrap_or_default().split(',');
            names.filter(|name| !name.is_empty()).collect()
        };
        View {
            tables,
            offset: reader.offset,
            fields: list("fields"),
            expand: list("expand"),
        }
    }

    /// Reads the body as a JSON object.
    fn json(&self) -> Result<Map<String, Value>, Answer> {
        let media = self.content_type.as_deref().unwrap_or_default();
        if !media.starts_with("application/json") {
            let text = format!("Unsupported media type \"{media}\" in request.");
            return Err(Answer::detail(415, &text));
        }
        let Ok(text) = std::str::from_utf8(&self.body) else {
            return Err(Answer::detail(
                400,
                "JSON parse error - 'utf-8' codec can't decode byte",
            ));
        };
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(other) => {
                let kind = match other {
                    Value::Array(_) => "list",
                    Value::String(_) => "str",
                    _ => "int",
                };
                let text = format!("Invalid data. Expected a dictionary, but got {kind}.");
                Err(Answer::new(400, json!({ "non_field_errors": [text] })))
            }
            Err(_) => {
                let text = format!("JSON parse error - {}", python_error(text));
                Err(Answer::detail(400, &text))
            }
        }
    }
}

/// Says what is wrong with JSON in the words of Python's parser, as far as the beginning shows it.
fn python_error(text: &str) -> String {
    let start = text.len() - text.trim_start().len();
    let inner = text[start..].strip_prefix('{').map(str::trim_start);
    let (what, at) = match inner {
        Some(inner) if !inner.starts_with(['"', '}']) => (
            "Expecting property name enclosed in double quotes",
            text.len() - inner.len(),
        ),
        Some(_) => ("Expecting ',' delimiter", start + 1),
        None => ("Expecting value", start),
    };
    let line = text[..at].matches('\n').count() + 1;
    let column = at - text[..at].rfind('\n').map_or(0, |last| last + 1) + 1;
    format!("{what}: line {line} column {column} (char {at})")
}

/// Answers a request to a view.
pub(crate) async fn respond(shared: &Shared, call: &Call) -> Answer {
    let (user, budget) = match admit(&mut shared.lock(), call) {
        Ok(admitted) => admitted,
        Err(answer) => return answer,
    };
    let answer = act(shared, call, &user).await;
    let mut answer = answer.unwrap_or_else(|refusal| refusal);
    if let Budget::Left { remaining, reset } = budget {
        answer
            .headers
            .push(("X-RateLimit-Remaining", remaining.to_string()));
        answer
            .headers
            .push(("X-RateLimit-Reset", reset.to_string()));
    }
    shared.lock().keep();
    answer
}

/// Lets a request in: key, permission, budget, method, in this order.
fn admit(server: &mut Server, call: &Call) -> Result<(User, Budget), Answer> {
    let key = call.key.as_deref().ok_or_else(Answer::no_key)?;
    let tables = server.tables();
    let mut tokens = tables.tokens.iter();
    let token = tokens
        .find(|token| token.key == key && token.active)
        .cloned();
    let user = token.as_ref().and_then(|token| tables.user(&token.user));
    let (Some(token), Some(user)) = (token.as_ref(), user.filter(|user| user.active).cloned())
    else {
        return Err(Answer::bad_key());
    };
    if !permitted(tables, &user, call) {
        return Err(Answer::denied());
    }
    let now = server.clock.now();
    let limit = server.limits[usize::from(token.service)];
    match server.limiter.ask(&token.key, limit, now) {
        Budget::Wait(seconds) => Err(Answer::throttled(seconds)),
        budget @ Budget::Left { .. } => Ok((user, budget)),
    }
}

/// Tells whether an account may make this request at all.
fn permitted(tables: &Tables, user: &User, call: &Call) -> bool {
    let target = &call.target;
    if target.route == Route::Me {
        return true;
    }
    if target.workspace != tables.slug || !user.workspace.active {
        return false;
    }
    let reads = call.method == "GET" || call.method == "HEAD";
    let role = tables.role(user);
    match target.route {
        Route::WorkspaceMembers => user.workspace.role >= Role::Member,
        Route::Projects => reads || user.workspace.role >= Role::Member,
        Route::Search => true,
        Route::ItemByKey => {
            let prefix = target.item.rsplit_once('-').map(|(prefix, _)| prefix);
            role.is_some() && prefix == Some(tables.identifier.as_str())
        }
        _ if target.project != tables.project => false,
        // Any active member, be it a guest: no look at who owns the comment.
        Route::Comments | Route::Comment => role.is_some(),
        Route::Project | Route::Members if !reads => role == Some(Role::Admin),
        _ if reads => role.is_some(),
        // Who may delete an item is decided later, and answered in other words.
        _ => role >= Some(Role::Member),
    }
}

/// Does what the request asks.
async fn act(shared: &Shared, call: &Call, user: &User) -> Result<Answer, Answer> {
    match (call.target.route, call.method.as_str()) {
        (Route::Comments, "POST") => comments::create(shared, call, user).await,
        (Route::Items, "POST") => items::create(shared, call, user).await,
        (route, "GET") => {
            let tables = shared.lock().replica();
            let tables = &*tables;
            match route {
                Route::Comments => comments::list(tables, call, user),
                Route::Comment => comments::get(tables, call, user),
                Route::Items => items::list(tables, call, user),
                Route::Item => items::get(tables, call, user),
                Route::ItemByKey => items::by_key(tables, call, user),
                _ => lists::get(tables, call, user),
            }
        }
        (route, method) => {
            let server = &mut shared.lock();
            match (route, method) {
                (Route::Comment, "PATCH") => comments::patch(server, call, user),
                (Route::Comment, "DELETE") => comments::delete(server, call, user),
                (Route::Item, "PATCH") => items::patch(server, call, user),
                (Route::Item, "DELETE") => items::delete(server, call, user),
                (Route::Labels, "POST") => labels::create(server, call, user),
                (Route::Label, "PATCH") => labels::patch(server, call, user),
                (Route::Label, "DELETE") => labels::delete(server, call),
                (Route::States, "POST") => states::create(server, call, user),
                (Route::State, "DELETE") => states::delete(server, call),
                (Route::Links, "POST") => lists::create_link(server, call, user),
                (_, method) => {
                    let text = format!("Method \"{method}\" not allowed.");
                    Err(Answer::detail(405, &text))
                }
            }
        }
    }
}
