//! The item core: what a work item is, what may happen to it next, and every word Trail writes to it.
//!
//! Pure and synchronous: time, ids, randomness and text from outside arrive as values.

pub mod action;
pub mod builds_on;
pub mod code;
pub mod command;
pub mod criteria;
pub mod event;
pub mod quote;
pub mod state;
pub mod step;
pub mod text;

pub use action::Action;
pub use event::{Event, Order};
pub use state::{Phase, Stage, State};
pub use step::{Actor, Effect, Fold, Illegal, step};
