//! The stage: how far the replay has come, what the tracker shows, and what was found.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use trail_item::{Action, text};
use trail_port::tracker::{Append, Change, Comment, Cursor, Item, Read, State as Shown};
use trail_record::entry::Unverified;
use trail_record::{Blob, Digest, Entry, Envelope, Moment, UserId};

use super::script::{self, Cue, Script, Wording};
use crate::difference::{self, Difference};
use crate::journal::{Filled, Talk};
use crate::recorded::{Recorded, Step};
use crate::store::MemoryStore;

/// What all ports of a replay share.
pub(crate) struct Stage {
    pub(crate) recorded: Arc<Recorded>,
    pub(crate) script: Script,
    pub(crate) stores: Vec<Arc<MemoryStore>>,
    pub(crate) blobs: HashMap<Digest<Blob>, Arc<Vec<u8>>>,
    inner: Mutex<Inner>,
    moved: watch::Sender<usize>,
}

struct Inner {
    /// The next entry.
    cursor: usize,
    item: Item,
    comments: Vec<Comment>,
    /// What the tracker tells of changes of labels and state.
    changes: Vec<Change>,
    /// What workers have put, so that differences can be shown.
    put: HashMap<Digest<Blob>, Vec<u8>>,
    difference: Option<Difference>,
    given: BTreeMap<&'static str, u64>,
    filled: Filled,
    comments_shown: u64,
    /// How many trials of tests were taken from the record.
    trials: u64,
}

/// What comes of an append.
pub(crate) enum Offer {
    /// It is the recorded entry.
    Stands,
    /// Others have written since the worker looked.
    Moved,
    /// It is not this worker's turn.
    Waits,
}

impl Stage {
    pub(crate) fn new(recorded: Arc<Recorded>) -> Self {
        let script = Script::of(&recorded);
        let started = recorded
            .steps
            .first()
            .map_or(0, |own| own.entry().at.as_millis());
        let item = Item {
            id: recorded.subject.item.clone(),
            key: recorded.subject.key.clone(),
            title: String::new(),
            body: String::new(),
            author: UserId::new("nobody"),
            unedited: false,
            labels: Vec::new(),
            state: Shown::Todo,
            created: Moment::from_millis(started),
            updated: Moment::from_millis(started),
        };
        let mut inner = Inner {
            cursor: 0,
            item,
            comments: Vec::new(),
            changes: Vec::new(),
            put: HashMap::new(),
            difference: None,
            given: BTreeMap::new(),
            filled: Filled::default(),
            comments_shown: 0,
            trials: 0,
        };
        inner.write(&script.text);
        if let Some(part) = script.parts.first() {
            inner.cue(&part.cues);
        }
        Self {
            stores: script.actors.iter().map(|_| Arc::default()).collect(),
            blobs: recorded.blobs(),
            recorded,
            script,
            inner: Mutex::new(inner),
            moved: watch::channel(0).0,
        }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("no scene is left half-played")
    }

    /// Tells of each step forward.
    pub(crate) fn moves(&self) -> watch::Receiver<usize> {
        self.moved.subscribe()
    }

    /// Returns the number of the next entry; none when all are written.
    pub(crate) fn cursor(&self) -> Option<usize> {
        let cursor = self.inner().cursor;
        (cursor < self.recorded.steps.len()).then_some(cursor)
    }

    /// Returns the actor's next entry.
    pub(crate) fn next_of(&self, actor: usize) -> Option<&Step> {
        let from = self.inner().cursor;
        let parts = self.script.parts.iter().enumerate().skip(from);
        let own = parts.into_iter().find(|(_, part)| part.actor == actor);
        own.map(|(index, _)| &self.recorded.steps[index])
    }

    /// Returns the actor's last written entry.
    pub(crate) fn last_of(&self, actor: usize) -> Option<&Step> {
        let until = self.inner().cursor;
        let mut parts = self.script.parts[..until].iter();
        let own = parts.rposition(|part| part.actor == actor);
        own.map(|index| &self.recorded.steps[index])
    }

    /// Returns the fence under which the actor holds the item before the next entry.
    pub(crate) fn held(&self, actor: usize) -> Option<trail_record::Fence> {
        let state = &self.recorded.states[self.inner().cursor];
        let worker = &self.script.actors[actor].worker;
        let lease = state.lease.as_ref();
        lease
            .filter(|own| own.holder == *worker)
            .map(|own| own.fence)
    }

