//! The place of a replay: a tracker with one item, whose history is a directory.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use trail_item::{Action, Event, Fold, State, text};
use trail_port::blobs::{self, Blobs};
use trail_port::tracker::{
    self, Append, Capabilities, Change, Changes, Comment, Cursor, Item, Landed, NewItem, Read,
    State as Shown, Tracker, User,
};
use trail_reader::history;
use trail_record::entry::Unverified;
use trail_record::{
    Blob, CommentId, Digest, Entry, Envelope, ItemId, ItemKey, Moment, Persona, ProjectId, Record,
    UserId, canonical,
};

use super::root::account;

/// What is told when a worker has claimed: who, which action, and which round of it.
type Claimed = dyn Fn(Persona, Action, u32) + Send + Sync;

/// The place of a replay.
pub(crate) struct Place {
    pub(crate) project: ProjectId,
    history: PathBuf,
    claimed: Box<Claimed>,
    inner: Mutex<Inner>,
}

struct Inner {
    item: Item,
    comments: Vec<Comment>,
    keys: Vec<(Digest<Entry>, CommentId)>,
    fold: Fold,
}

/// One account at the place.
pub(crate) struct Seat {
    pub(crate) place: Arc<Place>,
    pub(crate) persona: Persona,
}

impl Place {
    pub(crate) fn new(
        project: ProjectId,
        history: PathBuf,
        item: Item,
        claimed: Box<Claimed>,
    ) -> Self {
        Self {
            project,
            history,
            claimed,
            inner: Mutex::new(Inner {
                item,
                comments: Vec::new(),
                keys: Vec::new(),
                fold: Fold::default(),
            }),
        }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("no comment is left half-posted")
    }

    /// Returns where the item stands.
    pub(crate) fn state(&self) -> State {
        self.inner().fold.state.clone()
    }

    /// Posts a comment as a human.
    pub(crate) fn say(&self, author: &UserId, text: String, at: Moment) {
        let mut inner = self.inner();
        let comment = comment(&inner, author.clone(), text, at);
        inner.comments.push(comment);
    }

    /// Posts a comment that carries an entry, and writes it to the history.
    pub(crate) fn post(&self, author: UserId, text: String) -> Result<CommentId, String> {
        let json = text::envelope_of(&text).ok_or("the comment carries no entry")?;
        let envelope = Envelope::from_json(json.as_bytes()).map_err(|error| error.to_string())?;
        let opened = Unverified::open(envelope).map_err(|error| error.to_string())?;
        let (entry, digest) = (opened.claimed(), opened.digest());
        let mut inner = self.inner();
        if let Some((_, id)) = inner.keys.iter().find(|(own, _)| *own == digest) {
            return Ok(id.clone());
        }
        let mut fold = inner.fold.clone();
        fold.entry(entry, digest).map_err(|illegal| illegal.0)?;
        let comment = comment(&inner, author, text.clone(), entry.at);
        self.write(&history::Comment {
            comment: comment.id.clone(),
            author: comment.author.clone(),
            edited: false,
            backdated: false,
            envelope: json.to_owned(),
        })
        .map_err(|error| error.to_string())?;
        let id = comment.id.clone();
        inner.keys.push((digest, id.clone()));
        inner.comments.push(comment);
        inner.fold = fold;
        let claims = entry.events.iter().filter_map(claim);
        let rounds: Vec<(Action, u32)> = claims
            .map(|action| (action, inner.fold.state.round(action)))
            .collect();
        drop(inner);
        for (action, round) in rounds {
            (self.claimed)(entry.persona, action, round);
        }
        Ok(id)
    }

    fn write(&self, comment: &history::Comment) -> std::io::Result<()> {
        let mut line = canonical::to_bytes(comment).map_err(std::io::Error::other)?;
        line.push(b'\n');
        let path = self.history.join("items/1/comments.jsonl");
        let mut file = fs::OpenOptions::new().append(true).open(path)?;
        file.write_all(&line)
    }

    /// Keeps bytes in the history.
    pub(crate) fn keep(&self, bytes: &[u8]) -> std::io::Result<()> {
        let path = blob(&self.history, &Digest::of(bytes));
        if path.exists() {
            return Ok(());
        }
        fs::create_dir_all(path.parent().unwrap_or(&self.history))?;
        let new = path.with_extension("new");
        fs::write(&new, bytes)?;
        fs::rename(new, path)
    }

    /// Returns a record of an entry that stands.
    pub(crate) fn record(&self, digest: Digest<Record>) -> Option<Record> {
        let inline = {
            let inner = self.inner();
            let texts = inner.comments.iter().rev();
            texts
                .filter_map(|own| text::envelope_of(&own.text))
                .filter_map(|json| Envelope::from_json(json.as_bytes()).ok())
                .filter_map(|envelope| Unverified::open(envelope).ok())
                .flat_map(|opened| opened.claimed().records.clone())
                .find(|own| own.digest == digest)?
                .record
        };
        inline.or_else(|| {
            let bytes = fs::read(blob(&self.history, &digest.cast())).ok()?;
            Record::from_bytes(&bytes).ok()
        })
    }
}

