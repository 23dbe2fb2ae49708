//! The item core: what a work item is, what may happen to it next, and every word Trail writes to it.
//!
//! Pure and synchronous: time, ids, randomness and text from outside arrive as values.

pub mod annotation;
pub mod command;
pub mod criteria;
