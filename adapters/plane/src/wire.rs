//! What Plane answers, as far as it is used (Plane CE 1.3.1, `../shared/plane/openapi.yaml` there).

use serde::Deserialize;

/// A page of a list; the lists page by offset.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    /// How many rows there are on all pages.
    pub(crate) total_count: u64,
    /// Whether there is another page.
    pub(crate) next_page_results: bool,
    /// The rows.
    pub(crate) results: Vec<T>,
}

/// A comment. `created_by` is left out on purpose: whoever posts can set it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(default)]
    pub(crate) comment_html: String,
    pub(crate) updated_by: Option<String>,
    pub(crate) edited_at: Option<String>,
    pub(crate) actor: Option<String>,
    pub(crate) external_source: Option<String>,
    pub(crate) external_id: Option<String>,
}

/// The fields of a comment that are asked for.
pub(crate) const COMMENT_FIELDS: &str = "id,created_at,updated_at,comment_html,updated_by,\
     edited_at,actor,external_source,external_id";

/// A work item, its state, labels and project expanded.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description_html: Option<String>,
    pub(crate) sequence_id: i64,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(default)]
    pub(crate) created_by: Reference,
    #[serde(default)]
    pub(crate) updated_by: Reference,
    pub(crate) project: ItemProject,
    pub(crate) state: ItemState,
    #[serde(default)]
    pub(crate) labels: Vec<ItemLabel>,
}

/// What refers to an account: its id, nothing, or where it is expanded the account or `{}`.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(crate) enum Reference {
    #[default]
    None,
    Id(String),
    Expanded {
        id: Option<String>,
    },
}

impl Reference {
    /// Returns the id.
    pub(crate) fn id(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Id(id) => Some(id),
            Self::Expanded { id } => id,
        }
    }
}

/// What of an item is expanded.
pub(crate) const ITEM_EXPAND: &str = "state,labels,project";

#[derive(Debug, Deserialize)]
pub(crate) struct ItemProject {
    pub(crate) id: String,
    pub(crate) identifier: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ItemState {
    pub(crate) name: String,
    pub(crate) group: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ItemLabel {
    pub(crate) name: String,
}

/// An item with nothing expanded, as it is found or was just made.
#[derive(Debug, Deserialize)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) project: String,
}

/// The labels of an item.
#[derive(Debug, Deserialize)]
pub(crate) struct Labelled {
    #[serde(default)]
    pub(crate) labels: Vec<String>,
}

/// An item in the list of what changed.
#[derive(Debug, Deserialize)]
pub(crate) struct Bump {
    pub(crate) id: String,
    pub(crate) updated_at: String,
}

/// A state of the project.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct State {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) group: String,
    #[serde(default)]
    pub(crate) sequence: f64,
}

/// A label of the project.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Label {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// The project.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) identifier: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) member_role: Option<u8>,
}

/// An account; `role` only in the workspace's list.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) display_name: String,
    #[serde(default)]
    pub(crate) first_name: String,
    #[serde(default)]
    pub(crate) last_name: String,
    pub(crate) email: Option<String>,
    pub(crate) role: Option<u8>,
}

/// A row of an item's activity.
#[derive(Debug, Deserialize)]
pub(crate) struct Activity {
    pub(crate) id: String,
    pub(crate) created_at: String,
    pub(crate) field: Option<String>,
    pub(crate) old_value: Option<String>,
    pub(crate) new_value: Option<String>,
    pub(crate) new_identifier: Option<String>,
    pub(crate) actor: Option<String>,
}

/// An answer that only has to name what was made.
#[derive(Debug, Deserialize)]
pub(crate) struct Made {
    pub(crate) id: String,
}
