//! Time, as a port: the bus never asks the system for it elsewhere.

use std::time::SystemTime;

use trail_record::Moment;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Returns the time now.
    fn now(&self) -> Moment;

    /// Returns the time an entry is sealed at; a replay gives the sealed one back.
    fn sealing(&self) -> Moment {
        self.now()
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Moment {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
