//! The one way a change is made: decide, append durably, fold, tell.

use std::sync::PoisonError;
use std::time::{SystemTime, UNIX_EPOCH};

use trail_record::{Moment, UserId};

use super::event::{self, Event, What};
use super::row::{Account, Head};
use super::{Core, Error, fold};

/// What the one writer knows.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// Set when an event may be in the log and is not in the index.
    failed: bool,
}

impl Writer {
    /// Refuses when an earlier write has failed.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.failed {
            let what = "an earlier change could not be written; the tracker takes no more until it \
                        is started again";
            return Err(Error::Damaged(what.to_owned()));
        }
        Ok(())
    }
}

impl Core {
    /// Makes a change as the operator who owns the directory.
    pub(super) fn operate<T>(
        &self,
        decide: impl FnOnce(&Head) -> Result<(Vec<What>, T), Error>,
    ) -> Result<T, Error> {
        self.change(None, |head| decide(head))
    }

    /// Makes a change as `account`, in the row of all changes.
    ///
    /// `decide` sees everything that came before and nothing comes between it and what it decides;
    /// when this returns, the change is durable and every reader sees it. Without events nothing is
    /// written.
    pub(super) fn write<T>(
        &self,
        account: &Account,
        decide: impl FnOnce(&Head) -> Result<(Vec<What>, T), Error>,
    ) -> Result<T, Error> {
        self.change(Some(&account.id), |head| {
            // The account may have been disabled while the writer was waited for.
            self.active(&account.id)?;
            decide(head)
        })
    }

    fn change<T>(
        &self,
        by: Option<&UserId>,
        decide: impl FnOnce(&Head) -> Result<(Vec<What>, T), Error>,
    ) -> Result<T, Error> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.check()?;
        let head = self.head();
        let (whats, answer) = decide(&head)?;
        if whats.is_empty() {
            return Ok(answer);
        }
        let at = now().max(head.at);
        let events: Vec<Event> = (head.seq + 1..)
            .zip(whats)
            .map(|(seq, what)| Event {
                seq,
                at,
                by: by.cloned(),
                what,
            })
            .collect();
        writer.failed = true;
        self.keep(&events)?;
        writer.failed = false;
        drop(writer);
        self.changed.send_replace(head.seq + events.len() as u64);
        Ok(answer)
    }

    fn keep(&self, events: &[Event]) -> Result<(), Error> {
        const FLUSH_EVERY: u64 = 4096;

        let appended = self.log.append(&event::encode(events))?;
        let mut head = self.head.write().unwrap_or_else(PoisonError::into_inner);
        fold::frame(
            &self.index,
            self.log.identity(),
            &mut head,
            events,
            appended.at,
            appended.next,
        )?;
        if head.seq % FLUSH_EVERY < events.len() as u64 {
            self.index.flush()?;
        }
        Ok(())
    }
}

/// Returns the time of the system's clock.
fn now() -> Moment {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
