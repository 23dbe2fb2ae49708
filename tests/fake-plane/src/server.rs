//! The one state of the stand-in, and the queue ("celery") behind it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::answer::Answer;
use crate::clock::Clock;
use crate::fault::Plan;
use crate::handle::Seen;
use crate::limit::Limiter;
use crate::random::Random;
use crate::rows::Activity;
use crate::seed::{Seed, Timing};
use crate::tables::Tables;
use crate::time::micros;

/// Work that the queue does later.
#[derive(Debug)]
pub(crate) struct Job {
    due: Timestamp,
    item: String,
    activities: Vec<Activity>,
    /// A link whose address the server fetches.
    crawl: Option<String>,
}

/// Everything behind the mutex.
#[derive(Debug)]
pub(crate) struct Server {
    tables: Arc<Tables>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) timing: Timing,
    pub(crate) limiter: Limiter,
    pub(crate) limits: [usize; 2],
    pub(crate) plan: Plan,
    pub(crate) log: Vec<Seen>,
    jobs: Vec<Job>,
    pub(crate) queue_stopped: bool,
    pub(crate) broker_down: bool,
    lag: Option<Duration>,
    /// What the database was at these times, as far back as reads may lag.
    past: VecDeque<(Timestamp, Arc<Tables>)>,
}

impl Server {
    pub(crate) fn new(seed: &Seed) -> Self {
        let start = micros(seed.start.unwrap_or_else(Timestamp::now));
        let mut random = Random::new(seed.random);
        let founded = start - SignedDuration::from_secs(60);
        Self {
            tables: Arc::new(Tables::new(seed, &mut random, founded)),
            clock: Clock::new(start),
            random,
            timing: seed.timing.clone(),
            limiter: Limiter::default(),
            limits: [seed.per_minute, seed.service_per_minute],
            plan: Plan::default(),
            log: Vec::new(),
            jobs: Vec::new(),
            queue_stopped: false,
            broker_down: false,
            lag: None,
            past: VecDeque::new(),
        }
    }

    /// Returns the primary database.
    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Returns the primary database to write to.
    pub(crate) fn tables_mut(&mut self) -> &mut Tables {
        Arc::make_mut(&mut self.tables)
    }

    /// Returns the database that a GET sees: the primary, or a replica that lags behind.
    pub(crate) fn replica(&self) -> Arc<Tables> {
        let Some(lag) = self.lag else {
            return Arc::clone(&self.tables);
        };
        let shown = self.clock.now() - lag_of(lag);
        let mut past = self.past.iter().rev();
        let there = past.find(|(at, _)| *at <= shown).or(self.past.front());
        there.map_or_else(
            || Arc::clone(&self.tables),
            |(_, tables)| Arc::clone(tables),
        )
    }

    /// Lets reads lag, or not.
    pub(crate) fn set_lag(&mut self, lag: Option<Duration>) {
        self.lag = lag;
        self.past.clear();
        self.keep();
    }

    /// Remembers the database as it is now for reads that lag.
    pub(crate) fn keep(&mut self) {
        let Some(lag) = self.lag else { return };
        let now = self.clock.now();
        self.past.push_back((now, Arc::clone(&self.tables)));
        let shown = now - lag_of(lag);
        while self.past.get(1).is_some_and(|(at, _)| *at <= shown) {
            self.past.pop_front();
        }
    }

    /// Hands work to the queue.
    ///
    /// # Errors
    /// 500 if the broker is down: what was written stays written, and nobody is told of it.
    pub(crate) fn enqueue(&mut self, item: &str, activities: Vec<Activity>) -> Result<(), Answer> {
        self.push(item, activities, None)
    }

    /// Hands the fetching of a link's address to the queue.
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue).
    pub(crate) fn enqueue_crawl(&mut self, item: &str, link: &str) -> Result<(), Answer> {
        self.push(item, Vec::new(), Some(link.to_owned()))
    }

    fn push(
        &mut self,
        item: &str,
        activities: Vec<Activity>,
        crawl: Option<String>,
    ) -> Result<(), Answer> {
        if self.broker_down {
            return Err(Answer::failed());
        }
        let delay = self.random.between(&self.timing.queue);
        self.jobs.push(Job {
            due: self.clock.now() + lag_of(delay),
            item: item.to_owned(),
            activities,
            crawl,
        });
        Ok(())
    }

    /// Does what the queue should have done by now.
    fn settle(&mut self) {
        if self.queue_stopped || self.jobs.is_empty() {
            return;
        }
        let now = self.clock.now();
        let (mut due, later): (Vec<_>, Vec<_>) =
            self.jobs.drain(..).partition(|job| job.due <= now);
        self.jobs = later;
        if due.is_empty() {
            return;
        }
        due.sort_by_key(|job| job.due);
        for job in due {
            let tables = Arc::make_mut(&mut self.tables);
            if let Some(link) = job.crawl {
                let mut links = tables.links.iter_mut();
                if let Some(link) = links.find(|row| row.id == link) {
                    // The worker has no current user, and saving the row forgets who made it.
                    link.crawled = true;
                    (link.created_by, link.updated_by) = (None, None);
                    link.updated_at = job.due;
                }
            }
            let Some(item) = tables.item_mut(&job.item) else {
                continue;
            };
            item.updated_at = item.updated_at.max(job.due);
            for mut row in job.activities {
                row.updated_at = job.due;
                if row.verb != "created" {
                    row.created_at = job.due;
                }
                tables.activities.push(row);
            }
        }
        self.keep();
    }

    /// Returns how much work waits in the queue.
    pub(crate) const fn waiting(&self) -> usize {
        self.jobs.len()
    }
}

fn lag_of(lag: Duration) -> SignedDuration {
    SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX)
}

/// The state, shared between the views, the browser and the test.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Mutex<Server>>);

impl Shared {
    pub(crate) fn new(server: Server) -> Self {
        Self(Arc::new(Mutex::new(server)))
    }

    /// Takes the state, after the queue has done what is due.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Server> {
        let mut server = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        server.settle();
        server
    }

    /// Lets time pass: sleeps, or moves the clock if it stands.
    pub(crate) async fn pause(&self, time: Duration) {
        if time.is_zero() {
            return tokio::task::yield_now().await;
        }
        let held = {
            let mut server = self.lock();
            let held = server.clock.is_held();
            if held {
                server.clock.advance(time);
            }
            held
        };
        if held {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(time).await;
        }
    }
}
