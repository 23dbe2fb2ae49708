//! Sudden death: ports that stop answering at one chosen call, as a killed process does.
//!
//! All mortal ports of one worker share a [`Death`]. The call at which it strikes is either not made
//! at all, or made and its answer lost; every later call fails. What the worker did before stands,
//! nothing after it happens: to the world that is `kill -9`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use trail_port::blobs::{self, Blobs};
use trail_port::model::{self, Answer, Identity, Model, Request};
use trail_port::prover::{Evidence, Prover, Question};
use trail_port::store::{self, Op, Store};
use trail_port::tracker::{
    self, Append, Capabilities, Change, Changes, Comment, Cursor, Item, Landed, NewItem, Read,
    State, Tracker, User,
};
use trail_port::workspace::{self, Pushed, Workspace, Worktree};
use trail_record::body::FileChange;
use trail_record::{Blob, CommentId, CommitId, Digest, ItemId, ItemKey, ProjectId, RunId, UserId};

/// Whether the fatal call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The process dies before the call.
    Before,
    /// The call is made, and the process dies before it learns the answer.
    After,
}

/// When a process dies.
#[derive(Debug)]
pub struct Death {
    strikes_at: u64,
    when: When,
    calls: AtomicU64,
    dead: AtomicBool,
}

impl Death {
    /// Strikes at the `at`-th call to any of the ports, from 1; never if that is never reached.
    #[must_use]
    pub fn at(at: u64, when: When) -> Arc<Self> {
        Arc::new(Self {
            strikes_at: at,
            when,
            calls: AtomicU64::new(0),
            dead: AtomicBool::new(false),
        })
    }

    /// Returns how many calls were made.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Tells whether death has struck.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Counts a call: whether to make it, and whether its answer is learnt.
    fn call(&self) -> (bool, bool) {
        if self.dead.load(Ordering::SeqCst) {
            return (false, false);
        }
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if number != self.strikes_at {
            return (true, true);
        }
        self.dead.store(true, Ordering::SeqCst);
        (self.when == When::After, false)
    }
}

/// A port that dies with its process.
#[derive(Clone)]
pub struct Mortal<P: ?Sized> {
    inner: Arc<P>,
    death: Arc<Death>,
}

impl<P: ?Sized> Mortal<P> {
    /// Wraps a port.
    pub fn new(inner: Arc<P>, death: &Arc<Death>) -> Self {
        Self {
            inner,
            death: Arc::clone(death),
        }
    }
}

/// Makes a call if death allows it, and loses its answer if death wills.
macro_rules! mortal {
    ($self:ident, $call:expr, $dead:expr) => {{
        let (made, learnt) = $self.death.call();
        if !made {
            return Err($dead);
        }
        let answer = $call;
        if learnt { answer } else { Err($dead) }
    }};
}

fn denied() -> tracker::Error {
    tracker::Error::Denied("the process is dead".to_owned())
}

