//! Faults on demand: at a route, so many times, or as often as a seed says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How far a lagging list is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// It misses the newest writes.
    Writes(usize),
    /// It misses the writes of the newest seconds, by the fake's clock.
    Seconds(i64),
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status (5xx) and nothing is done.
    Status(u16),
    /// It is done, and answered with this status (5xx) all the same.
    DoneStatus(u16),
    /// The connection is cut and nothing is done.
    CutBefore,
    /// It is done, and the connection is cut without an answer: the reply is lost.
    CutAfter,
    /// It is done, and the connection is cut in the midst of the answer.
    CutMidway,
    /// It is done, and answered late, by the machine's clock.
    Slow(Duration),
    /// It is done, and the answer is a web page.
    Malformed,
    /// It is done, and half of the JSON is answered.
    Truncated,
    /// It comes twice and is done twice, as when something in between sends it again.
    Twice,
    /// It is refused because the hour is used up.
    Primary {
        /// 403 or 429.
        status: u16,
        /// How many seconds are left of the hour.
        reset_in: i64,
    },
    /// It is refused because of too much at once.
    Secondary {
        /// 403 or 429.
        status: u16,
        /// How long to wait, if the answer says so.
        retry_after: Option<u64>,
    },
    /// It reads what was there before the newest writes.
    Lag(Behind),
}

impl Fault {
    const fn lags(&self) -> bool {
        matches!(self, Self::Lag(_))
    }
}

type Hook = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Plan {
    told: Vec<(String, u32, Fault)>,
    rates: Vec<(String, u32, Fault)>,
    seed: u64,
    hooks: Vec<(String, Hook)>,
}

/// The faults that are planned. A pattern is `*`, a method with a star (`GET *`), or a method with
/// the route as GitHub's OpenAPI description writes it
/// (`POST /repos/{owner}/{repo}/issues/{issue_number}/comments`).
#[derive(Clone, Default)]
pub struct Faults {
    plan: Arc<Mutex<Plan>>,
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plan = self.plan();
        f.debug_struct("Faults")
            .field("told", &plan.told)
            .field("rates", &plan.rates)
            .finish_non_exhaustive()
    }
}

impl Faults {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next `times` requests that match meet this fault; plans for one pattern are met in the
    /// order in which they were made.
    pub fn tell(&self, pattern: &str, times: u32, fault: Fault) {
        self.plan().told.push((pattern.to_owned(), times, fault));
    }

    /// Lets matching requests meet faults at random: each so often in a thousand, the same in every
    /// run with the same seed and the same order of requests.
    pub fn seeded(&self, seed: u64, rates: &[(&str, u32, Fault)]) {
        let mut plan = self.plan();
        plan.seed = seed;
        plan.rates = rates
            .iter()
            .map(|(pattern, rate, fault)| ((*pattern).to_owned(), *rate, *fault))
            .collect();
    }

    /// Does something just before the next request that matches is answered: what others do while
    /// somebody reads page by page, say.
    pub fn before(&self, pattern: &str, act: impl FnOnce() + Send + 'static) {
        let hook = (pattern.to_owned(), Box::new(act) as Hook);
        self.plan().hooks.push(hook);
    }

    /// Forgets what is planned.
    pub fn clear(&self) {
        *self.plan() = Plan::default();
    }

    /// Tells whether a list may have to lag, so that what was must be remembered.
    pub(crate) fn remembers(&self) -> bool {
        let plan = self.plan();
        let mut all = plan.told.iter().chain(&plan.rates);
        all.any(|(.., fault)| fault.lags())
    }

    /// Takes what is to be done before a request of this route.
    pub(crate) fn hook(&self, route: &str) -> Option<impl FnOnce() + Send + use<>> {
        let hooks = &mut self.plan().hooks;
        let at = hooks
            .iter()
            .position(|(pattern, _)| matches(pattern, route))?;
        Some(hooks.remove(at).1)
    }

    /// Takes the fault that a request of this route meets.
    pub(crate) fn meet(&self, route: &str) -> Option<Fault> {
        let mut plan = self.plan();
        let told = plan.told.iter_mut();
        let mut told = told.filter(|(pattern, times, _)| *times > 0 && matches(pattern, route));
        if let Some((_, times, fault)) = told.next() {
            *times -= 1;
            return Some(*fault);
        }
        let rates: Vec<(u32, Fault)> = plan
            .rates
            .iter()
            .filter(|(pattern, ..)| matches(pattern, route))
            .map(|(_, rate, fault)| (*rate, *fault))
            .collect();
        if rates.is_empty() {
            return None;
        }
        // splitmix64
        plan.seed = plan.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = plan.seed;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mut drawn = u32::try_from((bits ^ (bits >> 31)) % 1000).unwrap_or_default();
        for (rate, fault) in rates {
            if drawn < rate {
                return Some(fault);
            }
            drawn -= rate;
        }
        None
    }
}

fn matches(pattern: &str, route: &str) -> bool {
    pattern == "*"
        || pattern == route
        || pattern
            .strip_suffix('*')
            .is_some_and(|start| route.starts_with(start))
}
