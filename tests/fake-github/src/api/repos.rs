//! A repository, its people, branches and references.

use serde_json::{Value, json};

use super::{Answer, Call, Reply};
use crate::caller::Via;
use crate::refusal::Refusal;
use crate::rules;
use crate::seed::Role;
use crate::show::issue::repo_url;
use crate::show::{repo, user};
use crate::world::{Repo, World};

pub(crate) fn get(world: &World, call: &Call<'_>) -> Reply {
    let shown = repo::full(world, world.repo(call.repo), call.caller);
    Ok(Answer::ok(shown))
}

/// Tells what an account may do, by both names of its role.
pub(crate) fn permission(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let app = matches!(call.caller.via, Via::Installation { .. });
    call.caller.somebody()?;
    if world.permission_needs_push && !app && rules::role(place, call.caller) < Role::Write {
        let why = "Must have push access to view collaborator permission.";
        return Err(Refusal::forbidden(why));
    }
    let asked = world.user_named(call.arg(0));
    let asked = asked.ok_or_else(Refusal::not_found)?;
    let held = place.roles.get(&asked.id).copied().unwrap_or(Role::None);
    // Everybody may read what is public.
    let role = match held {
        Role::None if !place.private => Role::Read,
        other => other,
    };
    let mut shown = user::simple(world, asked.id);
    shown["permissions"] = json!({
        "pull": role >= Role::Read,
        "triage": role >= Role::Triage,
        "push": role >= Role::Write,
        "maintain": role >= Role::Maintain,
        "admin": role >= Role::Admin,
    });
    shown["role_name"] = json!(role.name());
    Ok(Answer::ok(json!({
        "permission": role.permission(),
        "role_name": role.name(),
        "user": shown,
    })))
}

/// Tells whether an account is a collaborator: 204, or 404.
pub(crate) fn collaborator(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let app = matches!(call.caller.via, Via::Installation { .. });
    call.caller.somebody()?;
    if !app && rules::role(place, call.caller) < Role::Write {
        let why = "Must have push access to view repository collaborators.";
        return Err(Refusal::forbidden(why));
    }
    let asked = world.user_named(call.arg(0));
    let asked = asked.ok_or_else(Refusal::not_found)?;
    match place.roles.get(&asked.id) {
        Some(Role::None) | None => Err(Refusal::not_found()),
        Some(_) => Ok(Answer::new(204, Value::Null)),
    }
}

fn shown_ref(world: &World, place: &Repo, name: &str, sha: &str) -> Value {
    let above = repo_url(world, place);
    json!({
        "ref": format!("refs/heads/{name}"),
        "node_id": format!("REF_{name}"),
        "url": format!("{above}/git/refs/heads/{name}"),
        "object": {"type": "commit", "sha": sha, "url": format!("{above}/git/commits/{sha}")},
    })
}

pub(crate) fn reference(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let name = call.arg(0).strip_prefix("heads/");
    let name = name.ok_or_else(Refusal::not_found)?;
    let sha = place.branch(name).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(shown_ref(world, place, name, &sha)))
}

pub(crate) fn branch(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let name = call.arg(0);
    let missing = || Refusal::new(404, "Branch not found");
    let sha = place.branch(name).ok_or_else(missing)?;
    let above = repo_url(world, place);
    Ok(Answer::ok(json!({
        "name": name,
        "commit": {
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "url": format!("{above}/commits/{sha}"),
            "html_url": format!("{above}/commit/{sha}"),
            "comments_url": format!("{above}/commits/{sha}/comments"),
            "commit": {
                "url": format!("{above}/git/commits/{sha}"),
                "author": null,
                "committer": null,
                "message": "",
                "comment_count": 0,
                "tree": {"sha": sha, "url": format!("{above}/git/trees/{sha}")},
            },
            "author": null,
            "committer": null,
            "parents": [],
        },
        "_links": {
            "self": format!("{above}/branches/{name}"),
            "html": format!("{above}/tree/{name}"),
        },
        "protected": false,
        "protection": {"enabled": false},
        "protection_url": format!("{above}/branches/{name}/protection"),
    })))
}
