//! The objects of the graph, whole; [`project`](super::project) says what their marks mean.

use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock::written;
use crate::rules;
use crate::show::WEB;
use crate::show::issue::{full_name, node_id, page};
use crate::show::user::{add, node_id as user_node};
use crate::world::{Comment, Edit, Event, Issue, Repo, Text, User, What, World};

/// Makes a connection. An issue holds its comments, which hold no issue.
fn connection(of: &str, items: Vec<Value>) -> Value {
    json!({"__typename": format!("{of}Connection"), "__items": items})
}

/// Finds a node by its global id; null if there is none that this caller may see.
pub(super) fn node(world: &World, caller: &Caller, id: &str) -> Value {
    let mut found = find(world, caller, id);
    if !found.is_null() {
        found["__shared"] = json!(["__typename", "id"]);
    }
    found
}

fn find(world: &World, caller: &Caller, id: &str) -> Value {
    let Some((kind, number)) = id.rsplit_once('_') else {
        return Value::Null;
    };
    let Ok(number) = number.parse::<u64>() else {
        return Value::Null;
    };
    if matches!(kind, "U" | "BOT" | "O") {
        return user(world, number);
    }
    let visible = world.repos.values();
    for repo in visible.filter(|repo| rules::see(repo, caller).is_ok()) {
        for one in repo.issues.values() {
            if node_id(one) == id {
                return issue(world, repo, one);
            }
            if let (true, Some(found)) = (kind == "IC", one.comments.get(&number)) {
                return comment(world, repo, one, found);
            }
        }
    }
    Value::Null
}

fn account(world: &World, user: &User) -> Value {
    // GraphQL leaves `[bot]` away.
    let login = user.login.trim_end_matches("[bot]");
    json!({
        "__typename": user.kind,
        "__is": ["Actor", "Node", "UniformResourceLocatable"],
        "id": user_node(user),
        "databaseId": user.id,
        "login": login,
        "name": user.name,
        "url": format!("{WEB}/{login}"),
        "resourcePath": format!("/{login}"),
        "avatarUrl": format!("{WEB}/avatars/{}", user.id),
        "createdAt": written(user.created),
        "isViewer": world.users.is_empty(),
    })
}

/// Shows an account whose type is known to be that of an account.
pub(super) fn user(world: &World, id: u64) -> Value {
    let user = world.users.get(&id);
    user.map_or(Value::Null, |user| account(world, user))
}

/// Shows an account where the schema has an `Actor`; null if it is gone.
fn actor(world: &World, id: u64) -> Value {
    let mut shown = user(world, id);
    if !shown.is_null() {
        shown["__shared"] = json!(["__typename", "login", "url", "resourcePath", "avatarUrl"]);
    }
    shown
}

fn edit(world: &World, text: &Text, edit: &Edit) -> Value {
    json!({
        "__typename": "UserContentEdit",
        "__is": ["Node"],
        "id": format!("UCE_{}", edit.id),
        "editor": actor(world, edit.editor),
        "editedAt": written(edit.at),
        "createdAt": written(text.created),
        "updatedAt": written(edit.erased.map_or(edit.at, |(_, at)| at)),
        "diff": if edit.erased.is_some() { Value::Null } else { json!(edit.body) },
        "deletedAt": edit.erased.map(|(_, at)| written(at)),
        "deletedBy": edit.erased.map(|(who, _)| actor(world, who)),
    })
}

/// Shows what an issue and a comment have in common: who wrote and who edited.
fn written_by(world: &World, repo: &Repo, text: &Text) -> Value {
    let last = text.edits.last();
    // The newest first; the oldest is what was written.
    let edits = text.edits.iter().rev();
    json!({
        "author": actor(world, text.author),
        "authorAssociation": rules::association(world, repo, text.author),
        "body": text.body,
        "createdAt": written(text.created),
        "publishedAt": written(text.created),
        "createdViaEmail": false,
        "editor": last.map(|last| actor(world, last.editor)),
        "lastEditedAt": last.map(|last| written(last.at)),
        "includesCreatedEdit": last.is_some(),
        "userContentEdits": connection(
            "UserContentEdit",
            edits.map(|one| edit(world, text, one)).collect(),
        ),
    })
}

fn label(id: u64, name: &str, color: &str) -> Value {
    json!({
        "__typename": "Label", "__is": ["Node"], "id": format!("LA_{id}"), "name": name,
        "color": color,
    })
}

fn comment(world: &World, repo: &Repo, issue: &Issue, comment: &Comment) -> Value {
    let mut shown = written_by(world, repo, &comment.text);
    let more = json!({
        "__typename": "IssueComment",
        "__is": ["Node", "Comment", "Deletable", "Minimizable", "Updatable", "UniformResourceLocatable"],
        "id": format!("IC_{}", comment.id),
        "databaseId": comment.id,
        "fullDatabaseId": comment.id.to_string(),
        "updatedAt": written(comment.updated),
        "isMinimized": false,
        "minimizedReason": null,
        "url": format!("{}#issuecomment-{}", page(world, repo, issue), comment.id),
    });
    add(&mut shown, more);
    shown
}

