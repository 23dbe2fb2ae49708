//! What a replay's history begins with: whose replay it is, and a trust document that says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trail_item::event::RULES;
use trail_item::{Event, text};
use trail_record::body::{CommentSeen, Observation, Observed, Spec};
use trail_record::record::Sealable;
use trail_record::trust::{Approver, Endpoint, KeyTrust, PersonaTrust};
use trail_record::{
    CommentId, Digest, Entry, Envelope, FORMAT, ItemId, ItemKey, Keypair, Kind, Listed, Moment,
    Persona, Policy, ProjectId, Record, RunId, Sealed, Trust, UserId, WorkerId, canonical,
};

use crate::error::Error;
use crate::recorded::Recorded;

/// What stands behind the project's name in every trust document and entry of a replay. No live
/// project's name may hold a `/`.
pub const MARK: &str = "/replay";
/// The account whose word starts a replay and decides where gates are asked anew.
pub(crate) const PERSON: &str = "replay-person";

/// Tells whether a project's name is that of a replay.
#[must_use]
pub fn is_replay(project: &ProjectId) -> bool {
    project.as_str().ends_with(MARK)
}

/// What a replay's first entry seals of where it comes from, as the words of an observed comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Root {
    /// The original.
    pub replay_of: Of,
    /// What is otherwise than in the original.
    pub overrides: Overrides,
    /// The first call that is asked anew, from 1.
    pub from: u32,
    /// The gates that are asked anew.
    pub regate: Vec<String>,
}

/// The original of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// Its project.
    pub project: ProjectId,
    /// The item, by the tracker's stable id.
    pub item: ItemId,
    /// The item's key.
    pub key: ItemKey,
    /// The run.
    pub run: RunId,
    /// The head of the chain that was replayed.
    pub head: Digest<Entry>,
    /// How many entries it has.
    pub entries: u64,
}

/// What is otherwise than in the original.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overrides {
    /// The configured model that is asked; none if the personas' own are.
    pub model: Option<String>,
    /// The sampling temperature; none if the model's own.
    pub temperature: Option<f64>,
}

impl Root {
    /// Reads the root of a replay from its first entry's records; none if it is no replay.
    #[must_use]
    pub fn read<'r>(records: impl IntoIterator<Item = &'r Observation>) -> Option<Self> {
        records.into_iter().find_map(|own| match &own.observed {
            Observed::Comment { body, .. } => serde_json::from_str(body).ok(),
            Observed::Body { .. }
            | Observed::Labels { .. }
            | Observed::Board { .. }
            | Observed::Lapse { .. }
            | Observed::Finding { .. } => None,
        })
    }
}

/// The keys of one replay: made for it, and forgotten with it.
#[derive(Debug)]
pub struct Keys {
    /// Signs the trust document.
    pub operator: Keypair,
    /// Sign the entries.
    pub personas: BTreeMap<Persona, Keypair>,
}

/// Returns the account of a persona in a replay.
pub(crate) fn account(persona: Persona) -> UserId {
    UserId::new(format!("replay-{persona}"))
}

/// Makes the trust document of a replay.
pub(crate) fn trust(
    recorded: &Recorded,
    keys: &Keys,
    policy: Digest<Policy>,
    hosts: &[String],
    at: Moment,
) -> Result<(Digest<Trust>, Envelope), Error> {
    let newest = recorded.steps.last().map(|step| step.entry().trust);
    let original = match newest {
        Some(digest) => recorded.trust_at(&digest)?.latest().1.clone(),
        None => return Err(Error::History("the run has no entries".to_owned())),
    };
    let personas = keys
        .personas
        .iter()
        .map(|(persona, key)| PersonaTrust {
            persona: *persona,
            account: account(*persona),
            keys: vec![KeyTrust {
                key: key.public(),
                revoked: None,
            }],
        })
        .collect();
    let carried = original.approvers.iter().map(|own| Approver {
        id: own.id.clone(),
        name: format!("{} (carried over)", own.name),
        simulated: true,
    });
    let person = Approver {
        id: UserId::new(PERSON),
        name: "whoever ran the replay".to_owned(),
        simulated: true,
    };
    let document = Trust {
        format: FORMAT,
        project: ProjectId::new(format!("{}{MARK}", recorded.subject.project)),
        serial: 1,
        prev: None,
        at,
        personas,
        approvers: carried.chain([person]).collect(),
        policy,
        checkpoint_keys: Vec::new(),
        endpoints: hosts
            .iter()
            .map(|host| Endpoint {
                host: host.clone(),
                kind: if host == "scripted" {
                    "scripted"
                } else {
                    "replay"
                }
                .to_owned(),
            })
            .collect(),
    };
    Ok(document.seal(&keys.operator)?)
}

