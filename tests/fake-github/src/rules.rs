//! Who may do what.
//!
//! Source: <https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization>.

use crate::caller::{Caller, Via};
use crate::refusal::Refusal;
use crate::seed::{Level, Role};
use crate::world::{Issue, Repo, World};

/// The permission of a fine-grained token or an App that a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need(pub(crate) &'static str, pub(crate) Level);

impl Need {
    /// Writes it as the header `X-Accepted-GitHub-Permissions` does.
    pub(crate) fn header(self) -> String {
        format!("{}={}", self.0, self.1.name())
    }
}

/// Returns what the caller may do in a repository. An App has no role: being allowed to write issues
/// is as good as push access there.
pub(crate) fn role(repo: &Repo, caller: &Caller) -> Role {
    match &caller.via {
        Via::Installation { permissions, .. } => {
            let writes = permissions.values().any(|level| *level == Level::Write);
            if writes { Role::Write } else { Role::Read }
        }
        Via::Nothing | Via::Jwt(_) => Role::None,
        Via::Web | Via::Classic(_) | Via::FineGrained(_) => {
            let role = caller.user.and_then(|user| repo.roles.get(&user));
            role.copied().unwrap_or(Role::None)
        }
    }
}

/// Checks that the caller may see a repository: what they may not see is not there.
pub(crate) fn see(repo: &Repo, caller: &Caller) -> Result<(), Refusal> {
    let scoped = match &caller.via {
        Via::Classic(scopes) => scopes.iter().any(|scope| scope == "repo"),
        _ => true,
    };
    if repo.private && (role(repo, caller) == Role::None || !scoped) {
        return Err(Refusal::not_found());
    }
    Ok(())
}

/// Checks that the caller's token opens what the route needs.
pub(crate) fn token(repo: Option<&Repo>, caller: &Caller, need: Need) -> Result<(), Refusal> {
    let Need(name, level) = need;
    let permitted = |permissions: &crate::seed::Permissions| {
        // Every token may read metadata; what is public may be read without a permission.
        let public = repo.is_none_or(|repo| !repo.private);
        (level == Level::Read && (name == "metadata" || public))
            || permissions.get(name).is_some_and(|has| *has >= level)
    };
    let refused = |whose: &str| Refusal {
        headers: vec![("x-accepted-github-permissions", need.header())],
        ..Refusal::forbidden(format!("Resource not accessible by {whose}"))
    };
    match &caller.via {
        Via::FineGrained(permissions) if !permitted(permissions) => {
            Err(refused("personal access token"))
        }
        // An installation may read what it was not given a permission for only where it is public.
        Via::Installation { permissions, .. } if !permitted(permissions) => {
            Err(refused("integration"))
        }
        Via::Jwt(_) => Err(Refusal::new(
            401,
            "A JSON web token may only be used for the App's own routes",
        )),
        Via::Classic(scopes) if level == Level::Write => {
            let public = repo.is_none_or(|repo| !repo.private);
            let has = |wanted: &str| scopes.iter().any(|scope| scope == wanted);
            if has("repo") || (public && has("public_repo")) {
                return Ok(());
            }
            Err(Refusal {
                headers: vec![("x-accepted-oauth-scopes", "repo".to_owned())],
                ..Refusal::not_found()
            })
        }
        Via::Nothing if level == Level::Write => Err(Refusal::new(401, "Requires authentication")),
        _ => Ok(()),
    }
}

/// Checks that a repository takes writes.
pub(crate) fn writable(repo: &Repo) -> Result<(), Refusal> {
    if repo.archived {
        let why = "Repository was archived so is read-only.";
        return Err(Refusal::forbidden(why));
    }
    Ok(())
}

/// Checks that the caller has at least this role.
pub(crate) fn at_least(repo: &Repo, caller: &Caller, least: Role) -> Result<(), Refusal> {
    if role(repo, caller) < least {
        let why = "Must have admin rights to Repository.";
        return Err(Refusal::forbidden(why));
    }
    Ok(())
}

/// Checks that the caller wrote this, or may change what others wrote.
pub(crate) fn own_or_write(repo: &Repo, caller: &Caller, author: u64) -> Result<(), Refusal> {
    if caller.user == Some(author) {
        return Ok(());
    }
    at_least(repo, caller, Role::Write)
}

/// Checks that the caller may comment: anybody who sees the issue, unless it is locked.
pub(crate) fn comment(repo: &Repo, caller: &Caller, issue: &Issue) -> Result<(), Refusal> {
    writable(repo)?;
    caller.somebody()?;
    if issue.locked.is_some() && role(repo, caller) < Role::Write {
        let why = "Unable to create comment because issue is locked.";
        return Err(Refusal::forbidden(why));
    }
    Ok(())
}

/// Tells how GitHub describes the relation of an author to a repository, which says nothing of rights.
pub(crate) fn association(world: &World, repo: &Repo, user: u64) -> &'static str {
    if !world.users.contains_key(&user) {
        return "NONE";
    }
    match repo.roles.get(&user) {
        Some(Role::None) | None => "NONE",
        Some(_) => "COLLABORATOR",
    }
}