fn event(world: &World, event: &Event) -> Value {
    let (kind, more) = match &event.what {
        What::Labeled { name, color } => ("LabeledEvent", json!({"label": label(0, name, color)})),
        What::Unlabeled { name, color } => {
            ("UnlabeledEvent", json!({"label": label(0, name, color)}))
        }
        What::Closed { reason } => (
            "ClosedEvent",
            json!({"stateReason": reason.to_uppercase(), "closer": null}),
        ),
        What::Reopened => ("ReopenedEvent", json!({"stateReason": "REOPENED"})),
        What::Renamed { from, to } => (
            "RenamedTitleEvent",
            json!({"previousTitle": from, "currentTitle": to}),
        ),
        What::Locked => ("LockedEvent", json!({"lockReason": null})),
        What::Unlocked => ("UnlockedEvent", json!({})),
        What::Subscribed => ("SubscribedEvent", json!({})),
        What::CommentDeleted { author } => (
            "CommentDeletedEvent",
            json!({"deletedCommentAuthor": actor(world, *author), "databaseId": event.id}),
        ),
    };
    let mut shown = json!({
        "__typename": kind,
        "__is": ["Node", "IssueTimelineItems"],
        "__shared": ["__typename"],
        "id": format!("E_{}", event.id),
        "actor": actor(world, event.actor),
        "createdAt": written(event.at),
    });
    add(&mut shown, more);
    shown
}

/// Shows an issue or a pull request.
pub(super) fn issue(world: &World, repo: &Repo, issue: &Issue) -> Value {
    let mut shown = written_by(world, repo, &issue.text);
    let comments: Vec<Value> = issue
        .comments
        .values()
        .map(|one| comment(world, repo, issue, one))
        .collect();
    let mut timeline: Vec<(i64, u64, Value)> = issue
        .events
        .iter()
        .map(|one| (one.at, one.id, event(world, one)))
        .collect();
    for (one, shown) in issue.comments.values().zip(&comments) {
        let mut item = shown.clone();
        item["__shared"] = json!(["__typename"]);
        timeline.push((one.text.created, one.id, item));
    }
    timeline.sort_by_key(|(at, id, _)| (*at, *id));
    let timeline = timeline.into_iter().map(|(.., item)| item).collect();
    let labels = issue.labels.iter().filter_map(|id| repo.label(*id));
    let labels = labels
        .map(|one| label(one.id, &one.name, &one.color))
        .collect();
    let kind = if issue.pull.is_some() {
        "PullRequest"
    } else {
        "Issue"
    };
    let more = json!({
        "__typename": kind,
        "__is": ["Node", "Comment", "Closable", "Labelable", "Lockable", "UniformResourceLocatable"],
        "id": node_id(issue),
        "databaseId": issue.pull.as_ref().map_or(issue.id, |pull| pull.id),
        "fullDatabaseId": issue.id.to_string(),
        "number": issue.number,
        "title": issue.title,
        "updatedAt": written(issue.updated),
        "state": if issue.open { "OPEN" } else { "CLOSED" },
        "stateReason": issue.reason.map(str::to_uppercase),
        "closed": !issue.open,
        "closedAt": issue.closed.map(|(at, _)| written(at)),
        "locked": issue.locked.is_some(),
        "activeLockReason": null,
        "url": page(world, repo, issue),
        "comments": connection("IssueComment", comments),
        "timelineItems": connection(&format!("{kind}TimelineItems"), timeline),
        "labels": connection("Label", labels),
        "repository": {
            "__typename": "Repository", "id": format!("R_{}", repo.id), "databaseId": repo.id,
            "name": repo.name, "nameWithOwner": full_name(world, repo),
        },
    });
    add(&mut shown, more);
    shown
}

/// Shows a repository with those issues that are asked for: `issue(number:)` picks one of them.
pub(super) fn repository(world: &World, repo: &Repo, asked: &[u64]) -> Value {
    let numbered = |wanted: fn(&Issue) -> bool| -> Value {
        let issues = repo.issues.values();
        let issues = issues.filter(|one| wanted(one) && asked.contains(&one.number));
        json!({
            "__numbered": issues
                .map(|one| (one.number.to_string(), issue(world, repo, one)))
                .collect::<serde_json::Map<_, _>>(),
        })
    };
    json!({
        "__typename": "Repository",
        "__is": ["Node", "UniformResourceLocatable"],
        "id": format!("R_{}", repo.id),
        "databaseId": repo.id,
        "name": repo.name,
        "nameWithOwner": full_name(world, repo),
        "owner": actor(world, repo.owner),
        "isArchived": repo.archived,
        "isPrivate": repo.private,
        "hasIssuesEnabled": repo.has_issues,
        "url": format!("{WEB}/{}", full_name(world, repo)),
        "issue": numbered(|one| one.pull.is_none()),
        "pullRequest": numbered(|one| one.pull.is_some()),
        "issueOrPullRequest": numbered(|_| true),
    })
}
