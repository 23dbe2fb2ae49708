//! The walk through all routes: things are made, read and refused.

use trail_fake_github::Limits;

use super::*;

/// All fields that Trail may ask of who wrote and who edited.
const GRAPHQL: &str = "query($id: ID!, $first: Int!) {
  rateLimit { limit remaining }
  viewer { __typename login }
  repository(owner: \"acme\", name: \"widgets\") {
    nameWithOwner isArchived hasIssuesEnabled
    issue(number: 1) { __typename id number title state }
    pull: issueOrPullRequest(number: 3) { __typename ... on PullRequest { title number } }
  }
  node(id: $id) { __typename id ...all }
}
fragment all on Issue {
  __typename databaseId number title body state stateReason closed locked url createdAt updatedAt
  lastEditedAt includesCreatedEdit publishedAt createdViaEmail authorAssociation
  author { ...who } editor { ...who }
  labels(first: 5) { nodes { name color } totalCount }
  userContentEdits(first: $first) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id editedAt createdAt updatedAt diff deletedAt editor { ...who } deletedBy { ...who } }
  }
  timelineItems(first: 50) {
    totalCount
    nodes {
      __typename
      ... on RenamedTitleEvent { actor { ...who } createdAt previousTitle currentTitle }
      ... on LabeledEvent { actor { ...who } createdAt label { name } }
      ... on ClosedEvent { actor { ...who } createdAt stateReason }
      ... on CommentDeletedEvent { actor { ...who } createdAt deletedCommentAuthor { ...who } }
      ... on IssueComment { body }
    }
  }
  comments(first: 10) {
    nodes {
      __typename id databaseId body createdAt updatedAt lastEditedAt includesCreatedEdit isMinimized
      author { ...who } editor { ...who }
      userContentEdits(last: 2) { nodes { diff editor { ...who } } }
    }
  }
}
fragment who on Actor { __typename login url ... on User { databaseId } ... on Bot { databaseId } }";

/// Makes what is read afterwards: issues, comments, edits, events, pull requests.
pub(super) async fn fill(asker: &Asker) {
    let new = json!({"title": "first", "body": "text\r\n", "labels": ["trail", "new one"]});
    let first = asker.post(&format!("{REPO}/issues"), new).await;
    assert_eq!(first["body"], "text\r\n");
    let second = asker
        .post(&format!("{REPO}/issues"), json!({"title": "second"}))
        .await;
    let said = asker
        .post(
            &format!("{REPO}/issues/1/comments"),
            json!({"body": "hello"}),
        )
        .await;
    let id = said["id"].as_u64().unwrap();
    let path = format!("{REPO}/issues/comments/{id}");
    asker
        .ask(MARIA, Method::PATCH, &path, json!({"body": "hello!"}))
        .await;
    asker.get(&path).await;
    asker.fake.ui("gone").comment(1, "soon nobody's").unwrap();
    let gone = asker.fake.ui("otto").comment(1, "soon deleted").unwrap();
    let path = format!("{REPO}/issues/comments/{gone}");
    let (status, _) = asker.ask(MARIA, Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, 204);
    let patch = json!({"title": "renamed", "body": "other", "state": "closed", "state_reason": "not_planned"});
    asker
        .ask(MARIA, Method::PATCH, &format!("{REPO}/issues/1"), patch)
        .await;
    asker
        .ask(
            MARIA,
            Method::PATCH,
            &format!("{REPO}/issues/1"),
            json!({"state": "open"}),
        )
        .await;
    asker.fake.ui("maria").lock(2, true).unwrap();
    let pull = json!({"title": "p", "body": "b", "head": "trail/a", "base": "main"});
    asker.post(&format!("{REPO}/pulls"), pull).await;
    let child = json!({"sub_issue_id": second["id"]});
    asker
        .post(&format!("{REPO}/issues/1/sub_issues"), child)
        .await;
    let blocker = json!({"issue_id": first["id"]});
    asker
        .post(&format!("{REPO}/issues/2/dependencies/blocked_by"), blocker)
        .await;
    let label = json!({"name": "made", "color": "00ff00", "description": "d"});
    asker.post(&format!("{REPO}/labels"), label).await;
    asker
        .post(
            &format!("{REPO}/issues/1/labels"),
            json!({"labels": ["made"]}),
        )
        .await;
    let path = format!("{REPO}/issues/1/labels");
    asker
        .ask(
            MARIA,
            Method::PUT,
            &path,
            json!(["made", "trail", "new one"]),
        )
        .await;
    asker
        .ask(
            MARIA,
            Method::DELETE,
            &format!("{path}/new%20one"),
            Value::Null,
        )
        .await;
    asker.fake.delete_account("gone");
}

