//! What was changed of an issue besides its comments, as far as its events tell.
//!
//! Events are read as plain JSON, since GitHub adds kinds of them at will. Labels given when an
//! issue was filed have none, and edits of a body have none either.

use serde_json::Value;
use trail_port::tracker::{Change, Changed, Error, State};
use trail_record::{ItemId, Moment, UserId};

use crate::{GitHub, name, state};

impl GitHub {
    /// Returns what was changed of an item, oldest first.
    pub(crate) async fn events(&self, item: &ItemId) -> Result<Vec<Change>, Error> {
        let number = self.issue(item).await?.number;
        let path = self.path(&format!("/issues/{number}/events?per_page=100"));
        let what = format!("events of issue #{number}");
        let id = |event: &Value| event["id"].as_u64().unwrap_or_default();
        let events = self.http().list(&path, &what, id).await?;
        let mut changes: Vec<(Moment, u64, Change)> = events
            .iter()
            .filter_map(|event| Some((change_of(event)?, id(event))))
            .map(|(change, id)| (change.at, id, change))
            .collect();
        changes.sort_by_key(|(at, id, _)| (*at, *id));
        Ok(changes.into_iter().map(|(_, _, change)| change).collect())
    }
}

/// Translates an event; none if it is of no concern or cannot be read.
fn change_of(event: &Value) -> Option<Change> {
    Some(Change {
        id: event["id"].as_u64()?.to_string(),
        actor: event["actor"]["id"].as_u64().map(name::user).or_else(|| {
            // An account that was deleted; not to be told would be no actor at all.
            event
                .get("actor")
                .filter(|own| own.is_null())
                .map(|_| UserId::new(name::GHOST))
        }),
        at: event["created_at"].as_str()?.parse().ok()?,
        what: changed_of(event)?,
    })
}

fn changed_of(event: &Value) -> Option<Changed> {
    let label = || event["label"]["name"].as_str().map(str::to_owned);
    match event["event"].as_str()? {
        "labeled" => {
            let label = label()?;
            Some(match state::state_of(&label) {
                Some(state) => Changed::State { state, name: label },
                None => Changed::Labelled { label },
            })
        }
        "unlabeled" => {
            let label = label()?;
            // That a state is shown no more is told by the one that is shown then.
            match state::state_of(&label) {
                Some(_) => None,
                None => Some(Changed::Unlabelled { label }),
            }
        }
        "closed" => {
            let reason = event["state_reason"].as_str();
            Some(Changed::State {
                state: state::closed(reason),
                name: reason.map_or_else(|| "closed".to_owned(), |own| format!("closed as {own}")),
            })
        }
        "reopened" => Some(Changed::State {
            state: State::Todo,
            name: "open".to_owned(),
        }),
        "renamed" => Some(Changed::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_translated_and_unknown_ones_skipped() {
        let event = |kind: &str, more: Value| {
            let mut event = json!({
                "id": 5, "event": kind, "actor": {"id": 7, "login": "maria"},
                "created_at": "2026-11-21T09:30:00Z",
            });
            for (name, value) in more.as_object().unwrap() {
                event[name] = value.clone();
            }
            event
        };
        let label = |name: &str| json!({"label": {"name": name}});
        let labelled = |label: &str| Changed::Labelled {
            label: label.to_owned(),
        };
        let state = |state, name: &str| Changed::State {
            state,
            name: name.to_owned(),
        };
        for (event, expected) in [
            (
                event("labeled", label("gate:plan")),
                Some(labelled("gate:plan")),
            ),
            (
                event("labeled", label("trail:waiting")),
                Some(state(State::Waiting, "trail:waiting")),
            ),
            (
                event("unlabeled", label("gate:plan")),
                Some(Changed::Unlabelled {
                    label: "gate:plan".to_owned(),
                }),
            ),
            (event("unlabeled", label("trail:waiting")), None),
            (event("labeled", json!({"label": null})), None),
            (
                event("closed", json!({"state_reason": "not_planned"})),
                Some(state(State::Cancelled, "closed as not_planned")),
            ),
            (
                event("closed", json!({"state_reason": null})),
                Some(state(State::Done, "closed")),
            ),
            (
                event("reopened", json!({})),
                Some(state(State::Todo, "open")),
            ),
            (
                event("renamed", json!({"rename": {"from": "a", "to": "b"}})),
                Some(Changed::Text),
            ),
            (event("subscribed", json!({})), None),
            (event("something_new", json!({"created_at": 5})), None),
            (json!("nonsense"), None),
        ] {
            assert_eq!(change_of(&event).map(|own| own.what), expected, "{event}");
        }
        let actor = |actor: Value| {
            change_of(&event("reopened", json!({"actor": actor})))
                .unwrap()
                .actor
        };
        assert_eq!(actor(json!({"id": 7})).unwrap().as_str(), "7");
        assert_eq!(actor(Value::Null).unwrap().as_str(), "ghost");
    }
}
