//! Lints annotations against the criteria of work items.
