//! How GitHub shows things in REST. The fields are those that its OpenAPI description requires.

pub(crate) mod event;
pub(crate) mod issue;
pub(crate) mod pull;
pub(crate) mod repo;
pub(crate) mod user;

/// Where people look at things; nothing is served there.
pub(crate) const WEB: &str = "https://github.test";
