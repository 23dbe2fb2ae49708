//! Accounts and Apps.

use serde_json::{Value, json};

use super::WEB;
use crate::clock::written;
use crate::seed::Permissions;
use crate::world::{Installed, User, World};

/// Returns the node id of an account.
pub(crate) fn node_id(user: &User) -> String {
    let prefix = match user.kind {
        "Bot" => "BOT",
        "Organization" => "O",
        _ => "U",
    };
    format!("{prefix}_{}", user.id)
}

/// Shows an account as others' answers do; null if it is gone.
pub(crate) fn simple(world: &World, id: u64) -> Value {
    let Some(user) = world.users.get(&id) else {
        return Value::Null;
    };
    let login = user.login.as_str();
    // Addresses of bots have their brackets escaped.
    let name = login.replace('[', "%5B").replace(']', "%5D");
    let url = format!("{}/users/{name}", world.base);
    json!({
        "login": login,
        "id": id,
        "node_id": node_id(user),
        "avatar_url": format!("{WEB}/avatars/{id}"),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{WEB}/{name}"),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": user.kind,
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// Shows an account by itself.
pub(crate) fn public(world: &World, user: &User) -> Value {
    let mut shown = simple(world, user.id);
    let more = json!({
        "name": if user.name.is_empty() { Value::Null } else { json!(user.name) },
        "company": null,
        "blog": "",
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": written(user.created),
        "updated_at": written(user.created),
    });
    add(&mut shown, more);
    shown
}

/// Adds the fields of one object to another.
pub(crate) fn add(to: &mut Value, more: Value) {
    if let (Value::Object(to), Value::Object(more)) = (to, more) {
        to.extend(more);
    }
}

fn permissions(permissions: &Permissions) -> Value {
    permissions
        .iter()
        .map(|(name, level)| (name.clone(), json!(level.name())))
        .collect()
}

/// Shows an App; its owner is the repository's.
pub(crate) fn app(world: &World, installed: &Installed) -> Value {
    let app = &installed.app;
    let owner = world.repos.values().next().map_or(0, |repo| repo.owner);
    let created = world.users.get(&installed.bot).map_or(0, |bot| bot.created);
    json!({
        "id": app.id,
        "client_id": format!("Iv23{}", app.id),
        "slug": app.slug,
        "node_id": format!("A_{}", app.id),
        "owner": simple(world, owner),
        "name": app.slug,
        "description": null,
        "external_url": format!("{WEB}/apps/{}", app.slug),
        "html_url": format!("{WEB}/apps/{}", app.slug),
        "created_at": written(created),
        "updated_at": written(created),
        "permissions": permissions(&app.permissions),
        "events": [],
    })
}

/// Shows the App with this id, or null.
pub(crate) fn app_of(world: &World, id: Option<u64>) -> Value {
    let installed = id.and_then(|id| world.apps.get(&id));
    installed.map_or(Value::Null, |installed| app(world, installed))
}

/// Shows an installation.
pub(crate) fn installation(world: &World, installed: &Installed) -> Value {
    let app = &installed.app;
    let owner = world.repos.values().next().map_or(0, |repo| repo.owner);
    let created = world.users.get(&installed.bot).map_or(0, |bot| bot.created);
    let id = app.installation;
    json!({
        "id": id,
        "client_id": format!("Iv23{}", app.id),
        "account": simple(world, owner),
        "repository_selection": "selected",
        "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", world.base),
        "repositories_url": format!("{}/installation/repositories", world.base),
        "html_url": format!("{WEB}/settings/installations/{id}"),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": owner,
        "target_type": "Organization",
        "permissions": permissions(&app.permissions),
        "events": [],
        "single_file_name": null,
        "created_at": written(created),
        "updated_at": written(created),
        "suspended_by": null,
        "suspended_at": installed.suspended.then(|| written(created)),
    })
}

/// Shows a token that was made for an installation.
pub(crate) fn token(token: &str, expires: i64, granted: &Permissions) -> Value {
    json!({
        "token": token,
        "expires_at": written(expires),
        "permissions": permissions(granted),
        "repository_selection": "selected",
    })
}
