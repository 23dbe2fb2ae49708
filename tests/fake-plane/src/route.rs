//! Which view a path leads to.

use std::fmt;

/// The views of the API that the stand-in has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Route {
    /// `users/me/`
    Me,
    /// `workspaces/{slug}/members/`
    WorkspaceMembers,
    /// `projects/`
    Projects,
    /// `projects/{p}/`
    Project,
    /// `projects/{p}/members/`
    Members,
    /// `projects/{p}/states/`
    States,
    /// `projects/{p}/states/{id}/`
    State,
    /// `projects/{p}/labels/`
    Labels,
    /// `projects/{p}/labels/{id}/`
    Label,
    /// `projects/{p}/work-items/`
    Items,
    /// `projects/{p}/work-items/{id}/`
    Item,
    /// `work-items/{KEY}/`
    ItemByKey,
    /// `work-items/search/`
    Search,
    /// `.../comments/`
    Comments,
    /// `.../comments/{id}/`
    Comment,
    /// `.../activities/`
    Activities,
    /// `.../links/`
    Links,
    /// None of them.
    Unknown,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Me => "me",
            Self::WorkspaceMembers => "workspace-members",
            Self::Projects => "projects",
            Self::Project => "project",
            Self::Members => "members",
            Self::States => "states",
            Self::State => "state",
            Self::Labels => "labels",
            Self::Label => "label",
            Self::Items => "items",
            Self::Item => "item",
            Self::ItemByKey => "item-by-key",
            Self::Search => "search",
            Self::Comments => "comments",
            Self::Comment => "comment",
            Self::Activities => "activities",
            Self::Links => "links",
            Self::Unknown => "unknown",
        })
    }
}

impl Route {
    /// Returns the methods that the view has.
    pub(crate) const fn allow(self) -> &'static str {
        match self {
            Self::Me
            | Self::WorkspaceMembers
            | Self::ItemByKey
            | Self::Search
            | Self::Activities => "GET",
            Self::Projects
            | Self::Members
            | Self::States
            | Self::Labels
            | Self::Items
            | Self::Comments
            | Self::Links => "GET, POST",
            Self::Project | Self::State | Self::Label | Self::Item | Self::Comment => {
                "GET, PATCH, DELETE"
            }
            Self::Unknown => "",
        }
    }
}

/// A path that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) route: Route,
    pub(crate) workspace: String,
    pub(crate) project: String,
    /// The work item, or the state or label; empty where the view has none.
    pub(crate) item: String,
    /// The comment.
    pub(crate) child: String,
}

/// What a path is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A view.
    View(Target),
    /// It would be a view with a slash at its end.
    AddSlash,
    /// No page.
    Nothing,
}

/// Finds the view of a path.
pub(crate) fn find(path: &str) -> Found {
    if let Some(target) = path.strip_suffix('/').and_then(view) {
        return Found::View(target);
    }
    match view(path) {
        Some(_) => Found::AddSlash,
        None => Found::Nothing,
    }
}

/// Finds the view of a path without its last slash.
fn view(path: &str) -> Option<Target> {
    let parts: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
    if parts.contains(&"") {
        return None;
    }
    let target = |route, workspace: &str, project: &str, item: &str, child: &str| {
        let ids = [project, item, child];
        let fine = route == Route::ItemByKey || ids.iter().all(|id| id.is_empty() || is_uuid(id));
        fine.then(|| Target {
            route,
            workspace: workspace.to_owned(),
            project: project.to_owned(),
            item: item.to_owned(),
            child: child.to_owned(),
        })
    };
    match parts.as_slice() {
        ["users", "me"] => target(Route::Me, "", "", "", ""),
        ["workspaces", w, "members"] => target(Route::WorkspaceMembers, w, "", "", ""),
        ["workspaces", w, "work-items" | "issues", "search"] => {
            target(Route::Search, w, "", "", "")
        }
        ["workspaces", w, "work-items" | "issues", key] if key.contains('-') => {
            target(Route::ItemByKey, w, "", key, "")
        }
        ["workspaces", w, "projects"] => target(Route::Projects, w, "", "", ""),
        ["workspaces", w, "projects", p] => target(Route::Project, w, p, "", ""),
        [
            "workspaces",
            w,
            "projects",
            p,
            "members" | "project-members",
        ] => target(Route::Members, w, p, "", ""),
        ["workspaces", w, "projects", p, "states"] => target(Route::States, w, p, "", ""),
        ["workspaces", w, "projects", p, "states", id] => target(Route::State, w, p, id, ""),
        ["workspaces", w, "projects", p, "labels"] => target(Route::Labels, w, p, "", ""),
        ["workspaces", w, "projects", p, "labels", id] => target(Route::Label, w, p, id, ""),
        ["workspaces", w, "projects", p, "work-items" | "issues"] => {
            target(Route::Items, w, p, "", "")
        }
        [
            "workspaces",
            w,
            "projects",
            p,
            "work-items" | "issues",
            id,
            rest @ ..,
        ] => match rest {
            [] => target(Route::Item, w, p, id, ""),
            ["comments"] => target(Route::Comments, w, p, id, ""),
            ["comments", child] => target(Route::Comment, w, p, id, child),
            ["activities"] => target(Route::Activities, w, p, id, ""),
            ["links"] => target(Route::Links, w, p, id, ""),
            _ => None,
        },
        _ => None,
    }
}

/// Tells whether text is a UUID as Django's path converter takes it: lower case, with hyphens.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12]
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{Found, Route, find, is_uuid};

    const P: &str = "59addb1c-b4aa-4086-b9a7-ccf870d437cb";

    #[test]
    fn paths_lead_to_views_only_with_a_slash_at_the_end() {
        let items = format!("/api/v1/workspaces/acme/projects/{P}/work-items");
        let Found::View(target) = find(&format!("{items}/{P}/comments/{P}/")) else {
            panic!("it is a view");
        };
        assert_eq!((target.route, target.child.as_str()), (Route::Comment, P));
        assert_eq!(find(&items), Found::AddSlash);
        assert_eq!(
            find(&format!("{items}/")),
            find(&format!("{}/", items.replace("work-items", "issues")))
        );
        assert_eq!(
            find("/api/v1/workspaces/acme/projects/abc/work-items/"),
            Found::Nothing
        );
        assert_eq!(
            find("/api/v1/workspaces/acme/projects//work-items/"),
            Found::Nothing
        );
        assert!(!is_uuid("59ADDB1C-b4aa-4086-b9a7-ccf870d437cb"));
    }
}
