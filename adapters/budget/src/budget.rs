//! The budget: tasks wait in line, one at a time looks for a place.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::file::Shared;
use crate::ledger::Ledger;
use crate::{Error, MAX_COUNT, MAX_WINDOW, Rule};

/// How long a caller waits at most, unless told otherwise.
const LIMIT: Duration = Duration::from_secs(120);
/// How long to wait for another process that holds the file's lock, at first and at most.
const LOCKED: Duration = Duration::from_millis(2);
const LOCKED_MOST: Duration = Duration::from_millis(50);

/// Milliseconds since the epoch.
pub(crate) type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A budget of requests under a set of rules; clones share it.
///
/// Laws:
/// - in any window of any rule, at most its count of calls of [`Budget::take`] returned `Ok`;
/// - tasks of one process get places in the order in which they asked;
/// - a call that is cancelled took no place, and those behind it move up.
#[derive(Clone)]
pub struct Budget {
    limit: Duration,
    inner: Arc<Inner>,
}

struct Inner {
    rules: Vec<Rule>,
    shared: Option<Shared>,
    clock: Clock,
    /// Taken in the order of asking; its holder is the one task that looks for a place.
    turn: tokio::sync::Mutex<()>,
    /// How many tasks wait for the turn or hold it.
    waiting: AtomicUsize,
    /// The whole ledger without a file; with one, what was last seen of it.
    ledger: Mutex<Ledger>,
    waits: AtomicU64,
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("rules", &self.inner.rules)
            .field("shared", &self.inner.shared)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl Budget {
    /// Makes a budget under `rules`, shared with all processes of this machine that name `file`.
    ///
    /// Processes may have different rules for one file: each counts what all of them took.
    ///
    /// # Errors
    /// [`Error::Rule`] if there is no rule or one makes no sense, [`Error::File`] if the file's
    /// directory cannot be made or written.
    pub fn new(rules: &[Rule], file: Option<PathBuf>) -> Result<Self, Error> {
        // A file is shared with processes that started at other times: only the wall clock is
        // common to them. Alone, a clock that nobody can set is better.
        let clock: Clock = if file.is_some() {
            Arc::new(wall)
        } else {
            let (start, since) = (wall(), Instant::now());
            Arc::new(move || start + millis(since.elapsed()))
        };
        Self::with_clock(rules, file, clock)
    }

    pub(crate) fn with_clock(
        rules: &[Rule],
        file: Option<PathBuf>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let sound = |rule: &&Rule| {
            (1..=MAX_COUNT).contains(&rule.count)
                && (Duration::from_millis(1)..=MAX_WINDOW).contains(&rule.per)
        };
        let unsound = match rules.iter().find(|rule| !sound(rule)) {
            None if rules.is_empty() => Some(Rule::new(0, Duration::ZERO)),
            other => other.copied(),
        };
        if let Some(Rule { count, per }) = unsound {
            return Err(Error::Rule { count, per });
        }
        Ok(Self {
            limit: LIMIT,
            inner: Arc::new(Inner {
                rules: rules.to_vec(),
                shared: file.map(Shared::new).transpose()?,
                clock,
                turn: tokio::sync::Mutex::new(()),
                waiting: AtomicUsize::new(0),
                ledger: Mutex::new(Ledger::default()),
                waits: AtomicU64::new(0),
            }),
        })
    }

    /// Returns this budget for callers who wait `limit` at most; 2 minutes if nothing is said.
    #[must_use]
    pub const fn waiting(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Waits for a place under all rules, and takes it.
    ///
    /// Cancel safe: a call that is dropped took nothing.
    ///
    /// # Errors
    /// [`Error::Busy`], at once, if the wait is expected to be longer than the limit, or later if it
    /// became so; [`Error::File`] if the shared file cannot be used.
    pub async fn take(&self) -> Result<(), Error> {
        let inner = &*self.inner;
        let deadline = inner.now().saturating_add(millis(self.limit));
        let place = InLine::enter(&inner.waiting);
        // The first in line looks at the ledger itself at once.
        if place.ahead > 0 {
            let expected = inner.expected(place.ahead);
            if expected > deadline {
                return Err(inner.busy(expected));
            }
        }
        let Ok(_turn) = tokio::time::timeout(self.limit, inner.turn.lock()).await else {
            return Err(inner.busy(inner.expected(place.ahead)));
        };
        let mut waited = place.ahead > 0;
        let mut locked = LOCKED;
        loop {
            let at = match inner.try_take()? {
                Tried::Taken => break,
                Tried::Free { at } => at,
                // Another process is deciding: that is a matter of a millisecond, unless it was
                // stopped while it did.
                Tried::Locked => {
                    let at = inner.now().saturating_add(millis(locked));
                    locked = (locked * 2).min(LOCKED_MOST);
                    at
                }
            };
            if at > deadline {
                return Err(inner.busy(at));
            }
            waited = true;
            let wait = at.saturating_sub(inner.now()).max(1);
            // Then it looks again: others may have been faster, or told to hold.
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        if waited {
            inner.waits.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Gives no place for `wait` from now: the server asked for it. A longer hold that is in force
    /// stays in force.
    pub fn hold_for(&self, wait: Duration) {
        let inner = &*self.inner;
        let until = inner
            .now()
            .saturating_add(millis(wait.min(MAX_WINDOW)).max(1));
        inner.hold(until);
    }

    /// Gives no place before `until`, at most 24 hours from now.
    pub fn hold_until(&self, until: SystemTime) {
        if let Ok(wait) = until.duration_since(SystemTime::now()) {
            self.hold_for(wait);
        }
    }

    /// Returns how often a caller of this process had to wait.
    #[must_use]
    pub fn waits(&self) -> u64 {
        self.inner.waits.load(Ordering::Relaxed)
    }
}

/// What came of looking for a place.
enum Tried {
    /// A place was taken.
    Taken,
    /// There may be one at this time.
    Free { at: u64 },
    /// Another process holds the file.
    Locked,
}

impl Inner {
    fn now(&self) -> u64 {
        (self.clock)()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("no ledger is left half-made")
    }

    /// Returns when a place is expected for one with `ahead` others before it.
    fn expected(&self, ahead: usize) -> u64 {
        let now = self.now();
        let mut ledger = self.ledger();
        ledger.tidy(&self.rules, now);
        ledger.after(&self.rules, now, ahead)
    }

    fn busy(&self, at: u64) -> Error {
        Error::Busy {
            retry_after: Duration::from_millis(at.saturating_sub(self.now()).max(1)),
        }
    }

    /// Takes a place if there is one now; waits for nothing.
    fn try_take(&self) -> Result<Tried, Error> {
        let Some(shared) = &self.shared else {
            let mut ledger = self.ledger();
            return Ok(self.decide(&mut ledger).0);
        };
        let Some(file) = shared.try_lock()? else {
            return Ok(Tried::Locked);
        };
        let (mut ledger, damaged) = file.load(&self.rules, self.now())?;
        let held = self.ledger().held_until;
        let told = held > ledger.held_until && held > self.now();
        ledger.held_until = ledger.held_until.max(held);
        let (tried, changed) = self.decide(&mut ledger);
        if changed || told || damaged {
            file.save(&ledger)?;
        }
        *self.ledger() = ledger;
        Ok(tried)
    }

    /// Takes a place in `ledger` if there is one now, and tells whether it was changed.
    fn decide(&self, ledger: &mut Ledger) -> (Tried, bool) {
        let now = self.now();
        let set_back = ledger.tidy(&self.rules, now);
        let at = ledger.next(&self.rules, now);
        if at > now {
            return (Tried::Free { at }, set_back);
        }
        ledger.taken.push_back(now);
        (Tried::Taken, true)
    }

    /// Notes a hold here at once, and for the other processes now or with the next look at the file.
    fn hold(&self, until: u64) {
        {
            let mut ledger = self.ledger();
            ledger.held_until = ledger.held_until.max(until);
        }
        let Some(shared) = &self.shared else {
            return;
        };
        let tell = || -> Result<(), Error> {
            if let Some(file) = shared.try_lock()? {
                let (mut ledger, _) = file.load(&self.rules, self.now())?;
                ledger.held_until = ledger.held_until.max(until);
                file.save(&ledger)?;
            }
            Ok(())
        };
        if let Err(error) = tell() {
            tracing::warn!(%error, "other processes could not be told to hold their requests");
        }
    }
}

/// A place in the line; left when dropped.
struct InLine<'a> {
    waiting: &'a AtomicUsize,
    ahead: usize,
}

impl<'a> InLine<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Self {
        Self {
            waiting,
            ahead: waiting.fetch_add(1, Ordering::SeqCst),
        }
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns the wall clock's time.
fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