    pub(crate) fn difference(&self) -> Option<Difference> {
        self.inner().difference.clone()
    }

    /// Notes a difference; only the first counts.
    pub(crate) fn differs(&self, difference: Difference) {
        self.inner().difference.get_or_insert(difference);
        self.moved.send_modify(|_| {});
    }

    /// Notes that trials of tests were taken from the record.
    pub(crate) fn tried(&self, trials: usize) {
        self.inner().trials += trials as u64;
    }

    /// Returns how many trials of tests were taken from the record.
    pub(crate) fn trials(&self) -> u64 {
        self.inner().trials
    }

    /// Returns what was taken from the record: entries by reason, journal, comments.
    pub(crate) fn taken(&self) -> (BTreeMap<&'static str, u64>, Filled, u64) {
        let inner = self.inner();
        (inner.given.clone(), inner.filled, inner.comments_shown)
    }

    /// Returns the item and its comments since an earlier read.
    pub(crate) fn read(&self, since: Option<&Cursor>) -> Read {
        let inner = self.inner();
        let from = since
            .and_then(|own| own.0.parse().ok())
            .filter(|from| *from <= inner.comments.len());
        Read {
            item: inner.item.clone(),
            comments: inner.comments[from.unwrap_or(0)..].to_vec(),
            removed: Vec::new(),
            complete: from.is_none(),
            cursor: Cursor(inner.comments.len().to_string()),
        }
    }

    pub(crate) fn comment(&self, id: &trail_record::CommentId) -> Option<Comment> {
        let inner = self.inner();
        inner.comments.iter().find(|own| own.id == *id).cloned()
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        self.inner().changes.clone()
    }

    pub(crate) fn put(&self, blobs: &[&[u8]]) {
        let mut inner = self.inner();
        for bytes in blobs {
            inner.put.insert(Digest::of(bytes), bytes.to_vec());
        }
    }

    /// Compares what a worker would append with the next entry.
    pub(crate) fn offer(&self, actor: usize, append: &Append) -> Offer {
        let mut inner = self.inner();
        let cursor = inner.cursor;
        let part = self.script.parts.get(cursor);
        let own = part.is_some_and(|part| part.actor == actor && part.given.is_none());
        if !own || inner.difference.is_some() {
            return Offer::Waits;
        }
        // As a tracker that compares and appends: the writer must have seen the last entry.
        let last = cursor.checked_sub(1).map(|last| &self.recorded.steps[last]);
        if append.after.as_ref() != last.map(|step| &step.accepted.comment) {
            return Offer::Moved;
        }
        let step = &self.recorded.steps[cursor];
        if append.key != step.digest() {
            inner.difference = Some(compare(step, append, &inner.put));
            drop(inner);
            self.moved.send_modify(|_| {});
            return Offer::Waits;
        }
        self.stand(&mut inner);
        drop(inner);
        self.moved.send_replace(cursor + 1);
        Offer::Stands
    }

    /// Writes the next entry as it is recorded.
    pub(crate) fn give(&self) {
        let mut inner = self.inner();
        let cursor = inner.cursor;
        if let Some(given) = self.script.parts[cursor].given {
            *inner.given.entry(given.as_str()).or_default() += 1;
        }
        self.stand(&mut inner);
        drop(inner);
        self.moved.send_replace(cursor + 1);
    }

    /// Tells whether an actor that has written may go on: the next entry is its own again.
    pub(crate) fn goes_on(&self, actor: usize) -> bool {
        let inner = self.inner();
        let part = self.script.parts.get(inner.cursor);
        inner.difference.is_none()
            && part.is_some_and(|part| part.actor == actor && part.given.is_none())
    }

    fn stand(&self, inner: &mut Inner) {
        let cursor = inner.cursor;
        let step = &self.recorded.steps[cursor];
        inner.comments.push(posted(step));
        inner.cursor += 1;
        let holder = self.script.parts[cursor].actor;
        let claimed = step
            .events
            .iter()
            .any(|event| matches!(event, trail_item::Event::Claimed { .. }));
        if claimed {
            self.fill(inner, holder, cursor + 1);
        }
        if let Some(part) = self.script.parts.get(cursor + 1) {
            inner.cue(&part.cues);
        }
    }

