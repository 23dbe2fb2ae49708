//! The OpenAI Chat Completions API, as OpenAI, Ollama, vLLM, LiteLLM and many others speak it.

mod request;
mod stream;

pub(crate) use request::Chat;
