//! The embedded tracker: a small real tracker over segments and sled, its HTTP API and its client.