    /// Fills the journal of an actor that has claimed with what it sealed under that lease.
    fn fill(&self, inner: &mut Inner, actor: usize, from: usize) {
        let store = &self.stores[actor];
        store.forget(|_| true);
        let Some(lease) = &self.recorded.states[from].lease else {
            return;
        };
        let Some(talk) = self.outcome(actor, from).map(Talk::of) else {
            return;
        };
        let (action, state): (Action, _) = (lease.action, &self.recorded.states[from]);
        let Some(task) = &state.task else { return };
        let place = (&self.recorded.subject.item, &task.run);
        let filled = talk.fill(store, place, action, state.round(action), u32::MAX);
        inner.filled.answers += filled.answers;
        inner.filled.commands += filled.commands;
        inner.filled.tests += filled.tests;
    }

    /// Returns the actor's entry with which the lease that stands before entry `from` ended.
    fn outcome(&self, actor: usize, from: usize) -> Option<&Step> {
        let at = script::outcome(&self.recorded, from)?;
        (self.script.parts[at].actor == actor).then(|| &self.recorded.steps[at])
    }

    /// Returns the outcome of the lease that the actor holds now.
    pub(crate) fn outcome_now(&self, actor: usize) -> Option<&Step> {
        let from = self.inner().cursor;
        self.outcome(actor, from)
    }
}

impl Inner {
    fn cue(&mut self, cues: &[Cue]) {
        for cue in cues {
            match cue {
                Cue::Said(comment) => {
                    self.comments.push(comment.clone());
                    self.comments_shown += 1;
                }
                Cue::Board(board) => {
                    self.item.labels.clone_from(&board.labels);
                    self.item.state = board.state.unwrap_or(self.item.state);
                    self.changes.extend(board.changes.iter().cloned());
                }
                Cue::Wrote(wording) => self.write(wording),
            }
        }
    }

    fn write(&mut self, wording: &Wording) {
        self.item.title.clone_from(&wording.title);
        self.item.body.clone_from(&wording.body);
        self.item.unedited = wording.unedited;
        if let Some(author) = &wording.author {
            self.item.author = author.clone();
        }
    }
}

/// Returns the comment in which an entry stands.
fn posted(step: &Step) -> Comment {
    let json = step.accepted.signed.envelope.to_json();
    let at = step.entry().at;
    Comment {
        id: step.accepted.comment.clone(),
        author: step.author.clone(),
        text: format!("```trail-entry\n{json}\n```\n"),
        created: at,
        updated: at,
        edited: false,
        backdated: false,
        program: false,
    }
}

/// Finds the first field in which what a worker would append differs from the recorded entry.
fn compare(step: &Step, append: &Append, put: &HashMap<Digest<Blob>, Vec<u8>>) -> Difference {
    let seq = step.entry().seq;
    let unreadable = || Difference::at(seq, None, "", None, None);
    let opened = text::envelope_of(&append.text)
        .and_then(|json| Envelope::from_json(json.as_bytes()).ok())
        .and_then(|envelope| Unverified::open(envelope).ok());
    let Some(opened) = opened else {
        return unreadable();
    };
    let got = opened.claimed();
    // A record says more than its digest in a list: the first that differs is looked into.
    for (index, kept) in step.records.iter().enumerate() {
        let Some(listed) = got.records.get(index) else {
            break;
        };
        if listed.digest == kept.listed.digest {
            continue;
        }
        let named = format!("{} {:?}", kept.listed.kind, kept.listed.title);
        let expected = serde_json::to_value(&kept.record);
        let got = match (&listed.record, put.get(&listed.digest.cast())) {
            (Some(record), _) => serde_json::to_value(record).ok(),
            (None, Some(bytes)) => serde_json::from_slice(bytes).ok(),
            (None, None) => None,
        };
        if let (Ok(expected), Some(got)) = (expected, got)
            && let Some((path, one, other)) = difference::first(&expected, &got)
        {
            return Difference::at(seq, Some(named), path, one, other);
        }
    }
    entries(step.entry(), got).unwrap_or_else(unreadable)
}

fn entries(expected: &Entry, got: &Entry) -> Option<Difference> {
    let (one, other) = (
        serde_json::to_value(expected).ok()?,
        serde_json::to_value(got).ok()?,
    );
    let (path, one, other) = difference::first(&one, &other)?;
    Some(Difference::at(expected.seq, None, path, one, other))
}
