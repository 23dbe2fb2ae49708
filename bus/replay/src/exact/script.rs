//! What the record says of the outside, laid along the entries: who writes the next entry, and what
//! humans did just before it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use trail_item::Event;
use trail_port::tracker::{Change, Changed, Comment, State};
use trail_record::body::{
    Authority, ChangeKind, ChangeSeen, GateName, Observation, Observed, Spec,
};
use trail_record::{Digest, Kind, Persona, Policy, Text, Trust, WorkerId};

use crate::again::root::is_replay;
use crate::recorded::{Recorded, Step};

/// The script of a replay.
#[derive(Debug)]
pub(crate) struct Script {
    /// One for each entry.
    pub(crate) parts: Vec<Part>,
    /// Who writes.
    pub(crate) actors: Vec<Actor>,
    /// The text the item has before anything is known of it.
    pub(crate) text: Wording,
}

/// One entry's part.
#[derive(Debug)]
pub(crate) struct Part {
    /// Who writes it.
    pub(crate) actor: usize,
    /// Why it is taken from the record as it is, if it is.
    pub(crate) given: Option<Given>,
    /// What humans did before it.
    pub(crate) cues: Vec<Cue>,
}

/// A worker process as the entries show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actor {
    pub(crate) persona: Persona,
    pub(crate) worker: WorkerId,
    pub(crate) trust: Digest<Trust>,
    pub(crate) policy: Digest<Policy>,
    /// How long its leases last; none if it never took one.
    pub(crate) lease: Option<Duration>,
}

/// Something a human did.
#[derive(Debug, Clone)]
pub(crate) enum Cue {
    /// Commented.
    Said(Comment),
    /// Set labels and state, as the entry captured them.
    Board(Board),
    /// Wrote the item's text.
    Wrote(Wording),
}

/// Labels and state of an item, and what changed of them since they were captured before.
#[derive(Debug, Clone)]
pub(crate) struct Board {
    pub(crate) labels: Vec<String>,
    pub(crate) state: Option<State>,
    pub(crate) changes: Vec<Change>,
}

/// An item's text and what the tracker proves of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wording {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) author: Option<trail_record::UserId>,
    pub(crate) unedited: bool,
}

/// Why an entry is taken from the record as it is: what it came from is not in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Given {
    /// It seals that something in the tracker was not as it should be.
    Finding,
    /// It speaks of, or was written under, a text of the item that nothing holds.
    Text,
    /// It seals that a lease lapsed by the tracker's time, or by how long it was watched.
    Lapse,
    /// It seals that a label came and went between two entries.
    Label,
    /// It answers a comment whose words were redacted.
    Comment,
    /// The action failed, and what was said before it did is not sealed.
    Failure,
    /// The worker was told to stop.
    Release,
    /// It is the beginning of a replay, which no worker writes.
    Root,
    /// It renews a lease that came to no outcome, or to one of these.
    Renewal,
    /// It seals what tests prove because a person asked.
    Proving,
    /// It keeps results of tests that were run elsewhere.
    Report,
    /// It says what builds on a delivery: what other items hold is not in this one's record.
    Dependants,
}

impl Given {
    /// Returns the word that results use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Finding => "findings",
            Self::Text => "unknown texts",
            Self::Lapse => "lapsed leases",
            Self::Label => "labels that came and went",
            Self::Comment => "redacted comments",
            Self::Failure => "failures",
            Self::Release => "releases",
            Self::Root => "roots of replays",
            Self::Renewal => "renewals",
            Self::Proving => "proofs a person asked for",
            Self::Report => "reports from outside",
            Self::Dependants => "what builds on a delivery",
        }
    }
}

