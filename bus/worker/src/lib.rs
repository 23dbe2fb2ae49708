//! The only loop: read the item, decide, seal, perform, seal what came of it, forget.
//!
//! A [`Worker`] acts as one persona. [`Worker::turn`] takes one item one step; [`Worker::run`] polls
//! the tracker and takes turns until it is told to stop. Every ask of an agent passes
//! [`session`]: policy, scope, budget, sandbox, redaction and sealing exist there once.

mod append;
mod clock;
mod commands;
mod desk;
mod facts;
mod gates;
mod journal;
mod members;
mod opened;
mod others;
mod overlay;
mod perform;
mod proven;
mod pulse;
mod redact;
mod reported;
mod run;
mod session;
mod settings;
mod shared;
mod sight;
mod toolbox;
mod turn;
mod vanished;
mod view;
mod watch;
mod worker;

pub use clock::{Clock, System};
pub use journal::{Answered, FromRecord, Place, Ran, known_result};
pub use proven::Tried;
pub use pulse::{Count, Now, Pulse};
pub use redact::{Redactor, secret_in};
pub use reported::Reported;
pub use run::{Bells, Hint, Stop};
pub use settings::Settings;
pub use toolbox::told;
pub use turn::Outcome;
pub use vanished::{Remembered, remembered};
pub use view::View;
pub use worker::{Error, Ports, Worker};
