//! Issues, comments and labels.

use serde_json::{Value, json};

use super::{WEB, user};
use crate::clock::written;
use crate::rules::association;
use crate::world::{Comment, Issue, Label, Repo, World};

/// Returns the path of a repository's pages: `acme/widgets`.
pub(crate) fn full_name(world: &World, repo: &Repo) -> String {
    format!("{}/{}", world.login_of(repo.owner), repo.name)
}

/// Returns the API's address of a repository.
pub(crate) fn repo_url(world: &World, repo: &Repo) -> String {
    format!("{}/repos/{}", world.base, full_name(world, repo))
}

/// Returns the node id of an issue or a pull request.
pub(crate) fn node_id(issue: &Issue) -> String {
    match &issue.pull {
        Some(pull) => format!("PR_{}", pull.id),
        None => format!("I_{}", issue.id),
    }
}

/// Returns the address at which people look at it.
pub(crate) fn page(world: &World, repo: &Repo, issue: &Issue) -> String {
    let kind = if issue.pull.is_some() {
        "pull"
    } else {
        "issues"
    };
    format!("{WEB}/{}/{kind}/{}", full_name(world, repo), issue.number)
}

/// Shows a label.
pub(crate) fn label(world: &World, repo: &Repo, label: &Label) -> Value {
    // Spaces and the like are escaped in the address.
    let escaped: String = label
        .name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    json!({
        "id": label.id,
        "node_id": format!("LA_{}", label.id),
        "url": format!("{}/labels/{escaped}", repo_url(world, repo)),
        "name": label.name,
        "color": label.color,
        "default": false,
        "description": label.description,
    })
}

/// Shows the labels of an issue.
pub(crate) fn labels(world: &World, repo: &Repo, issue: &Issue) -> Value {
    let labels = issue.labels.iter().filter_map(|id| repo.label(*id));
    labels.map(|shown| label(world, repo, shown)).collect()
}

fn reactions(url: &str) -> Value {
    json!({
        "url": format!("{url}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0,
        "hooray": 0, "confused": 0, "heart": 0, "rocket": 0, "eyes": 0,
    })
}

/// Shows an issue. A pull request is shown as one too.
pub(crate) fn issue(world: &World, repo: &Repo, issue: &Issue) -> Value {
    let above = repo_url(world, repo);
    let url = format!("{above}/issues/{}", issue.number);
    let mut shown = json!({
        "url": url,
        "repository_url": above,
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "timeline_url": format!("{url}/timeline"),
        "html_url": page(world, repo, issue),
        "id": issue.id,
        "node_id": node_id(issue),
        "number": issue.number,
        "title": issue.title,
        "user": user::simple(world, issue.text.author),
        "labels": labels(world, repo, issue),
        "state": if issue.open { "open" } else { "closed" },
        "locked": issue.locked.is_some(),
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "comments": issue.comments.len(),
        "created_at": written(issue.text.created),
        "updated_at": written(issue.updated),
        "closed_at": issue.closed.map(|(at, _)| written(at)),
        "closed_by": issue.closed.map(|(_, who)| user::simple(world, who)),
        "author_association": association(world, repo, issue.text.author),
        "active_lock_reason": issue.locked.clone().flatten(),
        "body": if issue.text.body.is_empty() { Value::Null } else { json!(issue.text.body) },
        "reactions": reactions(&url),
        "performed_via_github_app": user::app_of(world, issue.text.app),
        "state_reason": issue.reason,
    });
    if let Some(pull) = &issue.pull {
        let api = format!("{above}/pulls/{}", issue.number);
        let web = page(world, repo, issue);
        let more = json!({
            "draft": pull.draft,
            "pull_request": {
                "url": api,
                "html_url": web,
                "diff_url": format!("{web}.diff"),
                "patch_url": format!("{web}.patch"),
                "merged_at": pull.merged.map(written),
            },
        });
        user::add(&mut shown, more);
    } else if world.relations {
        let children = repo
            .issues
            .values()
            .filter(|other| other.parent == Some(issue.id));
        let (total, done) = children.fold((0, 0), |(total, done), child| {
            (total + 1, done + u32::from(!child.open))
        });
        let blocking = repo
            .issues
            .values()
            .filter(|other| other.blocked_by.contains(&issue.id))
            .count();
        let more = json!({
            "type": issue.kind.as_ref().map(|kind| json!({
                "id": 1, "node_id": "IT_1", "name": kind, "description": null, "color": "gray",
            })),
            "sub_issues_summary": {
                "total": total,
                "completed": done,
                "percent_completed": (done * 100u32).checked_div(total).unwrap_or(0),
            },
            "issue_dependencies_summary": {
                "blocked_by": issue.blocked_by.len(),
                "total_blocked_by": issue.blocked_by.len(),
                "blocking": blocking,
                "total_blocking": blocking,
            },
        });
        user::add(&mut shown, more);
    }
    shown
}

/// Shows a comment.
pub(crate) fn comment(world: &World, repo: &Repo, issue: &Issue, comment: &Comment) -> Value {
    let above = repo_url(world, repo);
    let url = format!("{above}/issues/comments/{}", comment.id);
    json!({
        "url": url,
        "html_url": format!("{}#issuecomment-{}", page(world, repo, issue), comment.id),
        "issue_url": format!("{above}/issues/{}", issue.number),
        "id": comment.id,
        "node_id": format!("IC_{}", comment.id),
        "user": user::simple(world, comment.text.author),
        "created_at": written(comment.text.created),
        "updated_at": written(comment.updated),
        "author_association": association(world, repo, comment.text.author),
        "body": comment.text.body,
        "reactions": reactions(&url),
        "performed_via_github_app": user::app_of(world, comment.text.app),
    })
}
