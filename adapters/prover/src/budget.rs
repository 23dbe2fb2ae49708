//! What may be spent on trials.

use std::time::{Duration, Instant};

use trail_port::tests::Proving;
use trail_port::workspace::Error;

/// What may be spent on trials, and what was.
#[derive(Debug)]
pub(crate) struct Budget {
    began: Instant,
    time: Duration,
    mutants: u32,
    made: u32,
}

impl Budget {
    pub(crate) fn new(proving: &Proving) -> Self {
        Self {
            began: Instant::now(),
            time: proving.time,
            mutants: proving.mutants,
            made: 0,
        }
    }

    /// Refuses to go on with what must be tried in any case when the time is over: a proof rests on
    /// all of it or none.
    pub(crate) fn look(&self) -> Result<(), Error> {
        if self.began.elapsed() < self.time {
            return Ok(());
        }
        Err(Error::Failed(format!(
            "running the tests on the base and again on the change took longer than \
             tests.proving_time ({} s); raise it, or set tests.prove = false",
            self.time.as_secs()
        )))
    }

    /// Counts a mutant.
    pub(crate) const fn count(&mut self) {
        self.made += 1;
    }

    /// Says which part of the budget is spent, if one is.
    pub(crate) fn spent(&self) -> Option<String> {
        if self.made >= self.mutants {
            return Some(format!("{} mutants were tried (tests.mutants)", self.made));
        }
        (self.began.elapsed() >= self.time).then(|| {
            format!(
                "the time for trials was over after {} mutants (tests.proving_time)",
                self.made
            )
        })
    }
}
