//! Pull requests.

use serde_json::{Value, json};

use super::issue::{labels, page, repo_url};
use super::{repo, user};
use crate::caller::Caller;
use crate::clock::written;
use crate::rules::association;
use crate::world::{Issue, Pull, Repo, World};

/// Shows a pull request as lists do.
pub(crate) fn simple(
    world: &World,
    place: &Repo,
    issue: &Issue,
    pull: &Pull,
    caller: &Caller,
) -> Value {
    let (above, web) = (repo_url(world, place), page(world, place, issue));
    let (number, owner) = (issue.number, world.login_of(place.owner));
    let (url, as_issue) = (
        format!("{above}/pulls/{number}"),
        format!("{above}/issues/{number}"),
    );
    let end = |branch: &str, sha: &str| {
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "user": user::simple(world, place.owner),
            "repo": repo::full(world, place, caller),
        })
    };
    // The head follows its branch while the request is open.
    let head_sha = match place.branch(&pull.head) {
        Some(sha) if issue.open => sha,
        _ => pull.head_sha.clone(),
    };
    let statuses = format!("{above}/statuses/{head_sha}");
    let href = |address: &str| json!({"href": address});
    json!({
        "url": url,
        "id": pull.id,
        "node_id": format!("PR_{}", pull.id),
        "html_url": web,
        "diff_url": format!("{web}.diff"),
        "patch_url": format!("{web}.patch"),
        "issue_url": as_issue,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": format!("{above}/pulls/comments{{/number}}"),
        "comments_url": format!("{as_issue}/comments"),
        "statuses_url": statuses,
        "number": number,
        "state": if issue.open { "open" } else { "closed" },
        "locked": issue.locked.is_some(),
        "title": issue.title,
        "user": user::simple(world, issue.text.author),
        "body": if issue.text.body.is_empty() { Value::Null } else { json!(issue.text.body) },
        "labels": labels(world, place, issue),
        "milestone": null,
        "active_lock_reason": issue.locked.clone().flatten(),
        "created_at": written(issue.text.created),
        "updated_at": written(issue.updated),
        "closed_at": issue.closed.map(|(at, _)| written(at)),
        "merged_at": pull.merged.map(written),
        "merge_commit_sha": pull.merged.map(|_| head_sha.clone()),
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": end(&pull.head, &head_sha),
        "base": end(&pull.base, &pull.base_sha),
        "_links": {
            "self": href(&url),
            "html": href(&web),
            "issue": href(&as_issue),
            "comments": href(&format!("{as_issue}/comments")),
            "review_comments": href(&format!("{url}/comments")),
            "review_comment": href(&format!("{above}/pulls/comments{{/number}}")),
            "commits": href(&format!("{url}/commits")),
            "statuses": href(&statuses),
        },
        "author_association": association(world, place, issue.text.author),
        "auto_merge": null,
        "draft": pull.draft,
    })
}

/// Shows a pull request by itself.
pub(crate) fn full(
    world: &World,
    place: &Repo,
    issue: &Issue,
    pull: &Pull,
    caller: &Caller,
) -> Value {
    let mut shown = simple(world, place, issue, pull, caller);
    let more = json!({
        "merged": pull.merged.is_some(),
        "mergeable": null,
        "rebaseable": null,
        "mergeable_state": "unknown",
        "merged_by": null,
        "comments": issue.comments.len(),
        "review_comments": 0,
        "maintainer_can_modify": false,
        "commits": 1,
        "additions": 1,
        "deletions": 0,
        "changed_files": 1,
    });
    user::add(&mut shown, more);
    shown
}
