//! Writing an entry: seal it on the head, append it, and look whether it stands.

use std::time::Duration;

use tracing::{debug, warn};
use trail_item::event::RULES;
use trail_item::text::{self, Note};
use trail_item::{Effect, Event, Fold, Phase};
use trail_port::store::Op;
use trail_port::tracker::{self, Append};
use trail_record::chain::Known;
use trail_record::record::Sealable;
use trail_record::{
    CommitId, Digest, Entry, FORMAT, ItemId, Listed, Moment, Record, RunId, Sealed, TrustSet,
};

use crate::view::View;
use crate::worker::{Error, Worker};

/// How often an entry is written anew because others were faster, before the turn is given up.
const MAX_RACES: u32 = 16;
/// How often an append is repeated when it is unknown whether it was done.
pub(crate) const MAX_DOUBTS: u32 = 6;

/// How many items' views are kept between turns; the others are read anew when their turn comes.
const MAX_VIEWS: usize = 32;

/// How many entries are learnt before they are made durable by themselves.
const MAX_LEARNT: usize = 8;

/// What is to be written.
pub(crate) struct Draft {
    pub(crate) events: Vec<Event>,
    pub(crate) records: Vec<Sealable>,
    pub(crate) note: Note,
    /// The commit the run starts from, when this entry is the first to say.
    pub(crate) base: Option<CommitId>,
    /// Whether the draft holds what was seen of labels and state already.
    captured: bool,
}

impl Draft {
    pub(crate) fn new(events: Vec<Event>, records: Vec<Sealable>, note: Note) -> Self {
        Self {
            events,
            records,
            note,
            base: None,
            captured: false,
        }
    }

    /// Puts what was seen of labels and state before all else, so that the rest may rest on it.
    pub(crate) fn begin_with(&mut self, event: Option<Event>, record: Sealable) {
        if let Some(event) = event {
            self.events.insert(0, event);
        }
        self.records.insert(0, record);
        self.captured = true;
    }
}

impl Worker {
    /// Reads the item afresh into the worker's view of it.
    pub(crate) async fn look(&self, item: &ItemId) -> Result<View, Error> {
        let before = self
            .views
            .lock()
            .expect("no view is left half-made")
            .remove(item);
        let mut view = match before {
            Some(mut view) => {
                let read = self.ports.tracker.read(item, Some(&view.cursor)).await?;
                view.update(read, &self.project, &self.trust);
                view
            }
            None => {
                self.keep(Vec::new())?;
                let read = self.ports.tracker.read(item, None).await?;
                self.reappeared(item)?;
                let known = self.memory_of(&read.item).await?;
                View::new(read, known, &self.project, &self.trust)
            }
        };
        if let Some(rules) = view.assembly.newer {
            return Err(Error::Newer {
                item: view.item.key.to_string(),
                rules,
                known: RULES,
            });
        }
        self.sight(&mut view)?;
        self.watch(&view);
        let mut view = self.remember(item, view)?;
        // What is not judged yet stays a finding: the next look asks again.
        self.judge_poses(&mut view).await?;
        if let Some(kept) = self
            .views
            .lock()
            .expect("no view is left half-made")
            .get_mut(item)
        {
            kept.harmless.clone_from(&view.harmless);
        }
        self.share(&mut view).await;
        Ok(view)
    }

    /// Keeps what was learnt in the local memory, and the view for the next look.
    fn remember(&self, item: &ItemId, mut view: View) -> Result<View, Error> {
        let from = view.known.len();
        let new = view.learn();
        if !new.is_empty() {
            let ops: Vec<Op> = new
                .iter()
                .enumerate()
                .map(|(index, known)| Op::Put {
                    key: format!("mirror/{item}/{:08}", from + index),
                    value: mirrored(known),
                })
                .collect();
            self.learn(ops)?;
        }
        let mut views = self.views.lock().expect("no view is left half-made");
        if views.len() >= MAX_VIEWS
            && let Some(other) = views.keys().next().cloned()
        {
            views.remove(&other);
        }
        views.insert(item.clone(), view.clone());
        drop(views);
        Ok(view)
    }

