//! What the queue writes into an item's activity.

use jiff::Timestamp;

use crate::random::Random;
use crate::rows::{Activity, Item};
use crate::tables::Tables;

/// Makes the rows of one request.
pub(crate) struct Scribe<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) item: &'a str,
    pub(crate) actor: Option<String>,
    pub(crate) at: Timestamp,
}

/// What a row says was before, or is after: the value, and its id if it has one.
type Value = (Option<String>, Option<String>);

impl Scribe<'_> {
    fn row(
        &mut self,
        field: Option<&'static str>,
        comment: String,
        old: Value,
        new: Value,
    ) -> Activity {
        Activity {
            id: self.random.uuid(),
            item: self.item.to_owned(),
            verb: if field.is_some() {
                "updated"
            } else {
                "created"
            },
            field,
            old_value: old.0,
            new_value: new.0,
            comment,
            old_identifier: old.1,
            new_identifier: new.1,
            epoch: self.at.as_second(),
            actor: self.actor.clone(),
            created_at: self.at,
            updated_at: self.at,
        }
    }

    /// Says that an item was made. Labels and state it was made with are not recorded.
    pub(crate) fn created(&mut self) -> Activity {
        self.row(
            None,
            "created the issue".to_owned(),
            (None, None),
            (None, None),
        )
    }

    /// Says what differs between two versions of an item.
    pub(crate) fn changes(&mut self, tables: &Tables, old: &Item, new: &Item) -> Vec<Activity> {
        let mut rows = Vec::new();
        let plain = |text: &str| (Some(text.to_owned()), None);
        for (field, was, is) in [
            ("name", &old.name, &new.name),
            ("description", &old.description_html, &new.description_html),
            ("priority", &old.priority, &new.priority),
        ] {
            if was != is {
                let comment = format!("updated the {field} to");
                rows.push(self.row(Some(field), comment, plain(was), plain(is)));
            }
        }
        if old.state != new.state {
            let value = |id: &str| {
                let name = tables.state(id).map(|state| state.name.clone());
                (name, Some(id.to_owned()))
            };
            let comment = "updated the state to".to_owned();
            rows.push(self.row(Some("state"), comment, value(&old.state), value(&new.state)));
        }
        if old.parent != new.parent {
            let key = |id: &Option<String>| {
                let item = id.as_deref().and_then(|id| tables.item(id));
                let key = item.map(|item| format!("{}-{}", tables.identifier, item.sequence_id));
                (Some(key.unwrap_or_default()), id.clone())
            };
            let comment = "updated the parent issue to".to_owned();
            rows.push(self.row(Some("parent"), comment, key(&old.parent), key(&new.parent)));
        }
        let label = |id: &str| tables.label(id).map(|label| label.name.clone());
        rows.extend(self.sets("labels", "label", &old.labels, &new.labels, label));
        let login = |id: &str| tables.user(id).map(|user| user.login.clone());
        rows.extend(self.sets(
            "assignees",
            "assignee",
            &old.assignees,
            &new.assignees,
            login,
        ));
        rows
    }

    /// Says what was put into a set and what was taken out, one row each.
    fn sets(
        &mut self,
        field: &'static str,
        what: &str,
        old: &[String],
        new: &[String],
        name: impl Fn(&str) -> Option<String>,
    ) -> Vec<Activity> {
        let mut rows = Vec::new();
        let value = |id: &str| (Some(name(id).unwrap_or_default()), Some(id.to_owned()));
        let none = || (Some(String::new()), None);
        for id in new.iter().filter(|id| !old.contains(id)) {
            rows.push(self.row(Some(field), format!("added {what} "), none(), value(id)));
        }
        for id in old.iter().filter(|id| !new.contains(id)) {
            rows.push(self.row(Some(field), format!("removed {what} "), value(id), none()));
        }
        rows
    }
}
