//! What was changed of an item besides its comments, from Plane's activities.
//!
//! They name their actor truly for updates. Plane writes none for labels and state given at
//! creation, for labels that are deleted or renamed, and for anything while its queue is down.

use trail_port::tracker::{Change, Changed, Error};
use trail_record::{ItemId, UserId};

use crate::plane::{Plane, is_uuid};
use crate::time::{micros, moment};
use crate::vocabulary::state_of;
use crate::wire::{Activity, State};

impl Plane {
    /// Returns the changes of an item, oldest first.
    pub(crate) async fn changes_of(&self, item: &ItemId) -> Result<Vec<Change>, Error> {
        if !is_uuid(item.as_str()) {
            return Err(Error::NotFound(format!("item {item}")));
        }
        let path = self
            .in_project(&["work-items", item.as_str(), "activities"])
            .await?;
        let query = [("order_by", "created_at")];
        let rows: Vec<Activity> = self
            .list(&path, &query, &format!("activities of {item}"))
            .await?;
        if rows.is_empty() {
            // Of an item that is not there the list is empty too.
            self.item_is_there(item).await?;
            return Ok(Vec::new());
        }
        let states = self.states().await?;
        changes(rows, &states)
    }
}

/// Turns activities into changes; those the port has no word for are left out.
pub(crate) fn changes(rows: Vec<Activity>, states: &[State]) -> Result<Vec<Change>, Error> {
    let mut out = Vec::new();
    for row in rows {
        let at = micros(&row.created_at)?;
        if let Some(what) = changed(&row, states) {
            let change = Change {
                id: row.id,
                actor: row.actor.map(UserId::new),
                at: moment(at),
                what,
            };
            out.push((at, change));
        }
    }
    out.sort_by(|(one, a), (other, b)| (one, &a.id).cmp(&(other, &b.id)));
    Ok(out.into_iter().map(|(_, change)| change).collect())
}

fn changed(row: &Activity, states: &[State]) -> Option<Changed> {
    let filled = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
    match row.field.as_deref()? {
        // One row tells of one label, put on or taken off.
        "labels" => match (filled(&row.new_value), filled(&row.old_value)) {
            (Some(label), _) => Some(Changed::Labelled { label }),
            (None, Some(label)) => Some(Changed::Unlabelled { label }),
            (None, None) => None,
        },
        "state" => {
            let name = filled(&row.new_value)?;
            let id = row.new_identifier.as_deref();
            // A state that was deleted since is known by its name only.
            let known = states
                .iter()
                .find(|own| Some(own.id.as_str()) == id)
                .or_else(|| states.iter().find(|own| own.name == name))?;
            let state = state_of(&known.group, &name)?;
            Some(Changed::State { state, name })
        }
        "name" | "description" | "description_html" => Some(Changed::Text),
        _ => None,
    }
}
