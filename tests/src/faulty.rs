//! A tracker that fails on purpose, around one that does not.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use trail_port::Tracker;
use trail_port::tracker::{
    Append, Capabilities, Change, Changes, Comment, Cursor, Error, Item, Landed, NewItem, Read,
    State, User,
};
use trail_record::{CommentId, ItemId, ItemKey, ProjectId, UserId};

use crate::seed::Seed;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The call fails and nothing was done.
    Before,
    /// It was done, and the reply is lost.
    After,
    /// It is done late.
    Delay(Duration),
    /// A read shows what was there at the last read of this kind; other calls are as usual.
    Lag,
}

/// How often each fault happens, in a thousand calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// [`Fault::Before`].
    pub before: u32,
    /// [`Fault::After`].
    pub after: u32,
    /// [`Fault::Delay`] of up to ten milliseconds.
    pub delay: u32,
    /// [`Fault::Lag`].
    pub lag: u32,
}

/// A [`Tracker`] with faults: first those it is told, then those the seed chooses.
pub struct Faulty {
    inner: Arc<dyn Tracker>,
    plan: Mutex<Plan>,
}

struct Plan {
    told: VecDeque<Fault>,
    seed: Seed,
    rates: Rates,
    /// The last whole read of each item, for reads that lag.
    whole: HashMap<ItemId, Read>,
}

impl Faulty {
    /// Wraps `inner`: its next calls meet `faults`, those after them none.
    #[must_use]
    pub fn told(inner: Arc<dyn Tracker>, faults: impl IntoIterator<Item = Fault>) -> Self {
        let faulty = Self::seeded(inner, Seed::new(0), Rates::default());
        faulty.tell(faults);
        faulty
    }

    /// Wraps `inner`: its calls meet faults as often as `rates` say.
    #[must_use]
    pub fn seeded(inner: Arc<dyn Tracker>, seed: Seed, rates: Rates) -> Self {
        let (told, whole) = (VecDeque::new(), HashMap::new());
        Self {
            inner,
            plan: Mutex::new(Plan {
                told,
                seed,
                rates,
                whole,
            }),
        }
    }

    /// Adds faults that the next calls meet.
    pub fn tell(&self, faults: impl IntoIterator<Item = Fault>) {
        self.plan().told.extend(faults);
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Fault {
        let mut plan = self.plan();
        if let Some(told) = plan.told.pop_front() {
            return told;
        }
        let Rates {
            before,
            after,
            delay,
            lag,
        } = plan.rates;
        match () {
            () if plan.seed.happens(before) => Fault::Before,
            () if plan.seed.happens(after) => Fault::After,
            () if plan.seed.happens(delay) => {
                Fault::Delay(Duration::from_micros(plan.seed.bits() % 10_000))
            }
            () if plan.seed.happens(lag) => Fault::Lag,
            () => Fault::None,
        }
    }

    /// Makes a call that meets `fault`.
    async fn meet<T>(
        &self,
        fault: Fault,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match fault {
            Fault::None | Fault::Lag => call.await,
            Fault::Before => Err(Error::Doubt("fault: the call was not made".to_owned())),
            Fault::After => match call.await {
                Ok(_) => Err(Error::Doubt("fault: the reply was lost".to_owned())),
                Err(error) => Err(error),
            },
            Fault::Delay(time) => {
                tokio::time::sleep(time).await;
                call.await
            }
        }
    }
}

#[async_trait]
impl Tracker for Faulty {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn project(&self) -> Result<ProjectId, Error> {
        self.meet(self.next(), self.inner.project()).await
    }

    async fn me(&self) -> Result<User, Error> {
        self.meet(self.next(), self.inner.me()).await
    }

    async fn user(&self, login_or_id: &str) -> Result<User, Error> {
        self.meet(self.next(), self.inner.user(login_or_id)).await
    }

    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, Error> {
        match (self.next(), since) {
            (Fault::Lag, Some(since)) => Ok(Changes {
                items: Vec::new(),
                cursor: since.clone(),
                more: false,
            }),
            (fault, since) => self.meet(fault, self.inner.changes(since)).await,
        }
    }

    async fn find(&self, key: &ItemKey) -> Result<ItemId, Error> {
        self.meet(self.next(), self.inner.find(key)).await
    }

    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, Error> {
        let fault = self.next();
        let before = self.plan().whole.get(item).cloned();
        match (fault, since, before) {
            (Fault::Lag, None, Some(before)) => return Ok(before),
            // Nothing new has come through yet.
            (Fault::Lag, Some(since), Some(before)) => {
                return Ok(Read {
                    item: before.item,
                    comments: Vec::new(),
                    removed: Vec::new(),
                    complete: false,
                    cursor: since.clone(),
                });
            }
            (_, _, _) => {}
        }
        let read = self.meet(fault, self.inner.read(item, since)).await?;
        if read.complete {
            self.plan().whole.insert(item.clone(), read.clone());
        }
        Ok(read)
    }

    async fn comment(&self, item: &ItemId, id: &CommentId) -> Result<Option<Comment>, Error> {
        self.meet(self.next(), self.inner.comment(item, id)).await
    }

    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, Error> {
        self.meet(self.next(), self.inner.history(item)).await
    }

    async fn is_member(&self, user: &UserId) -> Result<bool, Error> {
        self.meet(self.next(), self.inner.is_member(user)).await
    }

    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, Error> {
        self.meet(self.next(), self.inner.append(item, append))
            .await
    }

    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        self.meet(self.next(), self.inner.say(item, text)).await
    }

    async fn set_labels(&self, item: &ItemId, add: &[&str], remove: &[&str]) -> Result<(), Error> {
        self.meet(self.next(), self.inner.set_labels(item, add, remove))
            .await
    }

    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), Error> {
        self.meet(self.next(), self.inner.set_state(item, state))
            .await
    }

    async fn create(&self, item: &NewItem) -> Result<Item, Error> {
        self.meet(self.next(), self.inner.create(item)).await
    }
}
