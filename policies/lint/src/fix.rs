//! Proposes annotations.
