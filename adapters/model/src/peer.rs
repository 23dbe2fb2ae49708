//! A scripted HTTP peer on loopback that speaks all three wire formats; for tests only.
//!
//! It answers from a [`Script`] or from a list of [`Turn`]s, refuses requests that the real providers
//! would refuse, remembers what it was asked, and makes [`Trouble`] where it is told to. Behind the
//! cargo feature `peer`.
//!
//! A script goes by action and round, which are never sent. So of its actions the peer takes the
//! first whose next unplayed turn has the number that the conversation is at and whose `expect` fits;
//! the same request again gets the same answer again.

mod hear;
mod line;
mod play;
mod serve;
mod speak;
mod trouble;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use hear::Format;
pub use trouble::Trouble;

use crate::scripted::{Script, Turn};
use play::Play;
use serve::State;

/// A running peer; it ends when it is dropped.
#[derive(Debug)]
pub struct Peer {
    url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

/// A request the peer got.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The wire format, by its path.
    pub format: Format,
    /// Header names and values as they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; null if it was no JSON.
    pub body: Value,
}

impl Seen {
    /// Returns the value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// How the peer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// Answers plain JSON even where a stream was asked for, as LiteLLM may.
    pub plain: bool,
    /// Ends Chat streams without `[DONE]`, as some servers do.
    pub without_done: bool,
    /// Leaves tool call ids out of Chat answers, as some servers do.
    pub without_ids: bool,
    /// Sends bodies in pieces of so many bytes.
    pub pieces: Option<usize>,
}

impl Peer {
    /// Starts a peer that plays a script.
    ///
    /// # Errors
    ///
    /// When no port can be listened on.
    pub async fn of_script(script: Script) -> io::Result<Self> {
        Self::start(Play::of_script(script)).await
    }

    /// Starts a peer that gives these answers one after the other, whatever the conversation.
    ///
    /// # Errors
    ///
    /// When no port can be listened on.
    pub async fn of_turns(turns: Vec<Turn>) -> io::Result<Self> {
        Self::start(Play::of_turns(turns)).await
    }

    async fn start(play: Play) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State::new(play)));
        let task = tokio::spawn(serve::serve(listener, Arc::clone(&state)));
        Ok(Self { url, state, task })
    }

    /// Returns the base URL for all three formats.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes trouble at request number `request`, counted from 1 over all formats.
    pub fn trouble(&self, request: usize, trouble: Trouble) {
        self.lock().troubles.insert(request, trouble);
    }

    /// Makes trouble at every request that has no trouble of its own.
    pub fn trouble_always(&self, trouble: Trouble) {
        self.lock().always = Some(trouble);
    }

    /// Says how to answer from now on.
    pub fn set_manner(&self, manner: Manner) {
        self.lock().manner = manner;
    }

    /// Returns the requests so far, refused and troubled ones too.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
