//! What Plane's webhooks send, made and signed for a test to deliver.

use ring::hmac;
use serde_json::{Value, json};

use crate::handle::PlaneFake;
use crate::json::{View, person};
use crate::tables::Tables;

/// A delivery: what to send to the receiver.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The headers, names as Plane writes them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a delivery is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// An item was made.
    ItemCreated(&'a str),
    /// A field of an item was changed.
    ItemUpdated {
        /// The item's UUID.
        item: &'a str,
        /// The field.
        field: &'a str,
        /// What it was before, ids for states and labels.
        old: &'a Value,
    },
    /// A comment was made.
    CommentCreated(&'a str),
    /// A comment was edited.
    CommentUpdated {
        /// The comment's UUID.
        comment: &'a str,
        /// Its text before.
        old: &'a Value,
    },
}

/// Signs a body: hexadecimal HMAC-SHA256 (RFC 2104) under the webhook's secret.
#[must_use]
pub fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, body))
}

/// Makes the delivery of what somebody did; none if the item or comment is not there, for which
/// Plane sends nothing either.
#[must_use]
pub fn delivery(fake: &PlaneFake, secret: &str, by: &str, about: About<'_>) -> Option<Delivery> {
    let by = fake.user(by);
    let server = &mut *fake.shared.lock();
    let (hook, attempt) = (server.random.uuid(), server.random.uuid());
    let tables = server.tables();
    let none = &Value::Null;
    let (event, action, field, data, old) = match about {
        About::ItemCreated(id) => ("issue", "created", None, item(tables, id)?, none),
        About::ItemUpdated {
            item: id,
            field,
            old,
        } => ("issue", "updated", Some(field), item(tables, id)?, old),
        About::CommentCreated(id) => ("issue_comment", "created", None, comment(tables, id)?, none),
        About::CommentUpdated { comment: id, old } => {
            let field = Some("comment_html");
            ("issue_comment", "updated", field, comment(tables, id)?, old)
        }
    };
    let new = field.map(|field| match &data[field] {
        Value::Object(state) => state.get("id").cloned().unwrap_or_default(),
        Value::Array(rows) => rows.iter().map(|row| row["id"].clone()).collect(),
        plain => plain.clone(),
    });
    let body = json!({
        "event": event,
        "action": action,
        "webhook_id": hook,
        "workspace_id": tables.workspace,
        "data": data,
        "activity": {
            "field": field,
            "new_value": new,
            "old_value": old,
            "actor": tables.user(&by).map(person),
            "old_identifier": null,
            "new_identifier": null,
        },
    });
    let body = body.to_string().into_bytes();
    let headers = vec![
        ("User-Agent", "Autopilot".to_owned()),
        ("Content-Type", "application/json".to_owned()),
        ("X-Plane-Delivery", attempt),
        ("X-Plane-Event", event.to_owned()),
        ("X-Plane-Signature", sign(secret, &body)),
    ];
    Some(Delivery { headers, body })
}

fn view(tables: &Tables) -> View<'_> {
    View {
        tables,
        offset: 0,
        fields: Vec::new(),
        expand: Vec::new(),
    }
}

fn comment(tables: &Tables, id: &str) -> Option<Value> {
    let row = tables.comments.iter().find(|row| row.id == id)?;
    Some(view(tables).written_comment(row))
}

/// Shows an item as deliveries do: state and labels as objects, the description in every form.
fn item(tables: &Tables, id: &str) -> Option<Value> {
    let row = tables.item(id)?;
    let mut shown = view(tables).item(row);
    let labels = row.labels.iter().filter_map(|id| tables.label(id));
    let labels = labels.map(|row| json!({ "id": row.id, "name": row.name, "color": row.color }));
    shown["labels"] = labels.collect();
    shown["state"] = tables.state(&row.state).map_or(
        Value::Null,
        |row| json!({ "id": row.id, "name": row.name, "color": "#60646C", "group": row.group }),
    );
    shown["description"] = json!({});
    shown["description_json"] = json!({});
    shown["description_stripped"] = "".into();
    shown.as_object_mut()?.remove("type_id");
    Some(shown)
}

#[cfg(test)]
mod tests {
    #[test]
    fn signatures_are_those_of_rfc_4231() {
        // RFC 4231, test case 2.
        assert_eq!(
            super::sign("Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
