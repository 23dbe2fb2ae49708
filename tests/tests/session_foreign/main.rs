//! Sessions on the stand-ins of GitHub and Plane by real processes: the built binary, four workers,
//! a repository with a bare remote, and people who file, start and approve in the tracker itself.
//!
//! What the tracker's adapters and the budgets do by themselves is tried elsewhere; here everything
//! works together, as a team runs it.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what is not as expected ends the test"
)]

mod emulate;
mod endpoints;
mod html;
mod machines;
mod process;
mod project;
mod reference;
mod stand;
mod strangers;
mod tampering;
mod team;
