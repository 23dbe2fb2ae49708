//! Stand-ins for the world around a worker: deterministic, in memory, and able to fail on demand.

mod clock;
mod memory;
mod mortal;
mod policy;
mod repository;

pub use clock::PushedClock;
pub use memory::MemoryStore;
pub use mortal::{Death, Mortal, When};
pub use policy::PlainPolicy;
pub use repository::{Repository, Tested};