/// What the first entry is made of.
pub(crate) struct Beginning<'b> {
    pub(crate) recorded: &'b Recorded,
    pub(crate) root: &'b Root,
    pub(crate) run: &'b RunId,
    pub(crate) trust: Digest<Trust>,
    pub(crate) policy: Digest<Policy>,
    pub(crate) at: Moment,
}

/// Makes the first entry: the original's sealed task with what it rests on, and the root.
///
/// The task's record is the original's own, so that what comes of it again has the same inputs.
/// Returns the entry, the text of its comment, and the bytes that are to be kept apart.
pub(crate) fn begin(
    own: &Beginning<'_>,
    key: &Keypair,
) -> Result<(Sealed, String, Vec<Vec<u8>>), Error> {
    let Beginning {
        recorded,
        root,
        run,
        trust,
        policy,
        at,
    } = *own;
    let (digest, spec) = spec(recorded)?;
    let mut records = vec![observation(root, at)?];
    records.extend(closure(recorded, digest)?);
    let (listed, apart) = Listed::all(&records);
    let event = Event::TakenUp {
        spec: digest,
        text: spec.text,
        run: run.clone(),
        comment: None,
    };
    let event = serde_json::to_value(&event).map_err(canonical::Error::Unwritable)?;
    let entry = Entry {
        format: FORMAT,
        rules: RULES,
        project: ProjectId::new(format!("{}{MARK}", recorded.subject.project)),
        item: recorded.subject.item.clone(),
        key: recorded.subject.key.clone(),
        run: run.clone(),
        seq: 0,
        prev: None,
        persona: Persona::Planner,
        worker: worker(Persona::Planner),
        trust,
        policy,
        spec: Some(digest),
        base: recorded.base().cloned(),
        at,
        events: vec![event],
        records: listed,
    };
    let sealed = entry.seal(key)?;
    let text = text::comment(&text::taken_up(&spec), &sealed);
    let apart = apart
        .into_iter()
        .map(|index| records[index].bytes().to_vec())
        .collect();
    Ok((sealed, text, apart))
}

/// Returns the name of a worker in a replay.
pub(crate) fn worker(persona: Persona) -> WorkerId {
    WorkerId::new(format!("{persona}@replay"))
}

/// Returns the task in force at the end of the run.
pub(crate) fn spec(recorded: &Recorded) -> Result<(Digest<Record>, Spec), Error> {
    let newest = recorded
        .own()
        .flat_map(|step| step.bodies::<Spec>(Kind::Spec))
        .last();
    newest.ok_or_else(|| Error::History("the run has no sealed task".to_owned()))
}

fn observation(root: &Root, at: Moment) -> Result<Sealable, Error> {
    let body = String::from_utf8(canonical::to_bytes(root)?)
        .map_err(|error| Error::History(error.to_string()))?;
    let observed = Observed::Comment {
        comment: CommentSeen {
            id: CommentId::new("replay-root"),
            author: UserId::new(PERSON),
            text: Digest::of(body.as_bytes()),
            created: at,
            updated: at,
        },
        body,
    };
    Ok(Record::new("replay", [], &Observation { observed, at })?)
}

/// Returns a record of the run and all that it rests on, what it rests on first.
fn closure(recorded: &Recorded, of: Digest<Record>) -> Result<Vec<Sealable>, Error> {
    let kept: BTreeMap<Digest<Record>, &Record> = recorded
        .steps
        .iter()
        .flat_map(|step| &step.records)
        .map(|own| (own.listed.digest, &own.record))
        .collect();
    let mut wanted = vec![of];
    let mut index = 0;
    while let Some(digest) = wanted.get(index).copied() {
        if let Some(record) = kept.get(&digest) {
            for input in &record.inputs {
                if !wanted.contains(input) {
                    wanted.push(*input);
                }
            }
        }
        index += 1;
    }
    // Inputs stand before what names them: the order of the history is such an order.
    let all = recorded.steps.iter().flat_map(|step| &step.records);
    let mut records = Vec::new();
    for own in all.filter(|own| wanted.contains(&own.listed.digest)) {
        let sealable = Sealable::new(own.record.clone())?;
        if !records.contains(&sealable) {
            records.push(sealable);
        }
    }
    Ok(records)
}
