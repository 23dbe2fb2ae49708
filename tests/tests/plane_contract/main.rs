//! The Plane adapter over the Plane stand-in: the laws of the port, races, tampering, trouble.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what is not as expected ends the test"
)]

mod laws;
mod races;
mod tampering;
mod trouble;
mod world;
