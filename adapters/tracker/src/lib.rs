//! The embedded tracker: a small real tracker over segments and sled, its HTTP API and its client.
//!
//! [`Embedded`] keeps the projects' items, comments and people in one directory; a [`Seat`] is one
//! account's place at it and is a [`Tracker`](trail_port::Tracker) in the same process. [`serve`]
//! puts it behind HTTP, and [`Client`] is the same port from anywhere else.
//!
//! It allows what real trackers allow: people edit and delete their comments, admins anybody's.
//! Trail's integrity never rests on it; it finds such changes by its own chain and keys.

pub mod api;
mod client;
mod embedded;
mod server;

pub use client::Client;
pub use embedded::{Account, Embedded, Error, NewToken, Project, Role, Seat};
pub use server::serve;
