//! Stand-ins for the world around a worker: deterministic, in memory, and able to fail on demand.

mod clock;
mod forge;
mod memory;
mod mortal;
mod policy;
mod prover;
mod repository;
mod weak;

pub use clock::{PushedClock, SkewedClock};
pub use forge::{Opening, PretendForge};
pub use memory::MemoryStore;
pub use mortal::{Death, Mortal, When};
pub use policy::PlainPolicy;
pub use prover::PretendProver;
pub use repository::{Repository, Tested};
pub use weak::{Weak, Weakness};
