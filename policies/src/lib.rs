//! Cedar rules with schema and examples, and the engine that judges by them.
