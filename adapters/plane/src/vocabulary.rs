//! The project's states and labels: Plane's ids on one side, names on the other.
//!
//! Both are read when they are needed and kept for a while. Nothing is decided by what is kept: an
//! item is read with the names of its own state and labels.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde::Serialize;
use trail_port::tracker::{Error, State};

use crate::http::Failed;
use crate::plane::{Kept, Plane};
use crate::wire::{self, Label, Made};

/// How long states and labels are kept.
const KEPT: Duration = Duration::from_secs(120);
/// The most characters a label's name may have in Plane.
const MAX_LABEL: usize = 255;
/// The colour of labels that nobody chose one for.
const COLOR: &str = "#888888";

/// Names of started states in which work waits for somebody.
const WAITING: [&str; 8] = [
    "waiting", "blocked", "review", "on hold", "pending", "approval", "feedback", "paused",
];

/// Returns the port's state of a state of Plane; none for groups this version does not know.
pub(crate) fn state_of(group: &str, name: &str) -> Option<State> {
    match group {
        "backlog" | "triage" => Some(State::Backlog),
        "unstarted" => Some(State::Todo),
        "started" if waits(name) => Some(State::Waiting),
        "started" => Some(State::InProgress),
        "completed" => Some(State::Done),
        "cancelled" => Some(State::Cancelled),
        _ => None,
    }
}

fn waits(name: &str) -> bool {
    let name = name.to_lowercase();
    WAITING.iter().any(|word| name.contains(word))
}

/// Returns the state of the project that stands for `state`: of its group the first in the board's
/// order; for waiting a started one whose name says so, if there is one.
pub(crate) fn choose(states: &[wire::State], state: State) -> Option<&wire::State> {
    let group = match state {
        State::Backlog => "backlog",
        State::Todo => "unstarted",
        State::InProgress | State::Waiting => "started",
        State::Done => "completed",
        State::Cancelled => "cancelled",
    };
    let mut fitting: Vec<&wire::State> = states.iter().filter(|own| own.group == group).collect();
    fitting.sort_by(|one, other| one.sequence.total_cmp(&other.sequence));
    let exact = fitting
        .iter()
        .find(|own| state_of(&own.group, &own.name) == Some(state));
    exact.or(fitting.first()).copied()
}

#[derive(Serialize)]
struct NewLabel<'a> {
    name: &'a str,
    color: &'a str,
    description: &'a str,
}

impl Plane {
    /// Returns the project's states.
    pub(crate) async fn states(&self) -> Result<Arc<Vec<wire::State>>, Error> {
        self.kept(&self.inner.states, "states").await
    }

    /// Returns the project's labels.
    pub(crate) async fn labels(&self) -> Result<Arc<Vec<Label>>, Error> {
        self.kept(&self.inner.labels, "labels").await
    }

    /// Forgets states and labels: something did not fit them.
    pub(crate) async fn forget_vocabulary(&self) {
        *self.inner.states.write().await = None;
        *self.inner.labels.write().await = None;
    }

    async fn kept<T: serde::de::DeserializeOwned>(
        &self,
        place: &Kept<T>,
        what: &str,
    ) -> Result<Arc<Vec<T>>, Error> {
        if let Some((at, rows)) = &*place.read().await
            && at.elapsed() < KEPT
        {
            return Ok(Arc::clone(rows));
        }
        let path = self.in_project(&[what]).await?;
        let rows = Arc::new(self.list(&path, &[], what).await?);
        *place.write().await = Some((Instant::now(), Arc::clone(&rows)));
        Ok(rows)
    }

    /// Returns the id of the label with this name, and makes it if there is none.
    pub(crate) async fn label(&self, name: &str) -> Result<String, Error> {
        let labels = self.labels().await?;
        match labels.iter().find(|own| own.name == name) {
            Some(label) => Ok(label.id.clone()),
            None => Ok(self.make_label(name, COLOR, "").await?.0),
        }
    }

    /// Makes a label, and returns its id and whether it is new.
    pub(crate) async fn make_label(
        &self,
        name: &str,
        color: &str,
        description: &str,
    ) -> Result<(String, bool), Error> {
        if name.trim().is_empty() || name.chars().count() > MAX_LABEL {
            return Err(Error::Refused(format!(
                "a label has 1 to {MAX_LABEL} characters, {name:?} has not"
            )));
        }
        let path = self.in_project(&["labels"]).await?;
        let color = if color.starts_with('#') {
            color.to_owned()
        } else {
            format!("#{color}")
        };
        let new = NewLabel {
            name,
            color: &color,
            description,
        };
        let made = self.http().put::<Made>(Method::POST, &path, &new).await;
        // What is kept lacks the new one, or lacked one that somebody else made.
        *self.inner.labels.write().await = None;
        match made {
            Ok(made) => Ok((made.id, true)),
            Err(Failed::Status(refusal))
                if refusal.status == StatusCode::CONFLICT && refusal.id.is_some() =>
            {
                Ok((refusal.id.unwrap_or_default(), false))
            }
            // Names are unique in the database, so looking is enough to know.
            Err(failed) if failed.may_be_done() => {
                let labels = self.labels().await?;
                match labels.iter().find(|own| own.name == name) {
                    Some(label) => Ok((label.id.clone(), true)),
                    None => Err(failed.into_error(&format!("making the label {name}"))),
                }
            }
            Err(failed) => Err(failed.into_error(&format!("making the label {name}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(all: &[(&str, &str)]) -> Vec<wire::State> {
        all.iter()
            .enumerate()
            .map(|(at, (name, group))| wire::State {
                id: name.to_string(),
                name: name.to_string(),
                group: group.to_string(),
                sequence: 100.0 - f64::from(u8::try_from(at).unwrap()),
            })
            .collect()
    }

    #[test]
    fn states_are_chosen_by_group_and_waiting_by_name() {
        let plain = states(&[
            ("Cancelled", "cancelled"),
            ("Done", "completed"),
            ("In Progress", "started"),
            ("Todo", "unstarted"),
            ("Backlog", "backlog"),
        ]);
        let name = |own: &[wire::State], state| choose(own, state).map(|own| own.name.clone());
        for (state, expected) in [
            (State::Backlog, "Backlog"),
            (State::Todo, "Todo"),
            (State::InProgress, "In Progress"),
            (State::Waiting, "In Progress"),
            (State::Done, "Done"),
            (State::Cancelled, "Cancelled"),
        ] {
            assert_eq!(name(&plain, state).as_deref(), Some(expected), "{state}");
        }
        // In the board's order "In Review" stands first here, and yet nothing is being done in it.
        let rich = states(&[
            ("Doing", "started"),
            ("Trail: waiting", "started"),
            ("In Review", "started"),
        ]);
        assert_eq!(name(&rich, State::InProgress).as_deref(), Some("Doing"));
        assert_eq!(name(&rich, State::Waiting).as_deref(), Some("In Review"));
        assert_eq!(name(&rich, State::Done), None);
    }

    #[test]
    fn every_state_that_is_chosen_reads_back_as_its_group() {
        let all = states(&[
            ("Waiting", "started"),
            ("In Progress", "started"),
            ("Todo", "unstarted"),
            ("Backlog", "backlog"),
            ("Done", "completed"),
            ("Cancelled", "cancelled"),
        ]);
        for state in State::ALL {
            let chosen = choose(&all, state).unwrap();
            assert_eq!(state_of(&chosen.group, &chosen.name), Some(state));
        }
        assert_eq!(state_of("new-group", "x"), None);
    }
}
