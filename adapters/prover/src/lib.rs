//! Runs tests where they must fail: on the base, and on mutants of the change.
