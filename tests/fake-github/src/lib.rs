//! GitHub, as far as Trail asks it, in the memory of a test: served over loopback, strict where GitHub
//! is strict, and weak where GitHub was found weak.
//!
//! What it keeps of GitHub:
//! - who may do what: roles, scopes, permissions of fine-grained tokens and App installations; 404 for
//!   what an account may not see, 403 for what it may not do, 401 for a token that is none;
//! - times in whole seconds, `updated_at` as the only trace of an edit that REST shows, the history of
//!   edits in GraphQL, ids that grow, numbers that issues and pull requests share;
//! - `ETag` and 304, the primary limit, the secondary limits, and the errors that tell of them;
//! - lists that lag, pages that move, replies that get lost: on demand, by [`Faults`].
//!
//! What it leaves out: everything Trail does not ask for (reviews, checks, forks, search ...). An
//! unknown route is 404, an unknown field of GraphQL is an error, and so is an API version that does
//! not exist; nothing is answered that was not built.
//!
//! The clock is the fake's own ([`Clock`]): a test moves it, and every time in an answer, the lapse of
//! tokens and the windows of limits follow it.

mod acts;
mod api;
mod caller;
mod clock;
mod faults;
mod graphql;
mod limits;
mod log;
mod page;
mod refusal;
mod routes;
mod rules;
mod seed;
mod server;
mod show;
mod ui;
mod wire;
mod world;

pub use clock::Clock;
pub use faults::{Behind, Fault, Faults};
pub use limits::Limits;
pub use log::{Conditional, Counts, Exchange, Kind, Logged};
pub use refusal::Refusal;
pub use seed::{Account, App, Level, Permissions, Role, Seed, TokenKind};
pub use server::GitHubFake;
pub use ui::Ui;

/// A private RSA key (PKCS#1, PEM, as GitHub hands them out) that belongs to nobody: tests give it to
/// their Apps. [`App::new`] knows its public half.
pub const APP_KEY: &str = include_str!("../keys/app.pem");
