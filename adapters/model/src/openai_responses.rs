//! The OpenAI Responses API, used without storing anything at the provider.

mod request;
mod stream;

pub(crate) use request::Responses;