impl Script {
    /// Lays the script along the entries.
    pub(crate) fn of(recorded: &Recorded) -> Self {
        let texts = texts(recorded);
        let mut script = Self {
            parts: Vec::with_capacity(recorded.steps.len()),
            actors: Vec::new(),
            text: texts.values().next().cloned().unwrap_or_default(),
        };
        // Set while the item has a text that nothing holds.
        let mut blind = false;
        for (index, step) in recorded.steps.iter().enumerate() {
            let actor = script.actor(step);
            let mut cues = Vec::new();
            let mut given = given(step);
            for event in &step.events {
                match text_of(event) {
                    Some(Spoken::Text(text)) => match texts.get(&text) {
                        Some(wording) => {
                            blind = false;
                            cues.push(Cue::Wrote(wording.clone()));
                        }
                        None => {
                            blind = true;
                            given = given.or(Some(Given::Text));
                        }
                    },
                    Some(Spoken::Sealed) => {
                        blind = false;
                        let task = recorded.states[index].task.as_ref();
                        let sealed = task.and_then(|task| texts.get(&task.text));
                        cues.extend(sealed.cloned().map(Cue::Wrote));
                    }
                    None => {}
                }
            }
            if blind && !step.events.iter().any(is_held) {
                given = given.or(Some(Given::Text));
            }
            match said(step) {
                Some(Ok(comment)) => cues.push(Cue::Said(comment)),
                Some(Err(())) => given = given.or(Some(Given::Comment)),
                None => {}
            }
            let board = board(step);
            if came_and_went(step, board.as_ref()) {
                given = given.or(Some(Given::Label));
            }
            cues.extend(board.map(Cue::Board));
            script.parts.push(Part { actor, given, cues });
        }
        script.settle_renewals(recorded);
        script
    }

    /// Where the conversation under a lease is not sealed, its renewals cannot be derived either.
    fn settle_renewals(&mut self, recorded: &Recorded) {
        for (index, step) in recorded.steps.iter().enumerate() {
            if !step
                .events
                .iter()
                .any(|own| matches!(own, Event::Renewed { .. }))
            {
                continue;
            }
            let outcome = outcome(recorded, index);
            let derived = outcome.is_some_and(|at| {
                self.parts[at].actor == self.parts[index].actor && self.parts[at].given.is_none()
            });
            if !derived {
                self.parts[index].given = Some(Given::Renewal);
            }
        }
    }

    fn actor(&mut self, step: &Step) -> usize {
        let entry = step.entry();
        let lease = step.events.iter().find_map(|event| match event {
            Event::Claimed { until, .. } | Event::Renewed { until, .. } => {
                Some(until.since(entry.at))
            }
            _ => None,
        });
        let same = |own: &Actor| {
            own.persona == entry.persona
                && own.worker == entry.worker
                && own.trust == entry.trust
                && own.policy == entry.policy
                && (own.lease.is_none() || lease.is_none() || own.lease == lease)
        };
        // Two set-ups of one process name differ only in the lease: the newest is meant.
        if let Some(index) = self.actors.iter().rposition(same) {
            let own = &mut self.actors[index];
            own.lease = own.lease.or(lease);
            return index;
        }
        self.actors.push(Actor {
            persona: entry.persona,
            worker: entry.worker.clone(),
            trust: entry.trust,
            policy: entry.policy,
            lease,
        });
        self.actors.len() - 1
    }
}

/// Returns the place of the entry with which the lease that stands before entry `from` ended.
pub(crate) fn outcome(recorded: &Recorded, from: usize) -> Option<usize> {
    let fence = |index: usize| recorded.states[index].lease.as_ref().map(|own| own.fence);
    let held = fence(from)?;
    (from..recorded.steps.len()).find(|index| fence(index + 1) != Some(held))
}

/// What an event says of the item's text.
enum Spoken {
    /// It has this text.
    Text(Digest<Text>),
    /// It has the sealed text again.
    Sealed,
}

fn text_of(event: &Event) -> Option<Spoken> {
    match event {
        Event::TakenUp { text, .. }
        | Event::StartAsked { text, .. }
        | Event::Unfit { text }
        | Event::Drifted { text, .. }
        | Event::Amended { text, .. } => Some(Spoken::Text(*text)),
        Event::Restored => Some(Spoken::Sealed),
        _ => None,
    }
}

/// Tells whether an event is an outcome of a lease: its writer looked at the item's text, if at all,
/// through the state.
fn is_held(event: &Event) -> bool {
    matches!(
        event,
        Event::Renewed { .. }
            | Event::Released { .. }
            | Event::Spent { .. }
            | Event::Planned { .. }
            | Event::Proposed { .. }
            | Event::Committed { .. }
            | Event::Tested { .. }
            | Event::Delivered { .. }
            | Event::Refused { .. }
            | Event::Failed { .. }
    )
}

/// Returns the texts that specs hold, by their digest.
fn texts(recorded: &Recorded) -> BTreeMap<Digest<Text>, Wording> {
    let specs = recorded
        .steps
        .iter()
        .flat_map(|step| step.bodies::<Spec>(Kind::Spec));
    specs
        .map(|(_, spec)| {
            let wording = Wording {
                unedited: matches!(spec.authority, Authority::Author { .. }),
                title: spec.title,
                body: spec.body,
                author: Some(spec.author),
            };
            (spec.text, wording)
        })
        .collect()
}

