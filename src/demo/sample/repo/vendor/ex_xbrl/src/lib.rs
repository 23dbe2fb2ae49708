//! Builds XBRL 2.1 instance documents by types.
//!
//! Make an [`Instance`] for an [`Entity`] and a [`Taxonomy`]; ask it for contexts and units; add
//! facts with what it returned; write it with [`Instance::to_xml`].

mod error;
mod instance;
mod period;
pub mod taxonomy;
mod xml;

pub use error::Error;
pub use instance::{ContextRef, Entity, Instance, Unit, UnitRef};
pub use period::Period;
pub use taxonomy::{Concept, ItemType, Taxonomy};
