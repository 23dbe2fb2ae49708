//! What taking a delivery back would undo.