    /// Notes what was learnt; it is durable with the next commit, at the latest after some entries.
    ///
    /// A crash before that forgets a little of what was seen, never of what was acknowledged.
    pub(crate) fn learn(&self, ops: Vec<Op>) -> Result<(), Error> {
        let full = {
            let mut learnt = self.learnt.lock().expect("no memory is left half-made");
            learnt.extend(ops);
            learnt.len() >= MAX_LEARNT
        };
        if full { self.keep(Vec::new()) } else { Ok(()) }
    }

    /// Commits operations together with what was learnt, with one data sync; none if there is nothing.
    pub(crate) fn keep(&self, ops: Vec<Op>) -> Result<(), Error> {
        let mut learnt = self.learnt.lock().expect("no memory is left half-made");
        let all: Vec<Op> = learnt.drain(..).chain(ops).collect();
        if !all.is_empty() {
            self.ports.store.commit(all)?;
        }
        Ok(())
    }

    /// Returns what the local memory holds of an item's chain.
    pub(crate) fn recall(&self, item: &ItemId) -> Result<Vec<Known>, Error> {
        let mut known = Vec::new();
        for (key, value) in self.ports.store.scan(&format!("mirror/{item}/"))? {
            match unmirrored(&value, &self.trust) {
                Some(entry) => known.push(entry),
                None => {
                    warn!(%item, key, "the local memory of an entry cannot be read; leaving it out");
                    break;
                }
            }
        }
        Ok(known)
    }

