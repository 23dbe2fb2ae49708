//! Plane work items as the bus.
//!
//! Plane is a board on which everybody in the project may write, change, delete and re-date what
//! everybody wrote (measured on Plane CE 1.3.1). What this adapter makes of it:
//!
//! - **Authorship** is the `actor` of a fresh GET. `created_by`, and the answer to a POST, are
//!   whatever the poster liked.
//! - **Times** come from a comment's insertion, `updated_at` while it is untouched: a `created_at`
//!   that does not fit it was set by hand, and the comment says so (`comment.rs`).
//! - **Order** is by `created_at`, which Plane writes twice; nobody is shown an order that may still
//!   change (`settled.rs`).
//! - **Appending** posts under the entry's digest as `external_id`, looks before it sends again, and
//!   returns when everybody sees the comment in its final place (`append.rs`).
//! - **Text** is read back byte for byte, or as edited (`html.rs`).
//! - **The feed** is one request per quiet tick (`feed.rs`).
//!
//! Plane's labels could serve as a mutex, since their names are unique in the database. It is not
//! used: a label says nothing that the chain's own rules do not decide already, anybody may delete
//! or rename it, and each claim would cost two requests of sixty a minute and leave clutter. Two
//! claims on one head are settled by the order of their comments; whoever loses reads that and
//! starts over.
//!
//! What Plane does not tell, and so nobody learns here: whether an account is a program, its role in
//! the project, whether it was deactivated, who deleted something, and that a label was deleted.

mod append;
mod comment;
mod counters;
mod feed;
mod history;
mod html;
mod http;
mod item;
mod people;
mod plane;
mod settings;
mod settled;
mod setup;
mod time;
mod tracker;
mod vocabulary;
pub mod webhook;
mod wire;

pub use counters::Counters;
pub use plane::Plane;
pub use settings::Settings;
pub use setup::{Right, Rights};
