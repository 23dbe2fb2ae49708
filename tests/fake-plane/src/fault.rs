//! What goes wrong on demand.

use std::time::Duration;

use crate::random::Random;
use crate::route::Route;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This status (a 5xx) with a proxy's HTML page, and nothing was done.
    Status(u16),
    /// It was done, and the answer is this status (a 5xx).
    StoredThenStatus(u16),
    /// The connection is cut and nothing was done.
    CutBefore,
    /// It was done, and the connection is cut before the answer.
    CutAfter,
    /// It was done, and the connection is cut in the middle of the answer.
    CutInAnswer,
    /// A posted comment is inserted, and the server dies before it writes `created_at` again: the
    /// provisional time stays. Other requests are cut before they act.
    DieBetweenWrites,
    /// It is done this much later.
    Slow(Duration),
    /// It was done, and the answer's body is an HTML page.
    Garbage,
    /// It was done, and the answer's JSON ends in the middle.
    Truncated,
    /// 429 with a `Retry-After` of this many seconds, and nothing was done.
    Throttled(i64),
}

/// Which requests a fault meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On {
    method: Option<&'static str>,
    route: Option<Route>,
    done: bool,
}

impl On {
    /// Every request.
    #[must_use]
    pub const fn any() -> Self {
        Self {
            method: None,
            route: None,
            done: false,
        }
    }

    /// Requests that change nothing.
    #[must_use]
    pub const fn get(route: Route) -> Self {
        Self::of("GET", route)
    }

    /// Requests that make something.
    #[must_use]
    pub const fn post(route: Route) -> Self {
        Self::of("POST", route)
    }

    /// Requests that change something.
    #[must_use]
    pub const fn patch(route: Route) -> Self {
        Self::of("PATCH", route)
    }

    /// Requests of this method, whatever the view.
    #[must_use]
    pub const fn method(method: &'static str) -> Self {
        Self {
            method: Some(method),
            route: None,
            done: false,
        }
    }

    /// Requests of this method to this view.
    #[must_use]
    pub const fn of(method: &'static str, route: Route) -> Self {
        Self {
            method: Some(method),
            route: Some(route),
            done: false,
        }
    }

    /// Of these, those only that Plane does; what it refuses is answered as always.
    #[must_use]
    pub const fn done(mut self) -> Self {
        self.done = true;
        self
    }

    fn meets(&self, method: &str, route: Route) -> bool {
        self.method.is_none_or(|own| own == method) && self.route.is_none_or(|own| own == route)
    }
}

#[derive(Debug)]
enum Often {
    Times(usize),
    PerThousand(u32, Random),
}

#[derive(Debug)]
struct Rule {
    on: On,
    fault: Fault,
    often: Often,
}

/// The faults to come.
#[derive(Debug, Default)]
pub(crate) struct Plan(Vec<Rule>);

impl Plan {
    /// Lets the next `times` requests of a kind meet a fault.
    pub(crate) fn times(&mut self, on: On, fault: Fault, times: usize) {
        let often = Often::Times(times);
        self.0.push(Rule { on, fault, often });
    }

    /// Lets requests of a kind meet a fault at random.
    pub(crate) fn rate(&mut self, on: On, fault: Fault, per_thousand: u32, seed: u64) {
        let often = Often::PerThousand(per_thousand, Random::new(seed));
        self.0.push(Rule { on, fault, often });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the fault that this request meets: that of the first rule that strikes.
    ///
    /// The second value tells whether it is for requests only that are then done.
    pub(crate) fn strike(&mut self, method: &str, route: Route) -> Option<(Fault, bool)> {
        let met = self
            .0
            .iter_mut()
            .filter(|rule| rule.on.meets(method, route));
        let mut struck = None;
        for rule in met {
            let strikes = match &mut rule.often {
                Often::Times(0) => false,
                Often::Times(left) => {
                    *left -= 1;
                    true
                }
                Often::PerThousand(rate, random) => random.happens(*rate),
            };
            if strikes {
                struck = Some((rule.fault, rule.on.done));
                break;
            }
        }
        self.0.retain(|rule| !matches!(rule.often, Often::Times(0)));
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, On, Plan};
    use crate::route::Route;

    #[test]
    fn faults_strike_as_often_as_told_and_only_what_they_are_for() {
        let mut plan = Plan::default();
        plan.times(On::post(Route::Comments), Fault::CutAfter, 2);
        assert_eq!(plan.strike("GET", Route::Comments), None);
        let cut = Some((Fault::CutAfter, false));
        assert_eq!(plan.strike("POST", Route::Comments), cut);
        assert_eq!(plan.strike("POST", Route::Comments), cut);
        assert_eq!(plan.strike("POST", Route::Comments), None);
        plan.times(On::any().done(), Fault::CutAfter, 1);
        assert_eq!(plan.strike("GET", Route::Me), Some((Fault::CutAfter, true)));
        plan.rate(On::any(), Fault::CutBefore, 250, 3);
        let struck = (0..1000).filter(|_| plan.strike("GET", Route::Item).is_some());
        assert!((150..350).contains(&struck.count()));
        plan.clear();
        assert_eq!(plan.strike("GET", Route::Item), None);
    }
}
