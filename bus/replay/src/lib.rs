//! Runs a recorded session again: exactly, or with another model in a place of its own.
//!
//! The same worker code runs as in a live session (`Worker::turn`, desk, session, perform, append);
//! only its ports are played. Nothing here knows an adapter: the caller hands in a scratch
//! workspace, the policy and, for an override, the models.
//!
//! # Exact replay
//!
//! [`exact()`] drives the workers along the sealed entries and compares what each of them would
//! append. What must come out again is the **digest of each entry: the SHA-256 of its DSSE payload**,
//! the canonical in-toto statement of `bus/record/FORMAT.md`. That payload holds every event, the
//! digest of every record (and the records that stand inside), the commit and tree ids, so an equal
//! digest says that all of them are equal. Signatures are not made again: they are over the same
//! payload, and no persona's key is at hand.
//!
//! What cannot be derived anew is taken from the record and counted in [`Taken`]: the answers of
//! models (with time, duration, cost and digest of the reasoning), results of commands, comments and
//! texts of humans, the times of entries, and entries whose own causes no record keeps.
//!
//! # A replay with an override
//!
//! [`again()`] makes a new run. Everything of it is below one directory:
//!
//! | path | what |
//! |---|---|
//! | `replay.json` | [`Summary`]: what was replayed, what was overridden, how it stands; a reading aid that proves nothing |
//! | `history/` | the new run's history in the layout of `trail export`: `History::load` reads it, and so do verify, log, show, report and compare |
//! | `repository.git/` | a bare repository with the base commit and all commits of the run (made by the caller) |
//! | `worktrees/` | the run's worktree while it is being worked on (made by the caller) |
//! | `pull-request.md` | title and body of the pull request as it would be opened; delivery is a dry run |
//!
//! The history holds one item, with the original's id and key. Its project is the original's with
//! [`MARK`] behind it, which no live project's name may hold. Its trust document is signed by an
//! operator key that was made for it and forgotten with it, and says of every approver that they are
//! played. Its first entry is a sealed [`Root`]: it names the original's item, run and head. A live
//! chain can accept none of its entries: they name another project, an unknown trust document and
//! are signed by unknown keys.
//!
//! The new run's id is the original's with `~` and a short digest behind it, so that two replays of
//! one run can be told apart.

mod again;
mod difference;
mod error;
mod exact;
mod journal;
mod recorded;
mod store;

pub use again::carry::Carried;
pub use again::root::{MARK, Of, Overrides, Root, is_replay};
pub use again::summary::{Standing, Summary};
pub use again::{Asked, Keys, Plan, Said, again};
pub use difference::Difference;
pub use error::Error;
pub use exact::rerun::{Rerun, rerun};
pub use exact::result::{Exact, Reproduced, Taken};
pub use exact::{House, exact};
pub use recorded::{Recorded, Step};
pub use store::MemoryStore;
