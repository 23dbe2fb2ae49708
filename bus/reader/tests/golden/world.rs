//! A history under construction: keys from fixed seeds, fixed times, and what was posted so far.

use std::collections::BTreeMap;

use serde_json::Value;
use trail_reader::history::{Blobs, Comment, History, Item};
use trail_record::chain::Subject;
use trail_record::record::Sealable;
use trail_record::trust::{Approver, Endpoint, Head, KeyTrust, PersonaTrust, Revocation, Trust};
use trail_record::{
    Blob, Checkpoint, CommentId, CommitId, Digest, Entry, FORMAT, ItemId, ItemKey, Keypair, Listed,
    Moment, Persona, Policy, ProjectId, Record, RunId, Sealed, UserId, WorkerId,
};

/// The first moment of the history: 2026-11-20T09:00:00.000Z.
const START: i64 = 1_795_165_200_000;

/// The holders of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Operator,
    Auditor,
    Planner,
    NewPlanner,
    Coder,
    NewCoder,
    Tester,
    Reviewer,
    Stranger,
}

impl Holder {
    pub(crate) fn key(self) -> Keypair {
        Keypair::from_seed(&[100 + self as u8; 32])
    }

    /// The persona this holder is trusted as; a stranger claims to be the coder.
    pub(crate) fn persona(self) -> Persona {
        match self {
            Self::Planner | Self::NewPlanner => Persona::Planner,
            Self::Tester => Persona::Tester,
            Self::Reviewer => Persona::Reviewer,
            Self::Operator | Self::Auditor | Self::Coder | Self::NewCoder | Self::Stranger => {
                Persona::Coder
            }
        }
    }
}

/// What an entry says besides its place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) events: Vec<Value>,
    pub(crate) records: Vec<Sealable>,
    pub(crate) spec: Option<Digest<Record>>,
    pub(crate) base: Option<CommitId>,
}

/// One item's entries.
#[derive(Debug, Clone)]
pub(crate) struct Strand {
    pub(crate) subject: Subject,
    pub(crate) comments: Vec<Comment>,
    pub(crate) sealed: Vec<Sealed>,
}

/// The whole history so far.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) documents: Vec<(Digest<Trust>, Trust)>,
    pub(crate) trust: Vec<String>,
    pub(crate) checkpoints: Vec<String>,
    pub(crate) items: Vec<Strand>,
    pub(crate) blobs: BTreeMap<Digest<Blob>, Vec<u8>>,
}

pub(crate) fn account(persona: Persona) -> UserId {
    UserId::new(format!("u-{persona}"))
}

pub(crate) fn worker(persona: Persona) -> WorkerId {
    WorkerId::new(format!("{persona}@golden:1"))
}

pub(crate) fn policy() -> Digest<Policy> {
    Digest::of(b"the golden policy")
}

/// The moment `minutes` after the beginning.
pub(crate) fn minute(minutes: u64) -> Moment {
    Moment::from_millis(START + i64::try_from(minutes).expect("small") * 60_000)
}

