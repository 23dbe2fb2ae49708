//! Report, log and verification of a history, which reads and cannot act.
