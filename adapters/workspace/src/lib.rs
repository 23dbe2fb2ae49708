//! Git worktrees by the git command line, and the sandbox that commands run in.
//!
//! [`GitWorkspace`] is the `Workspace` port on a real repository: one worktree per run, outside the
//! user's own checkout, which is never touched. [`Sandbox`] runs commands without network, home or
//! secrets. The sandbox needs a helper process: every binary that uses this crate calls
//! [`sandbox::enter_if_asked`] first thing in `main`.
//!
//! | what | where |
//! |---|---|
//! | running git so that a hostile repository runs nothing | `git`, `git::hostile` |
//! | what the repository must be | `repository` |
//! | worktrees: making, finding, mending | `checkout` |
//! | branches out | `publish` |
//! | blobs and entries that machines share | `refs` |
//! | paths that stay inside | `path`, `beneath` |
//! | reading | `look` |
//! | looking up for people who ask | `lookup` |
//! | writing and committing | `apply`, `index` |
//! | commands | `sandbox` |

mod apply;
mod beneath;
mod checkout;
mod fetch;
mod git;
mod index;
mod look;
mod lookup;
mod path;
mod publish;
pub mod refs;
mod repository;
mod reverse;
pub mod sandbox;
mod settings;
mod workspace;
mod worktree;

pub use lookup::{Blamed, Changed, Commit, Lookup, Staged};
pub use refs::{RefSettings, RefStore};
pub use sandbox::{Sandbox, SandboxSettings};
pub use settings::Settings;
pub use workspace::GitWorkspace;
pub use worktree::GitWorktree;
