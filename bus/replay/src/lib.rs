//! Runs a recorded session again: exactly, or with another model in a place of its own.
