//! The Anthropic Messages API.

mod request;
mod stream;

pub(crate) use request::Messages;