fn claim(event: &serde_json::Value) -> Option<Action> {
    match serde_json::from_value(event.clone()) {
        Ok(Event::Claimed { action, .. }) => Some(action),
        Ok(_) | Err(_) => None,
    }
}

fn comment(inner: &Inner, author: UserId, text: String, at: Moment) -> Comment {
    Comment {
        id: CommentId::new(format!("replay-{}", inner.comments.len() + 1)),
        author,
        text,
        created: at,
        updated: at,
        edited: false,
        backdated: false,
        program: false,
    }
}

/// Returns where the layout of a history keeps bytes.
fn blob(history: &Path, digest: &Digest<Blob>) -> PathBuf {
    let hex = digest.hex();
    history.join("blobs").join(&hex[..2]).join(&hex)
}

fn not_here(what: &str) -> tracker::Error {
    tracker::Error::Refused(format!("the place of a replay does not {what}"))
}

#[async_trait]
impl Tracker for Seat {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_append: false,
            proves_authorship: true,
            max_comment: usize::MAX,
        }
    }

    async fn project(&self) -> Result<ProjectId, tracker::Error> {
        Ok(self.place.project.clone())
    }

    async fn me(&self) -> Result<User, tracker::Error> {
        Ok(User {
            id: account(self.persona),
            login: account(self.persona).to_string(),
            name: self.persona.to_string(),
            bot: true,
        })
    }

    async fn user(&self, login_or_id: &str) -> Result<User, tracker::Error> {
        Err(tracker::Error::NotFound(login_or_id.to_owned()))
    }

    async fn changes(&self, _: Option<&Cursor>) -> Result<Changes, tracker::Error> {
        Err(not_here("tell changes"))
    }

    /// What had to be done first was done when the original went on.
    async fn find(&self, key: &ItemKey) -> Result<ItemId, tracker::Error> {
        Ok(ItemId::new(format!("other/{key}")))
    }

    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, tracker::Error> {
        let inner = self.place.inner();
        let mut shown = inner.item.clone();
        let own = *item == shown.id;
        if !own {
            shown.id = item.clone();
            shown.state = Shown::Done;
        }
        let from = since
            .and_then(|own| own.0.parse().ok())
            .filter(|from| *from <= inner.comments.len());
        let from = if own { from } else { None };
        Ok(Read {
            item: shown,
            comments: if own {
                inner.comments[from.unwrap_or(0)..].to_vec()
            } else {
                Vec::new()
            },
            removed: Vec::new(),
            complete: from.is_none(),
            cursor: Cursor(inner.comments.len().to_string()),
        })
    }

    async fn comment(&self, _: &ItemId, id: &CommentId) -> Result<Option<Comment>, tracker::Error> {
        let inner = self.place.inner();
        Ok(inner.comments.iter().find(|own| own.id == *id).cloned())
    }

    async fn history(&self, _: &ItemId) -> Result<Vec<Change>, tracker::Error> {
        Ok(Vec::new())
    }

    async fn is_member(&self, _: &UserId) -> Result<bool, tracker::Error> {
        Ok(true)
    }

    async fn append(&self, _: &ItemId, append: &Append) -> Result<Landed, tracker::Error> {
        let posted = self
            .place
            .post(account(self.persona), append.text.clone())
            .map_err(tracker::Error::Refused)?;
        Ok(Landed {
            id: posted,
            already: false,
        })
    }

    async fn say(&self, _: &ItemId, _: &str) -> Result<CommentId, tracker::Error> {
        Err(not_here("let personas speak as people"))
    }

    async fn set_labels(&self, _: &ItemId, _: &[&str], _: &[&str]) -> Result<(), tracker::Error> {
        Ok(())
    }

    async fn set_state(&self, _: &ItemId, state: Shown) -> Result<(), tracker::Error> {
        self.place.inner().item.state = state;
        Ok(())
    }

    async fn create(&self, _: &NewItem) -> Result<Item, tracker::Error> {
        Err(not_here("make items"))
    }
}

#[async_trait]
impl Blobs for Seat {
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), blobs::Error> {
        for bytes in blobs {
            let kept = self.place.keep(bytes);
            kept.map_err(|error| blobs::Error::Unavailable(error.to_string()))?;
        }
        Ok(())
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, blobs::Error> {
        match fs::read(blob(&self.place.history, digest)) {
            Ok(bytes) if Digest::<Blob>::of(&bytes) == *digest => Ok(Some(bytes)),
            Ok(_) => Err(blobs::Error::Damaged(*digest)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(blobs::Error::Unavailable(error.to_string())),
        }
    }
}
