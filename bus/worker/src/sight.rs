//! Capture on sight: gate labels, and the changes of labels and state that decisions rest on.
//!
//! What is seen rides along in the next entry. What was seen and is not sealed yet is kept in the
//! local memory, so that a gate label that comes and goes between two entries is not forgotten.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use tracing::warn;
use trail_item::Event;
use trail_port::store::Op;
use trail_port::tracker::{Change, Changed, State as Shown};
use trail_record::body::{ChangeKind, ChangeSeen, GateName, Observation, Observed};
use trail_record::record::Sealable;
use trail_record::{Digest, ItemId, Moment, Record, code};

use crate::append::Draft;
use crate::view::{View, finding_id};
use crate::worker::{Error, Worker};

/// The most changes one entry captures; more ride in later ones.
const MAX_CHANGES: usize = 64;
/// How many items' sights are kept at hand.
const MAX_SIGHTS: usize = 4096;
/// The most poses that ride along in one entry.
const MAX_POSES: usize = 4;

/// Gate labels that were seen on items and are not sealed yet.
pub(crate) type Sights = HashMap<ItemId, Sight>;

/// What was seen of one item and is not sealed yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sight {
    pub(crate) gates: BTreeSet<GateName>,
}

/// Returns the gates that labels ask for, besides those that are always asked for.
pub(crate) fn labelled(labels: &[String]) -> BTreeSet<GateName> {
    labels
        .iter()
        .filter_map(|label| label.strip_prefix("gate:"))
        .map(str::trim)
        .filter(|name| !matches!(*name, "" | GateName::FILE_WRITE | GateName::PR_CREATE))
        .map(GateName::new)
        .collect()
}

/// Returns the gates that a view's labels ask for and no entry says so.
fn unsealed(view: &View) -> BTreeSet<GateName> {
    let state = &view.state;
    let mut gates = labelled(&view.item.labels);
    gates.extend(view.seen_gates.iter().cloned());
    gates.retain(|gate| {
        let on = view.shows_label(gate);
        !state.passed.contains(gate)
            && (!state.wanted.contains(gate) || (on && state.unlabelled.contains(gate)))
    });
    gates
}

/// Returns the gates that were asked for by labels that are gone now.
fn gone(view: &View) -> Vec<GateName> {
    let state = &view.state;
    let missing = |gate: &&GateName| !state.unlabelled.contains(*gate) && !view.shows_label(gate);
    state.wanted.iter().filter(missing).cloned().collect()
}

impl View {
    /// Tells whether the item has the label of this gate now.
    pub(crate) fn shows_label(&self, gate: &GateName) -> bool {
        labelled(&self.item.labels).contains(gate)
    }

    /// Returns the gates of labels that are still to be passed: those on the item, and those that
    /// were ever seen there.
    pub(crate) fn gates_of_labels(&self) -> BTreeSet<GateName> {
        let mut gates = labelled(&self.item.labels);
        gates.extend(self.state.wanted.iter().cloned());
        gates.extend(self.seen_gates.iter().cloned());
        gates.retain(|gate| !self.state.passed.contains(gate));
        gates
    }

    /// Returns the gate that waits although its label was taken off, if nobody was told yet.
    pub(crate) fn unlabelled_gate(&self) -> Option<(&GateName, &str)> {
        let gate = self.state.label_gate.as_ref()?;
        gone(self)
            .contains(&gate.name)
            .then_some((&gate.name, gate.code.as_str()))
    }
}

impl Worker {
    /// Notes the gate labels of a view in the local memory, and gives the view those noted before.
    pub(crate) fn sight(&self, view: &mut View) -> Result<(), Error> {
        let item = view.item.id.clone();
        let key = format!("sight/{item}");
        let mut sights = self.sights.lock().expect("no sight is left half-seen");
        let before = match sights.get(&item) {
            Some(sight) => sight.clone(),
            None => self
                .ports
                .store
                .get(&key)?
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default(),
        };
        view.seen_gates.clone_from(&before.gates);
        let now = Sight {
            gates: unsealed(view),
        };
        view.seen_gates.clone_from(&now.gates);
        if sights.len() >= MAX_SIGHTS {
            // What is in the local memory is found there again.
            self.keep(Vec::new())?;
            sights.clear();
        }
        sights.insert(item, now.clone());
        drop(sights);
        if now == before {
            return Ok(());
        }
        self.learn(vec![if now.gates.is_empty() {
            Op::Remove { key }
        } else {
            let value =
                serde_json::to_vec(&now).map_err(trail_record::canonical::Error::Unwritable)?;
            Op::Put { key, value }
        }])
    }

