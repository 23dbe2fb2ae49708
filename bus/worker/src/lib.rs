//! The only loop: inbox, step, seal, perform, session, recover.
