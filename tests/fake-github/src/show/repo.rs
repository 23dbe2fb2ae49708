//! Repositories.

use serde_json::{Value, json};

use super::issue::{full_name, repo_url};
use super::{WEB, user};
use crate::caller::{Caller, Via};
use crate::clock::written;
use crate::rules::role;
use crate::seed::Role;
use crate::world::{Repo, World};

/// The addresses of a repository's parts: their names and what follows the repository's address.
const PARTS: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

/// Shows a repository as this caller sees it.
pub(crate) fn full(world: &World, repo: &Repo, caller: &Caller) -> Value {
    let name = full_name(world, repo);
    let (api, web) = (repo_url(world, repo), format!("{WEB}/{name}"));
    let open = repo.issues.values().filter(|issue| issue.open).count();
    let mut shown = json!({
        "id": repo.id,
        "node_id": format!("R_{}", repo.id),
        "name": repo.name,
        "full_name": name,
        "private": repo.private,
        "visibility": if repo.private { "private" } else { "public" },
        "owner": user::simple(world, repo.owner),
        "html_url": web,
        "description": null,
        "fork": false,
        "created_at": written(repo.created),
        "updated_at": written(repo.created),
        "pushed_at": written(repo.created),
        "git_url": format!("git://github.test/{name}.git"),
        "ssh_url": format!("git@github.test:{name}.git"),
        "clone_url": format!("{web}.git"),
        "svn_url": web,
    });
    let rest = json!({
        "homepage": null,
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": null,
        "has_issues": repo.has_issues,
        "has_projects": false,
        "has_downloads": false,
        "has_wiki": false,
        "has_pages": false,
        "has_discussions": false,
        "forks_count": 0,
        "mirror_url": null,
        "archived": repo.archived,
        "disabled": false,
        "open_issues_count": open,
        "license": null,
        "allow_forking": true,
        "is_template": false,
        "topics": [],
        "forks": 0,
        "open_issues": open,
        "watchers": 0,
        "default_branch": "main",
        "network_count": 0,
        "subscribers_count": 0,
    });
    user::add(&mut shown, rest);
    for (part, address) in PARTS {
        shown[part] = json!(format!("{api}{address}"));
    }
    // What the account may do, whatever its token may; strangers are told nothing.
    if !matches!(caller.via, Via::Nothing) {
        let has = role(repo, caller);
        shown["permissions"] = json!({
            "admin": has >= Role::Admin,
            "maintain": has >= Role::Maintain,
            "push": has >= Role::Write,
            "triage": has >= Role::Triage,
            "pull": true,
        });
    }
    shown
}
