//! Rows as the API shows them.

use serde_json::{Map, Value, json};

use crate::rows::{Activity, Comment, Item, Label, Link, State, User};
use crate::tables::Tables;
use crate::time::show;

/// Who looks, and what they asked to see.
pub(crate) struct View<'a> {
    pub(crate) tables: &'a Tables,
    /// Seconds east of UTC of the reader's time zone.
    pub(crate) offset: i32,
    /// Fields to be shown; all if empty.
    pub(crate) fields: Vec<&'a str>,
    /// Ids to be shown as objects.
    pub(crate) expand: Vec<&'a str>,
}

impl View<'_> {
    fn time(&self, at: Option<jiff::Timestamp>) -> Value {
        at.map_or(Value::Null, |at| show(at, self.offset).into())
    }

    /// Shows a comment as a read does.
    pub(crate) fn comment(&self, row: &Comment) -> Value {
        let mut value = self.written_comment(row);
        value["is_member"] = true.into();
        self.shape(value)
    }

    /// Shows a comment as the answer to its writer does.
    pub(crate) fn written_comment(&self, row: &Comment) -> Value {
        json!({
            "id": row.id,
            "created_at": self.time(Some(row.created_at)),
            "updated_at": self.time(Some(row.updated_at)),
            "deleted_at": null,
            "comment_html": row.html,
            "attachments": [],
            "access": row.access,
            "external_source": row.external_source,
            "external_id": row.external_id,
            "edited_at": self.time(row.edited_at),
            "created_by": row.created_by,
            "updated_by": row.updated_by,
            "project": self.tables.project,
            "workspace": self.tables.workspace,
            "description": row.description,
            "issue": row.item,
            "actor": row.actor,
            "parent": null,
        })
    }

    /// Shows a work item.
    pub(crate) fn item(&self, row: &Item) -> Value {
        self.shape(json!({
            "id": row.id,
            "type_id": null,
            "created_at": self.time(Some(row.created_at)),
            "updated_at": self.time(Some(row.updated_at)),
            "deleted_at": null,
            "point": null,
            "name": row.name,
            "description_html": row.description_html,
            "description_binary": null,
            "priority": row.priority,
            "start_date": null,
            "target_date": null,
            "sequence_id": row.sequence_id,
            "sort_order": row.sort_order,
            "completed_at": self.time(row.completed_at),
            "archived_at": null,
            "is_draft": false,
            "external_source": row.external_source,
            "external_id": row.external_id,
            "created_by": row.created_by,
            "updated_by": row.updated_by,
            "project": self.tables.project,
            "workspace": self.tables.workspace,
            "parent": row.parent,
            "state": row.state,
            "estimate_point": null,
            "type": null,
            "assignees": row.assignees,
            "labels": row.labels.iter().rev().collect::<Vec<_>>(),
        }))
    }

    /// Shows a row of an item's activity.
    pub(crate) fn activity(&self, row: &Activity) -> Value {
        self.shape(json!({
            "id": row.id,
            "created_at": self.time(Some(row.created_at)),
            "updated_at": self.time(Some(row.updated_at)),
            "deleted_at": null,
            "verb": row.verb,
            "field": row.field,
            "old_value": row.old_value,
            "new_value": row.new_value,
            "comment": row.comment,
            "attachments": [],
            "old_identifier": row.old_identifier,
            "new_identifier": row.new_identifier,
            "epoch": row.epoch as f64,
            "project": self.tables.project,
            "workspace": self.tables.workspace,
            "issue": row.item,
            "issue_comment": null,
            "actor": row.actor,
        }))
    }

    /// Shows a label.
    pub(crate) fn label(&self, row: &Label) -> Value {
        self.shape(json!({
            "id": row.id,
            "created_at": self.time(Some(row.created_at)),
            "updated_at": self.time(Some(row.updated_at)),
            "deleted_at": null,
            "name": row.name,
            "description": row.description,
            "color": row.color,
            "sort_order": row.sort_order,
            "external_source": null,
            "external_id": null,
            "created_by": row.created_by,
            "updated_by": row.updated_by,
            "workspace": self.tables.workspace,
            "project": self.tables.project,
            "parent": null,
        }))
    }

    /// Shows a state.
    pub(crate) fn state(&self, row: &State) -> Value {
        self.shape(json!({
            "id": row.id,
            "created_at": self.time(Some(row.created_at)),
            "updated_at": self.time(Some(row.created_at)),
            "deleted_at": null,
            "name": row.name,
            "description": "",
            "color": "#60646C",
            "slug": row.name.to_lowercase().replace(' ', "-"),
            "sequence": row.sequence,
            "group": row.group,
            "is_triage": false,
            "default": row.default,
            "external_source": null,
            "external_id": null,
            "created_by": null,
            "updated_by": null,
            "project": self.tables.project,
            "workspace": self.tables.workspace,
        }))
    }

    /// Shows a link.
    pub(crate) fn link(&self, row: &Link) -> Value {
        let metadata = match row.crawled {
            true => json!({ "url": row.url, "title": null, "favicon": "", "favicon_url": null }),
            false => json!({}),
        };
        self.shape(json!({
            "id": row.id,
            "created_at": self.time(Some(row.created_at)),
            "updated_at": self.time(Some(row.updated_at)),
            "deleted_at": null,
            "title": row.title,
            "url": row.url,
            "metadata": metadata,
            "created_by": row.created_by,
            "updated_by": row.updated_by,
            "project": self.tables.project,
            "workspace": self.tables.workspace,
            "issue": row.item,
        }))
    }

    /// Shows the project as this member sees it.
    pub(crate) fn project(&self, reader: &User, in_list: bool) -> Value {
        let tables = self.tables;
        let members = tables
            .users
            .iter()
            .filter(|user| tables.role(user).is_some());
        let mut value = json!({
            "id": tables.project,
            "total_members": members.count(),
            "total_cycles": 0,
            "total_modules": 0,
            "is_member": tables.role(reader).is_some(),
            "member_role": tables.role(reader).map(|role| role as i64),
            "is_deployed": false,
            "cover_image_url": null,
            "created_at": self.time(Some(tables.founded)),
            "updated_at": self.time(Some(tables.founded)),
            "deleted_at": null,
            "name": "Project One",
            "description": "",
            "description_text": null,
            "description_html": null,
            "network": 2,
            "identifier": tables.identifier,
            "emoji": null,
            "icon_prop": null,
            "module_view": false,
            "cycle_view": false,
            "issue_views_view": false,
            "page_view": true,
            "intake_view": false,
            "is_time_tracking_enabled": false,
            "is_issue_type_enabled": false,
            "guest_view_all_features": false,
            "cover_image": null,
            "archive_in": 0,
            "close_in": 0,
            "logo_props": {},
            "archived_at": null,
            "timezone": "UTC",
            "external_source": null,
            "external_id": null,
            "created_by": null,
            "updated_by": null,
            "workspace": tables.workspace,
            "default_assignee": null,
            "project_lead": tables.users.first().map(|user| &user.id),
            "cover_image_asset": null,
            "estimate": null,
            "default_state": null,
        });
        if in_list {
            value["sort_order"] = json!(65535.0);
        }
        self.shape(value)
    }

    /// Replaces ids by objects and leaves out what was not asked for.
    fn shape(&self, mut value: Value) -> Value {
        let Some(map) = value.as_object_mut() else {
            return value;
        };
        for name in &self.expand {
            if let Some(shown) = map.get(*name).and_then(|id| self.expanded(name, id)) {
                map.insert((*name).to_owned(), shown);
            }
        }
        if !self.fields.is_empty() {
            map.retain(|key, _| self.fields.contains(&key.as_str()));
        }
        value
    }

    /// Returns the object or objects behind an id; `{}` behind null.
    fn expanded(&self, name: &str, id: &Value) -> Option<Value> {
        let tables = self.tables;
        let plain = Self {
            fields: Vec::new(),
            expand: Vec::new(),
            ..*self
        };
        let one = |id: &str| {
            match name {
            "actor" | "created_by" | "updated_by" | "assignees" => tables.user(id).map(person),
            "labels" => tables.label(id).map(|label| plain.label(label)),
            "state" => tables.state(id).map(|row| {
                json!({ "id": row.id, "name": row.name, "color": "#60646C", "group": row.group })
            }),
            "project" => Some(json!({
                "id": tables.project,
                "identifier": tables.identifier,
                "name": "Project One",
                "cover_image": null,
                "icon_prop": null,
                "emoji": null,
                "description": "",
                "cover_image_url": null,
            })),
            "parent" => tables.item(id).map(|item| plain.item(item)),
            _ => None,
        }
        };
        match id {
            Value::Null => Some(Value::Object(Map::new())),
            Value::String(id) => one(id),
            Value::Array(ids) => Some(ids.iter().filter_map(|id| one(id.as_str()?)).collect()),
            _ => None,
        }
    }
}

/// Shows an account as all members see it: no role, and not whether it serves a program.
pub(crate) fn person(user: &User) -> Value {
    json!({
        "id": user.id,
        "first_name": user.first_name,
        "last_name": "",
        "email": format!("{}@acme.example", user.login),
        "avatar": "",
        "avatar_url": null,
        "display_name": user.login,
    })
}
