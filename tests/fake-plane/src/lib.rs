//! A Plane stand-in with Plane's measured weaknesses, and with faults on demand.
//!
//! What it imitates is Plane CE 1.3.1 as it was measured: anybody in the project may edit and delete
//! anybody's comments, `created_by` and `created_at` are set by whoever posts, external ids race,
//! answers lie, times are written twice, and the notice that an item changed comes late or never.
//! A test starts a [`PlaneFake`] from a [`Seed`], gives its address and keys to the adapter, plays
//! people in the browser by [`PlaneFake::web`], and looks at [`PlaneFake::requests`].
//!
//! Left out: attachments, relations, cycles, modules, pages, the browser's own session API over HTTP,
//! compression of answers. Webhooks are not sent; [`hook`] makes and signs what would be sent.

// A project has more fields than the macro of serde_json counts to by default.
#![recursion_limit = "256"]

mod activity;
mod answer;
mod api;
mod clock;
mod fault;
mod handle;
pub mod hook;
mod html;
mod json;
mod limit;
mod page;
mod random;
pub mod recording;
mod route;
mod rows;
mod seed;
mod serve;
mod server;
mod tables;
mod time;
mod web;
mod wire;

pub use fault::{Fault, On};
pub use handle::{PlaneFake, Seen};
pub use route::Route;
pub use rows::{Comment, Item, Label, Role, State};
pub use seed::{Account, Seed, Timing};
pub use web::{Refusal, Web};
