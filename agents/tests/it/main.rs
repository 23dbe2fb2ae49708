//! Tests of the agents through their public face.

#![expect(
    clippy::unwrap_used,
    reason = "all of this is test code, helpers included"
)]

mod messages;
mod reference;
mod sample;
mod tools;
mod turns;
