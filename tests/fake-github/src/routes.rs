//! The routes, as GitHub's OpenAPI description writes them.

use crate::api::{Serve, apps, comments, issues, labels, meta, pulls, relations, repos, users};
use crate::log::Kind;
use crate::rules::Need;
use crate::seed::Level;

/// A route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    pub(crate) kind: Kind,
    /// The permission it asks of fine-grained tokens and of Apps.
    pub(crate) need: Option<Need>,
    pub(crate) serve: Serve,
}

impl Route {
    /// Tells whether it is one of the routes of a repository.
    pub(crate) fn of_repository(&self) -> bool {
        self.template.starts_with("/repos/{owner}/{repo}")
    }

    /// Returns its name, by which faults and logs name it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

const fn read(template: &'static str, need: &'static str, serve: Serve) -> Route {
    Route {
        method: "GET",
        template,
        kind: Kind::Read,
        need: Some(Need(need, Level::Read)),
        serve,
    }
}

const fn write(
    method: &'static str,
    template: &'static str,
    need: &'static str,
    serve: Serve,
) -> Route {
    Route {
        method,
        template,
        kind: Kind::Write,
        need: Some(Need(need, Level::Write)),
        serve,
    }
}

const fn free(method: &'static str, template: &'static str, kind: Kind, serve: Serve) -> Route {
    Route {
        method,
        template,
        kind,
        need: None,
        serve,
    }
}

use Serve::{Read, Write};

/// All routes; fixed words stand before parameters at the same place.
const ROUTES: [Route; 43] = [
    free("GET", "/rate_limit", Kind::Read, Read(meta::rate_limit)),
    free("POST", "/graphql", Kind::Graphql, Read(meta::graphql)),
    free("GET", "/user", Kind::Read, Read(users::me)),
    free("GET", "/user/{account_id}", Kind::Read, Read(users::by_id)),
    free(
        "GET",
        "/users/{username}",
        Kind::Read,
        Read(users::by_login),
    ),
    free("GET", "/app", Kind::App, Read(apps::me)),
    free(
        "GET",
        "/app/installations",
        Kind::App,
        Read(apps::installations),
    ),
    free(
        "GET",
        "/app/installations/{installation_id}",
        Kind::App,
        Read(apps::installation),
    ),
    free(
        "POST",
        "/app/installations/{installation_id}/access_tokens",
        Kind::App,
        Write(apps::token),
    ),
    free(
        "GET",
        "/repos/{owner}/{repo}/installation",
        Kind::App,
        Read(apps::of_repository),
    ),
    read("/repos/{owner}/{repo}", "metadata", Read(repos::get)),
    read(
        "/repos/{owner}/{repo}/collaborators/{username}",
        "metadata",
        Read(repos::collaborator),
    ),
    read(
        "/repos/{owner}/{repo}/collaborators/{username}/permission",
        "metadata",
        Read(repos::permission),
    ),
    read(
        "/repos/{owner}/{repo}/branches/{branch}",
        "contents",
        Read(repos::branch),
    ),
    read(
        "/repos/{owner}/{repo}/git/ref/{ref}",
        "contents",
        Read(repos::reference),
    ),
    read("/repos/{owner}/{repo}/labels", "issues", Read(labels::list)),
    write(
        "POST",
        "/repos/{owner}/{repo}/labels",
        "issues",
        Write(labels::create),
    ),
    read(
        "/repos/{owner}/{repo}/labels/{name}",
        "issues",
        Read(labels::get),
    ),
    read("/repos/{owner}/{repo}/issues", "issues", Read(issues::list)),
    write(
        "POST",
        "/repos/{owner}/{repo}/issues",
        "issues",
        Write(issues::create),
    ),
    read(
        "/repos/{owner}/{repo}/issues/comments",
        "issues",
        Read(comments::repo_wide),
    ),
    read(
        "/repos/{owner}/{repo}/issues/events",
        "issues",
        Read(issues::repo_events),
    ),
    read(
        "/repos/{owner}/{repo}/issues/comments/{comment_id}",
        "issues",
        Read(comments::get),
    ),
    write(
        "PATCH",
        "/repos/{owner}/{repo}/issues/comments/{comment_id}",
        "issues",
        Write(comments::update),
    ),
    write(
        "DELETE",
        "/repos/{owner}/{repo}/issues/comments/{comment_id}",
        "issues",
        Write(comments::delete),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}",
        "issues",
        Read(issues::get),
    ),
    write(
        "PATCH",
        "/repos/{owner}/{repo}/issues/{issue_number}",
        "issues",
        Write(issues::update),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/comments",
        "issues",
        Read(comments::list),
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/issues/{issue_number}/comments",
        "issues",
        Write(comments::create),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/events",
        "issues",
        Read(issues::events),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/timeline",
        "issues",
        Read(issues::timeline),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/labels",
        "issues",
        Read(labels::of_issue),
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/issues/{issue_number}/labels",
        "issues",
        Write(labels::add),
    ),
    write(
        "PUT",
        "/repos/{owner}/{repo}/issues/{issue_number}/labels",
        "issues",
        Write(labels::set),
    ),
    write(
        "DELETE",
        "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
        "issues",
        Write(labels::remove),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/sub_issues",
        "issues",
        Read(relations::children),
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/issues/{issue_number}/sub_issues",
        "issues",
        Write(relations::add_child),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/parent",
        "issues",
        Read(relations::parent),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by",
        "issues",
        Read(relations::blocked_by),
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by",
        "issues",
        Write(relations::add_blocker),
    ),
    read(
        "/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocking",
        "issues",
        Read(relations::blocking),
    ),
    read(
        "/repos/{owner}/{repo}/pulls",
        "pull_requests",
        Read(pulls::list),
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/pulls",
        "pull_requests",
        Write(pulls::create),
    ),
];

/// The routes of one pull request.
const PULL: [Route; 2] = [
    read(
        "/repos/{owner}/{repo}/pulls/{pull_number}",
        "pull_requests",
        Read(pulls::get),
    ),
    write(
        "PATCH",
        "/repos/{owner}/{repo}/pulls/{pull_number}",
        "pull_requests",
        Write(pulls::update),
    ),
];

/// Finds the route of a path; returns its parameters, of which a repository's are the first two.
pub(crate) fn find(method: &str, segments: &[String]) -> Option<(&'static Route, Vec<String>)> {
    let routes = ROUTES.iter().chain(&PULL);
    let mut routes = routes.filter(|route| route.method == method);
    routes.find_map(|route| Some((route, parameters(route.template, segments)?)))
}

fn parameters(template: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = segments.iter();
    for part in template.split('/').skip(1) {
        if part == "{ref}" {
            // A reference has slashes of its own.
            let name: Vec<&str> = rest.by_ref().map(String::as_str).collect();
            found.push(name.join("/"));
            continue;
        }
        let segment = rest.next()?;
        if part.starts_with('{') {
            found.push(segment.clone());
        } else if part != segment {
            return None;
        }
    }
    rest.next().is_none().then_some(found)
}