    /// Writes the entry that `draft` makes of the item as it stands; made anew if others are faster.
    ///
    /// Returns the view after the entry stands.
    pub(crate) async fn append(
        &self,
        mut view: View,
        draft: &(dyn Fn(&View, Moment) -> Result<Draft, Error> + Sync),
    ) -> Result<View, Error> {
        let item = view.item.id.clone();
        for race in 0..MAX_RACES {
            let at = self.ports.clock.sealing();
            let mut draft = draft(&view, at)?;
            let history = if !draft.captured && Self::has_unsealed(&view) {
                Some(self.board(&view).await)
            } else {
                None
            };
            self.ride_along(&view, &mut draft, history.as_deref(), at)?;
            let (sealed, apart) = self.seal(&view, &draft, at)?;
            let blobs: Vec<&[u8]> = apart
                .iter()
                .map(|index| draft.records[*index].bytes())
                .collect();
            if !blobs.is_empty() {
                self.ports.blobs.put(&blobs).await?;
            }
            let text = text::comment(&draft.note, &sealed);
            let limit = self.ports.tracker.capabilities().max_comment;
            if text.chars().count() > limit {
                return Err(Error::Setup(format!(
                    "an entry's comment has {} characters, the tracker takes {limit}",
                    text.chars().count()
                )));
            }
            let append = Append {
                text,
                key: sealed.digest,
                after: view.last_persona_comment(&self.trust),
            };
            let landed = self.append_without_doubt(&item, &append).await;
            let tries = match landed {
                Ok(tries) => tries,
                Err(tracker::Error::Moved) => {
                    debug!(%item, race, "another entry came between");
                    self.pulse.races.add(1);
                    view = self.look(&item).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let after = self.ports.clock.now();
            view = self.look(&item).await?;
            if let Some(own) = view.stands(sealed.digest) {
                if let (1, Some(posted)) = (tries, view.comment(&own)) {
                    self.learn_time(posted.created, after)?;
                }
                self.pulse.entries.add(1);
                self.show(&view).await;
                return Ok(view);
            }
            debug!(%item, race, "the entry did not stand");
            self.pulse.races.add(1);
        }
        Err(Error::History {
            item: view.item.key.to_string(),
            what: format!("{MAX_RACES} entries in a row did not stand; is somebody else writing?"),
        })
    }

    /// Does what the newest entry ordered besides work. It is display and tidying: trouble with it is
    /// told and never stops the work.
    async fn show(&self, view: &View) {
        for effect in &view.effects {
            let done = match effect {
                Effect::Perform(_) => Ok(()),
                Effect::Show(phase) => {
                    let state = match phase {
                        Phase::Todo => tracker::State::Todo,
                        Phase::InProgress => tracker::State::InProgress,
                        Phase::Waiting => tracker::State::Waiting,
                        Phase::Done => tracker::State::Done,
                        Phase::Cancelled => tracker::State::Cancelled,
                    };
                    let item = &view.item.id;
                    self.ports
                        .tracker
                        .set_state(item, state)
                        .await
                        .map_err(Error::from)
                }
                Effect::CleanUp => self
                    .ports
                    .workspace
                    .close(&view.run())
                    .await
                    .map_err(Error::from),
            };
            if let Err(error) = done {
                warn!(item = %view.item.key, ?effect, %error, "could not show or tidy up");
            }
        }
    }

    /// Appends; repeats it while it is unknown whether it was done: the key makes that safe. Returns
    /// how often it was sent.
    async fn append_without_doubt(
        &self,
        item: &ItemId,
        append: &Append,
    ) -> Result<u32, tracker::Error> {
        let mut wait = Duration::from_millis(50);
        for tries in 1..=MAX_DOUBTS {
            match self.ports.tracker.append(item, append).await {
                Ok(_) => return Ok(tries),
                Err(tracker::Error::Doubt(why)) => {
                    warn!(%item, why, "unknown whether the entry was appended; asking again");
                    self.pulse.doubts.add(1);
                    tokio::time::sleep(wait).await;
                    wait *= 3;
                }
                Err(tracker::Error::RateLimited { retry_after }) => {
                    tokio::time::sleep(retry_after.min(Duration::from_secs(120))).await;
                }
                Err(error) => return Err(error),
            }
        }
        Err(tracker::Error::Doubt(format!("{MAX_DOUBTS} tries")))
    }

    /// Seals a draft on the head of the view, after checking that the rules allow it there.
    fn seal(&self, view: &View, draft: &Draft, at: Moment) -> Result<(Sealed, Vec<usize>), Error> {
        let (listed, apart) = Listed::all(&draft.records);
        let events = draft
            .events
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<Vec<_>, _>>()
            .map_err(trail_record::canonical::Error::Unwritable)?;
        let entry = Entry {
            format: FORMAT,
            rules: RULES,
            project: self.project.clone(),
            item: view.item.id.clone(),
            key: view.item.key.clone(),
            run: run_after(view, draft),
            seq: view.state.entries,
            prev: view.state.head,
            persona: self.persona,
            worker: self.id.clone(),
            trust: self.trusted().0,
            policy: self.ports.policy.digest(),
            spec: spec_after(view, draft),
            base: draft.base.clone().or_else(|| view.base().cloned()),
            at,
            events,
            records: listed,
        };
        let sealed = entry.seal(&self.key)?;
        let mut fold = Fold {
            state: view.state.clone(),
            effects: Vec::new(),
        };
        fold.entry(&sealed.entry, sealed.digest)?;
        Ok((sealed, apart))
    }
}

/// Returns the spec that is in force once the draft's events have happened.
fn spec_after(view: &View, draft: &Draft) -> Option<Digest<Record>> {
    let before = view.state.task.as_ref().map(|task| task.spec);
    draft.events.iter().fold(before, |spec, event| match event {
        Event::TakenUp { spec: new, .. } | Event::Amended { spec: new, .. } => Some(*new),
        _ => spec,
    })
}

/// Returns the run that goes on once the draft's events have happened.
fn run_after(view: &View, draft: &Draft) -> RunId {
    let begun = draft.events.iter().find_map(|event| match event {
        Event::Reverting { run, .. } => Some(run.clone()),
        _ => None,
    });
    begun.unwrap_or_else(|| view.run())
}

pub(crate) fn mirrored(known: &Known) -> Vec<u8> {
    format!("{}\n{}", known.comment, known.signed.envelope.to_json()).into_bytes()
}

/// Reads what [`mirrored`] wrote.
pub(crate) fn unmirrored(value: &[u8], trust: &TrustSet) -> Option<Known> {
    let text = std::str::from_utf8(value).ok()?;
    let (comment, json) = text.split_once('\n')?;
    let signed = trail_record::chain::open(json.as_bytes(), trust).ok()?;
    Some(Known {
        comment: comment.into(),
        signed: signed.into(),
    })
}
