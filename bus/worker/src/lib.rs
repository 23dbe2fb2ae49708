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
mod overlay;
mod perform;
mod redact;
mod run;
mod session;
mod settings;
mod testrun;
mod toolbox;
mod turn;
mod view;
mod worker;

pub use clock::{Clock, System};
pub use journal::{Answered, FromRecord, Place, Ran};
pub use redact::{Redactor, secret_in};
pub use run::Stop;
pub use settings::{Settings, TestFormat, TestSettings};
pub use testrun::{Annotated, result as test_result};
pub use turn::Outcome;
pub use view::View;
pub use worker::{Error, Ports, Worker};