/// Reads all routes.
pub(super) async fn read(asker: &Asker) {
    for path in [
        "/user",
        "/users/otto",
        "/users/trail-coder%5Bbot%5D",
        "/rate_limit",
    ] {
        asker.get(path).await;
    }
    asker
        .get(&format!("/user/{}", asker.fake.user_id("otto")))
        .await;
    for path in [
        "",
        "/labels",
        "/labels/trail",
        "/branches/main",
        "/git/ref/heads/trail/a",
        "/collaborators/maria/permission",
        "/collaborators/otto/permission",
        "/issues?state=all&sort=updated&direction=desc&per_page=2",
        "/issues?labels=trail,made",
        "/issues?state=all&page=2&per_page=1",
        "/issues/1",
        "/issues/2",
        "/issues/3",
        "/issues/1/comments",
        "/issues/comments?sort=updated&since=2026-01-01T00:00:00Z",
        "/issues/1/events",
        "/issues/2/events",
        "/issues/events",
        "/issues/1/timeline",
        "/issues/1/labels",
        "/issues/1/sub_issues",
        "/issues/2/parent",
        "/issues/2/dependencies/blocked_by",
        "/issues/1/dependencies/blocking",
        "/pulls?state=all&head=acme:trail/a",
        "/pulls/3",
    ] {
        asker.get(&format!("{REPO}{path}")).await;
    }
    let path = format!("{REPO}/collaborators/maria");
    assert_eq!(
        asker.ask(MARIA, Method::GET, &path, Value::Null).await.0,
        204
    );
    let issue = asker.get(&format!("{REPO}/issues/1")).await;
    let ask = json!({"query": GRAPHQL, "variables": {"id": issue["node_id"], "first": 10}});
    let told = asker.post("/graphql", ask).await;
    assert_eq!(told["errors"], Value::Null, "{told}");
    let edits = &told["data"]["node"]["userContentEdits"];
    assert_eq!(
        edits["totalCount"], 2,
        "what was written, and the edit: {edits}"
    );
    let none = json!({"query": GRAPHQL, "variables": {"id": "I_1", "first": 10}});
    let told = asker.post("/graphql", none).await;
    assert_eq!(told["errors"][0]["type"], "NOT_FOUND", "{told}");
}

/// Meets every kind of refusal.
pub(super) async fn refusals(asker: &Asker) {
    let (get, post, patch) = (Method::GET, Method::POST, Method::PATCH);
    let (issues, said) = (format!("{REPO}/issues"), json!({"body": "x"}));
    let first = asker.fake.comments_of(1)[0].0;
    for (who, method, path, body, status) in [
        ("nobody", get.clone(), issues.clone(), Value::Null, 401),
        (
            "",
            post.clone(),
            format!("{issues}/1/comments"),
            said.clone(),
            401,
        ),
        (
            OTTO,
            post.clone(),
            format!("{issues}/2/comments"),
            said.clone(),
            403,
        ),
        (
            OTTO,
            patch.clone(),
            format!("{issues}/comments/{first}"),
            said.clone(),
            403,
        ),
        (
            OTTO,
            patch.clone(),
            format!("{issues}/1"),
            json!({"title": "x"}),
            403,
        ),
        (
            OTTO,
            post.clone(),
            format!("{issues}/1/labels"),
            json!({"labels": ["made"]}),
            403,
        ),
        (
            OTTO,
            get.clone(),
            format!("{REPO}/collaborators/maria/permission"),
            Value::Null,
            403,
        ),
        (
            "github_pat_fine",
            post.clone(),
            issues.clone(),
            json!({"title": "x"}),
            403,
        ),
        (MARIA, get.clone(), format!("{issues}/99"), Value::Null, 404),
        (MARIA, get.clone(), format!("{issues}/x"), Value::Null, 404),
        (
            MARIA,
            get.clone(),
            format!("{issues}/comments/1"),
            Value::Null,
            404,
        ),
        (
            MARIA,
            get.clone(),
            format!("{issues}/1/parent"),
            Value::Null,
            404,
        ),
        (
            MARIA,
            get.clone(),
            "/users/none".to_owned(),
            Value::Null,
            404,
        ),
        (
            MARIA,
            post.clone(),
            issues.clone(),
            json!({"title": ""}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            issues.clone(),
            json!({"title": 1}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{issues}/1/comments"),
            json!({"body": "x".repeat(65_537)}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{REPO}/labels"),
            json!({"name": "made", "color": "00ff00"}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{REPO}/pulls"),
            json!({"title": "p", "head": "trail/a", "base": "main"}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{REPO}/pulls"),
            json!({"title": "p", "head": "none", "base": "main"}),
            422,
        ),
    ] {
        asker.refused(who, method, &path, body, status).await;
    }
    asker.fake.ui("maria").delete_issue(2).unwrap();
    asker
        .refused(MARIA, get.clone(), &format!("{issues}/2"), Value::Null, 410)
        .await;
    asker.fake.enable_issues(false);
    asker
        .refused(MARIA, post.clone(), &issues, json!({"title": "x"}), 410)
        .await;
    asker.fake.enable_issues(true);
    asker.fake.archive(true);
    asker
        .refused(
            MARIA,
            post.clone(),
            &format!("{issues}/1/comments"),
            said.clone(),
            403,
        )
        .await;
    asker.fake.archive(false);
    asker.fake.make_private(true);
    asker
        .refused(OTTO, get.clone(), &issues, Value::Null, 404)
        .await;
    asker.fake.rename_repository("gadgets");
    asker
        .refused(MARIA, get.clone(), &issues, Value::Null, 301)
        .await;
    asker
        .refused(MARIA, post.clone(), &issues, json!({"title": "x"}), 307)
        .await;
    asker.fake.exhaust("maria");
    asker
        .refused(MARIA, get, "/repos/acme/gadgets/issues", Value::Null, 403)
        .await;
    asker.fake.limit(Limits {
        writes_minute: 0,
        ..Limits::NONE
    });
    asker
        .refused(
            MARIA,
            post,
            "/repos/acme/gadgets/issues",
            json!({"title": "x"}),
            403,
        )
        .await;
}