#[async_trait]
impl Tracker for Mortal<dyn Tracker> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn project(&self) -> Result<ProjectId, tracker::Error> {
        self.inner.project().await
    }

    async fn me(&self) -> Result<User, tracker::Error> {
        self.inner.me().await
    }

    async fn user(&self, login_or_id: &str) -> Result<User, tracker::Error> {
        self.inner.user(login_or_id).await
    }

    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, tracker::Error> {
        mortal!(self, self.inner.changes(since).await, denied())
    }

    async fn find(&self, key: &ItemKey) -> Result<ItemId, tracker::Error> {
        mortal!(self, self.inner.find(key).await, denied())
    }

    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, tracker::Error> {
        mortal!(self, self.inner.read(item, since).await, denied())
    }

    async fn comment(
        &self,
        item: &ItemId,
        id: &CommentId,
    ) -> Result<Option<Comment>, tracker::Error> {
        mortal!(self, self.inner.comment(item, id).await, denied())
    }

    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, tracker::Error> {
        mortal!(self, self.inner.history(item).await, denied())
    }

    async fn is_member(&self, user: &UserId) -> Result<bool, tracker::Error> {
        mortal!(self, self.inner.is_member(user).await, denied())
    }

    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, tracker::Error> {
        mortal!(self, self.inner.append(item, append).await, denied())
    }

    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, tracker::Error> {
        mortal!(self, self.inner.say(item, text).await, denied())
    }

    async fn set_labels(
        &self,
        item: &ItemId,
        add: &[&str],
        remove: &[&str],
    ) -> Result<(), tracker::Error> {
        mortal!(
            self,
            self.inner.set_labels(item, add, remove).await,
            denied()
        )
    }

    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), tracker::Error> {
        mortal!(self, self.inner.set_state(item, state).await, denied())
    }

    async fn create(&self, item: &NewItem) -> Result<Item, tracker::Error> {
        mortal!(self, self.inner.create(item).await, denied())
    }
}

#[async_trait]
impl Model for Mortal<dyn Model> {
    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, model::Error> {
        let dead = || model::Error::Transient {
            endpoint: "dead".to_owned(),
            reason: "the process is dead".to_owned(),
            retry_after: None,
            attempts: Vec::new(),
        };
        mortal!(self, self.inner.ask(request).await, dead())
    }
}

fn io_dead() -> store::Error {
    store::Error::Io {
        context: "dead".to_owned(),
        source: std::io::Error::other("the process is dead"),
    }
}

impl Store for Mortal<dyn Store> {
    fn commit(&self, ops: Vec<Op>) -> Result<(), store::Error> {
        mortal!(self, self.inner.commit(ops), io_dead())
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, store::Error> {
        self.inner.get(key)
    }

    fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, store::Error> {
        self.inner.scan(prefix)
    }

    fn syncs(&self) -> u64 {
        self.inner.syncs()
    }
}

#[async_trait]
impl Blobs for Mortal<dyn Blobs> {
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), blobs::Error> {
        mortal!(
            self,
            self.inner.put(blobs).await,
            blobs::Error::Unavailable("dead".to_owned())
        )
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, blobs::Error> {
        self.inner.get(digest).await
    }
}

fn failed() -> workspace::Error {
    workspace::Error::Failed("the process is dead".to_owned())
}

#[async_trait]
impl Prover for Mortal<dyn Prover> {
    async fn prove(&self, question: &Question) -> Result<Evidence, workspace::Error> {
        mortal!(self, self.inner.prove(question).await, failed())
    }
}

#[async_trait]
impl Workspace for Mortal<dyn Workspace> {
    async fn base(&self) -> Result<CommitId, workspace::Error> {
        mortal!(self, self.inner.base().await, failed())
    }

    async fn open(
        &self,
        run: &RunId,
        at: &CommitId,
    ) -> Result<Box<dyn Worktree>, workspace::Error> {
        mortal!(self, self.inner.open(run, at).await, failed())
    }

    async fn publish(
        &self,
        branch: &str,
        head: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Pushed, workspace::Error> {
        mortal!(
            self,
            self.inner.publish(branch, head, expected).await,
            failed()
        )
    }

    async fn diff(&self, base: &CommitId, head: &CommitId) -> Result<String, workspace::Error> {
        self.inner.diff(base, head).await
    }

    async fn changed(
        &self,
        base: &CommitId,
        head: &CommitId,
    ) -> Result<Vec<String>, workspace::Error> {
        self.inner.changed(base, head).await
    }

    async fn reverse(
        &self,
        deliveries: &[(CommitId, CommitId)],
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, workspace::Clash>, workspace::Error> {
        self.inner.reverse(deliveries, onto).await
    }

    async fn close(&self, run: &RunId) -> Result<(), workspace::Error> {
        mortal!(self, self.inner.close(run).await, failed())
    }
}
