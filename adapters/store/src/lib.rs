//! Append-only segments, content-addressed blobs and sled as their rebuildable index.
//!
//! What is acknowledged stands in plain files that were synced: [`segment::Log`] for small things,
//! one file per digest for big ones. [`Index`] keeps sled beside them, so that a key is found
//! without reading them all; it can be lost at any time and is built again from the files.
//!
//! [`LocalStore`] is the [`Store`](trail_port::Store) of one process, [`LocalBlobs`] the
//! [`Blobs`](trail_port::Blobs) of one directory; the embedded tracker builds on [`segment`] and
//! [`Index`] directly.

mod batch;
mod blobs;
mod error;
mod index;
mod local;
mod lock;
pub mod segment;

pub use blobs::LocalBlobs;
pub use error::Error;
pub use index::{Change, Index, Pair};
pub use local::LocalStore;
pub use lock::DirLock;
