//! The four personas: prompts, tools and the turn machine.
//!
//! An agent never touches the world. A [`Conversation`] says what to ask the model and reads what
//! it answered as typed asks ([`Tool`]); the session in the worker performs them through policy,
//! scope, budget and sandbox, and hands back the results. Nothing here reads a clock, a network or
//! a repository; [`Prompts::from_dir`] alone reads files, the operator's own prompts at start-up.

pub mod action;
pub mod briefing;
pub mod context;
pub mod conversation;
mod nearest;
pub mod prompts;
pub mod quote;
pub mod tool;

pub use action::Action;
pub use briefing::Briefing;
pub use conversation::{Asked, Conversation, Turn};
pub use prompts::Prompts;
pub use tool::{Tool, ToolError};