impl World {
    /// A history with its first trust document and one item, on which nothing was done yet.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            documents: Vec::new(),
            trust: Vec::new(),
            checkpoints: Vec::new(),
            items: Vec::new(),
            blobs: BTreeMap::new(),
        };
        world.issue(&first_document(), Holder::Operator);
        world.add_item("VSME-142", "0b6c1f0e-4a51-4f0e-9a55-6f3d5a1f0142");
        world
    }

    pub(crate) fn add_item(&mut self, key: &str, item: &str) {
        self.items.push(Strand {
            subject: Subject {
                project: ProjectId::from("vsme"),
                item: ItemId::from(item),
                key: ItemKey::from(key),
            },
            comments: Vec::new(),
            sealed: Vec::new(),
        });
    }

    /// Adds a trust document as the next of the line.
    pub(crate) fn issue(&mut self, document: &Trust, by: Holder) {
        let (digest, envelope) = document.seal(&by.key()).expect("has a canonical form");
        self.documents.push((digest, document.clone()));
        self.trust.push(envelope.to_json());
    }

    /// The second document: the planner's key is joined by a new one, the coder's is revoked as of
    /// the newest entry and replaced.
    pub(crate) fn rotated_document(&self) -> Trust {
        let (digest, first) = &self.documents[0];
        let strand = &self.items[0];
        let last = strand.sealed.last().expect("something was done");
        let mut next = first.clone();
        next.serial = 2;
        next.prev = Some(*digest);
        next.at = minute(last.entry.seq * 10 + 5);
        next.personas[0].keys.push(good(Holder::NewPlanner));
        next.personas[1].keys[0].revoked = Some(Revocation {
            why: "the laptop was left on a train".to_owned(),
            heads: BTreeMap::from([(
                strand.subject.item.clone(),
                Head {
                    seq: last.entry.seq,
                    digest: last.digest,
                },
            )]),
        });
        next.personas[1].keys.push(good(Holder::NewCoder));
        next
    }

    /// The entry that would come next on an item.
    pub(crate) fn draft(&mut self, item: usize, by: Holder, draft: Draft) -> Entry {
        let (records, apart) = Listed::all(&draft.records);
        for index in apart {
            let record = &draft.records[index];
            self.blobs
                .insert(record.digest().cast(), record.bytes().to_vec());
        }
        let strand = &self.items[item];
        let seq = strand.sealed.len() as u64;
        Entry {
            format: FORMAT,
            rules: 0,
            project: strand.subject.project.clone(),
            item: strand.subject.item.clone(),
            key: strand.subject.key.clone(),
            run: RunId::new(format!("{}.1", strand.subject.key)),
            seq,
            prev: strand.sealed.last().map(|last| last.digest),
            persona: by.persona(),
            worker: worker(by.persona()),
            trust: self.documents.last().expect("there is one").0,
            policy: policy(),
            spec: draft.spec,
            base: draft.base,
            at: minute(seq * 10),
            events: draft.events,
            records,
        }
    }

    /// Seals an entry and posts it as the next.
    pub(crate) fn post(&mut self, item: usize, by: Holder, entry: Entry) {
        let sealed = entry.seal(&by.key()).expect("has a canonical form");
        let comment = self.comment(item, by.persona(), sealed.envelope.to_json());
        self.items[item].comments.push(comment);
        self.items[item].sealed.push(sealed);
    }

    pub(crate) fn write(&mut self, item: usize, by: Holder, draft: Draft) {
        let entry = self.draft(item, by, draft);
        self.post(item, by, entry);
    }

    /// A comment that was not there before.
    pub(crate) fn comment(&self, item: usize, persona: Persona, envelope: String) -> Comment {
        let number = (item + 1) * 1000 + self.items[item].comments.len();
        Comment {
            comment: CommentId::new(format!("c-{number}")),
            author: account(persona),
            edited: false,
            backdated: false,
            envelope,
        }
    }

    /// Signs a checkpoint of an entry.
    pub(crate) fn checkpoint(&mut self, item: usize, seq: usize, by: Holder) {
        let strand = &self.items[item];
        let checkpoint = Checkpoint {
            format: FORMAT,
            project: strand.subject.project.clone(),
            item: strand.subject.item.clone(),
            key: strand.subject.key.clone(),
            seq: seq as u64,
            head: strand.sealed[seq].digest,
            at: minute(seq as u64 * 10 + 9),
        };
        let envelope = checkpoint.seal(&by.key()).expect("has a canonical form");
        self.checkpoints.push(envelope.to_json());
    }

    pub(crate) fn history(&self) -> History {
        let bytes = |texts: &[String]| texts.iter().map(|text| text.clone().into_bytes()).collect();
        History {
            operator: Holder::Operator.key().public(),
            trust: bytes(&self.trust),
            checkpoints: bytes(&self.checkpoints),
            items: self
                .items
                .iter()
                .map(|strand| Item {
                    subject: strand.subject.clone(),
                    comments: strand.comments.clone(),
                })
                .collect(),
            blobs: Blobs::Memory(self.blobs.clone()),
        }
    }
}

fn good(holder: Holder) -> KeyTrust {
    KeyTrust {
        key: holder.key().public(),
        revoked: None,
    }
}

fn first_document() -> Trust {
    let persona = |holder: Holder| PersonaTrust {
        persona: holder.persona(),
        account: account(holder.persona()),
        keys: vec![good(holder)],
    };
    let approver = |id: &str, name: &str, simulated| Approver {
        id: UserId::from(id),
        name: name.to_owned(),
        simulated,
    };
    Trust {
        format: FORMAT,
        project: ProjectId::from("vsme"),
        serial: 1,
        prev: None,
        at: minute(0),
        personas: vec![
            persona(Holder::Planner),
            persona(Holder::Coder),
            persona(Holder::Tester),
            persona(Holder::Reviewer),
        ],
        approvers: vec![
            approver("u-klara", "Klara Nilsson", false),
            approver("u-jonas", "Jonas Öberg", false),
            approver("u-sample", "Sample Human", true),
            // Listed by mistake: the account serves a persona and never approves.
            approver("u-tester", "Tester", false),
        ],
        policy: policy(),
        checkpoint_keys: vec![Holder::Auditor.key().public()],
        endpoints: vec![Endpoint {
            host: "scripted".to_owned(),
            kind: "scripted".to_owned(),
        }],
    }
}