    /// Asks the tracker how labels and state came about. It tells what it can: no answer is as good
    /// as none, the labels themselves are seen all the same.
    pub(crate) async fn board(&self, view: &View) -> Vec<Change> {
        match self.ports.tracker.history(&view.item.id).await {
            Ok(changes) => changes,
            Err(error) => {
                warn!(item = %view.item.key, %error, "cannot ask who changed labels and state");
                Vec::new()
            }
        }
    }

    /// Tells whether something was seen that no entry has sealed.
    pub(crate) fn has_unsealed(view: &View) -> bool {
        !unsealed(view).is_empty() || !gone(view).is_empty()
    }

    /// Returns the observation of labels and state with the changes that are new, and the event that
    /// says so if anything is.
    pub(crate) fn capture(
        &self,
        view: &View,
        history: &[Change],
        at: Moment,
    ) -> Result<(Sealable, Option<Event>), Error> {
        let trust = self.trusted().1;
        let mut ids = BTreeSet::new();
        let changes: Vec<ChangeSeen> = history
            .iter()
            .filter(|own| !view.state.captured.contains(&own.id))
            // What Trail's own accounts show on the board is display.
            .filter(|own| {
                let persona = own.actor.as_ref().and_then(|actor| trust.serves(actor));
                !(persona.is_some() && matches!(own.what, Changed::State { .. }))
            })
            .filter(|own| ids.insert(own.id.clone()))
            .take(MAX_CHANGES)
            .map(seen)
            .collect();
        let ids: Vec<String> = changes.iter().map(|own| own.id.clone()).collect();
        let observed = Observed::Board {
            labels: view.item.labels.clone(),
            state: view.item.state.to_string(),
            changes,
        };
        let record = Record::new("labels and state", [], &Observation { observed, at })?;
        let gates: Vec<GateName> = unsealed(view).into_iter().take(MAX_CHANGES).collect();
        let gone: Vec<GateName> = gone(view).into_iter().take(MAX_CHANGES).collect();
        let empty = gates.is_empty() && gone.is_empty() && ids.is_empty();
        let event = (!empty).then(|| Event::Captured {
            observation: record.digest(),
            gates,
            gone,
            changes: ids,
        });
        Ok((record, event))
    }

    /// Adds to a draft what was seen of labels and of strangers' poses and is not sealed yet.
    pub(crate) fn ride_along(
        &self,
        view: &View,
        draft: &mut Draft,
        history: Option<&[Change]>,
        at: Moment,
    ) -> Result<(), Error> {
        if let Some(history) = history {
            let (record, event) = self.capture(view, history, at)?;
            draft.begin_with(event, record);
        }
        let left = trail_item::state::MAX_POSES.saturating_sub(
            view.state
                .findings
                .values()
                .filter(|own| !own.closes)
                .count(),
        );
        for finding in view.new_poses().take(left.min(MAX_POSES)) {
            let id = finding_id(finding);
            let observed = Observed::Finding {
                kind: finding.kind.as_str().to_owned(),
                detail: finding.to_string(),
            };
            let record = Record::new("finding", [], &Observation { observed, at })?;
            draft.events.push(Event::Found {
                kind: finding.kind.as_str().to_owned(),
                code: code::of(Digest::<Record>::of(id.as_bytes()).as_bytes()),
                id,
                comment: finding.place.comment.clone(),
                closes: false,
            });
            draft.records.push(record);
            draft.note.also(&trail_item::text::posed(finding));
        }
        Ok(())
    }
}

fn seen(change: &Change) -> ChangeSeen {
    let what = match &change.what {
        Changed::Labelled { label } => ChangeKind::Labelled {
            label: label.clone(),
        },
        Changed::Unlabelled { label } => ChangeKind::Unlabelled {
            label: label.clone(),
        },
        Changed::State { state, name } => ChangeKind::State {
            state: Shown::to_string(state),
            name: name.clone(),
        },
        Changed::Text => ChangeKind::Text,
    };
    ChangeSeen {
        id: change.id.clone(),
        actor: change.actor.clone(),
        at: change.at,
        change: what,
    }
}
