//! What a peer can do wrong.

use std::time::Duration;

/// What a peer does instead of answering well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Refuses with a status and an error body of the format asked in.
    Status {
        /// The status.
        status: u16,
        /// The header `retry-after`.
        retry_after: Option<String>,
        /// The message in the body.
        message: String,
    },
    /// Closes the connection before it says anything.
    Disconnect,
    /// Says nothing at all for a long time.
    Silence,
    /// Breaks the connection after so many events of the stream.
    Cut(usize),
    /// Closes the stream properly after so many events.
    Stop(usize),
    /// Says nothing more after so many events of the stream.
    Stall(usize),
    /// Sends a data line that is not JSON after so many events.
    Garble(usize),
    /// Sends an error event of this type after one event.
    ErrorEvent(String),
    /// Waits so long before each event.
    Slow(Duration),
    /// Answers with success and a body that is no JSON.
    Html,
    /// Answers with success and half a JSON body.
    HalfJson,
    /// Sends a stream of comments without end.
    Flood,
    /// Sends one line without end.
    LongLine,
    /// Redirects to another address.
    Redirect(String),
}

impl Trouble {
    /// Returns the refusal with this status and a message of its own.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            retry_after: None,
            message: format!("scripted status {status}"),
        }
    }
}
