//! The rows of the stand-in's database.

use jiff::Timestamp;

/// What a membership allows (`ROLE` in Plane: 20, 15, 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads everything through the API, and writes comments there.
    Guest = 5,
    /// Writes.
    Member = 15,
    /// Writes, and changes what others own.
    Admin = 20,
}

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) login: String,
    pub(crate) first_name: String,
    /// Seconds east of UTC of the time zone in the profile.
    pub(crate) offset: i32,
    pub(crate) active: bool,
    pub(crate) workspace: Member,
    pub(crate) project: Option<Member>,
}

/// A membership.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) role: Role,
    pub(crate) active: bool,
}

/// An API token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) key: String,
    pub(crate) user: String,
    pub(crate) active: bool,
    /// Service tokens have a larger budget.
    pub(crate) service: bool,
}

/// A state of work items.
#[derive(Debug, Clone)]
pub struct State {
    /// Its UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// backlog, unstarted, started, completed or cancelled.
    pub group: String,
    pub(crate) sequence: f64,
    pub(crate) default: bool,
    pub(crate) created_at: Timestamp,
}

/// A label.
#[derive(Debug, Clone)]
pub struct Label {
    /// Its UUID.
    pub id: String,
    /// Its name, unique in the project.
    pub name: String,
    /// Who made it; cannot be spoofed.
    pub created_by: Option<String>,
    pub(crate) description: String,
    pub(crate) color: String,
    pub(crate) sort_order: f64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) updated_by: Option<String>,
}

/// A work item.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its UUID.
    pub id: String,
    /// The number in its key.
    pub sequence_id: i64,
    /// The title.
    pub name: String,
    /// The body, as Plane rewrote it.
    pub description_html: String,
    /// The UUID of its state.
    pub state: String,
    /// The UUIDs of its labels.
    pub labels: Vec<String>,
    /// Who made it; anybody may change this.
    pub created_by: Option<String>,
    /// Who edited it last, if anybody did.
    pub updated_by: Option<String>,
    /// When it was made; settable.
    pub created_at: Timestamp,
    /// When it was last touched, as far as the queue came to say so.
    pub updated_at: Timestamp,
    pub(crate) priority: String,
    pub(crate) assignees: Vec<String>,
    pub(crate) parent: Option<String>,
    pub(crate) sort_order: f64,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) external_source: Option<String>,
    pub(crate) external_id: Option<String>,
}

/// A comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its UUID.
    pub id: String,
    /// The UUID of its item.
    pub item: String,
    /// Its text, byte for byte.
    pub html: String,
    /// The account whose token posted it: the only author that cannot be spoofed.
    pub actor: String,
    /// Who is said to have made it; settable.
    pub created_by: Option<String>,
    /// Who edited it last, if anybody did.
    pub updated_by: Option<String>,
    /// When it was made: settable, and written twice.
    pub created_at: Timestamp,
    /// When its row was last written by a client.
    pub updated_at: Timestamp,
    /// When it was edited in the browser.
    pub edited_at: Option<Timestamp>,
    /// What kind of client says it posted it.
    pub external_source: Option<String>,
    /// The client's own id of it.
    pub external_id: Option<String>,
    pub(crate) access: String,
    pub(crate) description: String,
    /// Where the row lies: rows of equal time are listed in this order, and each write moves one.
    pub(crate) heap: u64,
}

/// A row of an item's activity.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    pub(crate) id: String,
    pub(crate) item: String,
    pub(crate) verb: &'static str,
    pub(crate) field: Option<&'static str>,
    pub(crate) old_value: Option<String>,
    pub(crate) new_value: Option<String>,
    pub(crate) comment: String,
    pub(crate) old_identifier: Option<String>,
    pub(crate) new_identifier: Option<String>,
    /// Seconds at which the request came.
    pub(crate) epoch: i64,
    pub(crate) actor: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A link of an item.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) item: String,
    pub(crate) title: Option<String>,
    pub(crate) url: String,
    /// Whether the server has tried to fetch the address.
    pub(crate) crawled: bool,
    pub(crate) created_by: Option<String>,
    pub(crate) updated_by: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}
