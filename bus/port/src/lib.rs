//! The seams between the bus and the world.
//!
//! Ports are roles in the bus's own words; each states the law it keeps. Adapters implement them and
//! know the bus, the bus knows no adapter. All implementations of a port run one contract suite
//! (`tests/src/contract`).

pub mod blobs;
pub mod forge;
pub mod mirror;
pub mod model;
pub mod policy;
pub mod prover;
pub mod store;
pub mod tests;
pub mod tracker;
pub mod workspace;

pub use blobs::Blobs;
pub use forge::Forge;
pub use mirror::Mirror;
pub use model::Model;
pub use policy::Policy;
pub use prover::Prover;
pub use store::Store;
pub use tracker::Tracker;
pub use workspace::{Workspace, Worktree};