/// Returns the comment that an entry answers as the tracker showed it, if it answers one; an error
/// if its words are not known.
fn said(step: &Step) -> Option<Result<Comment, ()>> {
    let own = step.bodies::<Observation>(Kind::Observation).into_iter();
    own.filter_map(|(_, own)| match own.observed {
        Observed::Comment { comment, body } => Some((comment, body)),
        Observed::Body { .. }
        | Observed::Labels { .. }
        | Observed::Board { .. }
        | Observed::Lapse { .. }
        | Observed::Finding { .. } => None,
    })
    .map(|(seen, body)| {
        if Digest::of(body.as_bytes()) != seen.text {
            return Err(());
        }
        Ok(Comment {
            edited: seen.created != seen.updated,
            id: seen.id,
            author: seen.author,
            text: body,
            created: seen.created,
            updated: seen.updated,
            backdated: false,
            program: false,
        })
    })
    .next()
}

fn given(step: &Step) -> Option<Given> {
    if step.entry().seq == 0 && is_replay(&step.entry().project) {
        return Some(Given::Root);
    }
    let spoke = step.holds(Kind::Decision);
    step.events.iter().find_map(|event| match event {
        Event::Found { .. } => Some(Given::Finding),
        Event::Lapsed { .. } => Some(Given::Lapse),
        Event::Proved { fence: None, .. } => Some(Given::Proving),
        Event::Reported { .. } => Some(Given::Report),
        Event::RevertAsked { .. } | Event::Reverting { .. } => Some(Given::Dependants),
        Event::Released { .. } => Some(Given::Release),
        Event::Failed { .. } if !spoke => Some(Given::Failure),
        _ => None,
    })
}

/// Returns labels, state and their changes as an entry captured them, if it did.
fn board(step: &Step) -> Option<Board> {
    let own = step.bodies::<Observation>(Kind::Observation).into_iter();
    own.filter_map(|(_, own)| match own.observed {
        Observed::Board {
            labels,
            state,
            changes,
        } => Some(Board {
            labels,
            state: State::ALL.into_iter().find(|own| own.to_string() == state),
            changes: changes.into_iter().filter_map(change).collect(),
        }),
        Observed::Comment { .. }
        | Observed::Body { .. }
        | Observed::Labels { .. }
        | Observed::Lapse { .. }
        | Observed::Finding { .. } => None,
    })
    .next()
}

/// Returns a captured change as the tracker told it.
fn change(seen: ChangeSeen) -> Option<Change> {
    let what = match seen.change {
        ChangeKind::Labelled { label } => Changed::Labelled { label },
        ChangeKind::Unlabelled { label } => Changed::Unlabelled { label },
        ChangeKind::State { state, name } => Changed::State {
            state: State::ALL
                .into_iter()
                .find(|own| own.to_string() == state)?,
            name,
        },
        ChangeKind::Text => Changed::Text,
    };
    Some(Change {
        id: seen.id,
        actor: seen.actor,
        at: seen.at,
        what,
    })
}

/// Tells whether an entry says of a gate label that was gone again when it was written.
fn came_and_went(step: &Step, board: Option<&Board>) -> bool {
    step.events.iter().any(|event| match event {
        Event::Captured { gates, .. } => gates.iter().any(|gate| {
            let label = format!("gate:{gate}");
            !board.is_some_and(|own| own.labels.iter().any(|own| own.trim() == label))
        }),
        _ => false,
    })
}

/// Returns the gates asked for in an entry that are none of the work's own.
fn asked(step: &Step) -> impl Iterator<Item = &str> {
    step.events.iter().filter_map(|event| match event {
        Event::GateAsked { gate, .. } => Some(gate.as_str())
            .filter(|gate| !matches!(*gate, GateName::FILE_WRITE | GateName::PR_CREATE)),
        _ => None,
    })
}

/// Returns the labels that the gates of a whole run show.
pub(crate) fn labels_of(recorded: &Recorded) -> Vec<String> {
    let mut seen = HashMap::new();
    for gate in recorded.own().flat_map(asked) {
        seen.insert(format!("gate:{gate}"), ());
    }
    let mut labels: Vec<String> = seen.into_keys().collect();
    labels.sort();
    labels
}
