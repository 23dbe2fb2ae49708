//! Talking to the remote: one at a time, everything that waits with one commit and one push.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use trail_port::mirror::Rewound;

use super::cache::NotPushed;
use super::judge::{descends, judge, lost};
use super::pending::Batch;
use super::plan::plan;
use super::rewound::reunion;
use super::{Error, Inner, held};

/// How often a push is made anew because others were faster, before it is given up. What was to be
/// sent stays staged.
const MAX_RACES: u32 = 64;
/// How often the remote may refuse a lease although nothing moved there.
const MAX_STUCK: u32 = 8;
/// The longest wait after a lost race.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// After so many looks in a row that brought nothing new, a recent look is looked at as one more.
const FRUITLESS: u32 = 8;
/// How recent.
const RECENT: Duration = Duration::from_secs(2);
/// The cache is packed after so many commits and fetches.
const TIDY: u32 = 64;
/// Every so many packings also drop what no ref names.
const PRUNE: u32 = 16;

/// What this machine knows of the remote's ref.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// The head it took last.
    pub(super) seen: Option<String>,
    /// The head it found last, taken or not.
    pub(super) found: Option<String>,
    /// What it found going backwards.
    pub(super) rewound: Option<Rewound>,
}

/// What whoever talks to the remote keeps for the next.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// When a look was begun last, whether or not the remote answered.
    tried: Option<Instant>,
    looked: Option<Instant>,
    fruitless: u32,
    untidy: u32,
    packed: u32,
}

/// What was done since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commits made, pushed or not.
    pub commits: u64,
    /// Pushes that moved the remote's ref.
    pub pushes: u64,
    /// Pushes that lost a race.
    pub races: u64,
    /// Fetches begun.
    pub fetches: u64,
    /// Processes of git that were started here (git starts some of its own).
    pub commands: u64,
}

impl Inner {
    /// Sends what waits; with `paths` given only until those are sent.
    ///
    /// Whoever waits here while another sends mostly finds its own files sent with the others'.
    pub(super) async fn send(&self, paths: &[String]) -> Result<(), Error> {
        let mut line = self.line.lock().await;
        loop {
            let batch = {
                let pending = held(&self.pending);
                if !paths.is_empty() && pending.has_none(paths) {
                    return Ok(());
                }
                pending.batch()
            };
            if batch.is_empty() {
                return Ok(());
            }
            if self.heads().rewound.is_some() {
                // Another machine may have put back what was lost.
                self.refresh(&mut line).await?;
            }
            self.unless_rewound()?;
            self.send_batch(&mut line, &batch).await?;
            held(&self.pending).sent(&batch, &self.stage);
        }
    }

    async fn send_batch(&self, line: &mut Line, batch: &Batch) -> Result<(), Error> {
        let mut stuck = 0;
        for race in 0..MAX_RACES {
            let base = self.heads().seen.clone();
            let plan = plan(&self.objects, base.as_deref(), batch).await?;
            let Some(stream) = plan.stream else {
                for error in plan.refused {
                    tracing::error!(%error, "left out of the shared history");
                }
                return Ok(());
            };
            let commit = self.cache.commit(now(), base.as_deref(), &stream).await?;
            held(&self.counts).commits += 1;
            match self.cache.push(&commit, base.as_deref()).await {
                Ok(()) => {
                    held(&self.counts).pushes += 1;
                    self.took(commit);
                    for error in plan.refused {
                        tracing::error!(%error, "left out of the shared history");
                    }
                    self.tidy(line).await;
                    return Ok(());
                }
                Err(NotPushed::Failed(error)) => return Err(error),
                Err(NotPushed::Moved) => {}
            }
            held(&self.counts).races += 1;
            self.look(line, false).await?;
            self.unless_rewound()?;
            stuck = if self.heads().seen == base {
                stuck + 1
            } else {
                0
            };
            if stuck == MAX_STUCK {
                return Err(Error::Unavailable(format!(
                    "the remote refuses {} though nobody moved it; may the bus write there?",
                    self.cache.remote_ref
                )));
            }
            tokio::time::sleep(jitter(race)).await;
        }
        Err(Error::Unavailable(format!(
            "{MAX_RACES} pushes in a row lost their race; what was to be sent stays staged"
        )))
    }

    fn unless_rewound(&self) -> Result<(), Error> {
        match self.heads().rewound.clone() {
            Some(rewound) => Err(Error::Rewound(rewound)),
            None => Ok(()),
        }
    }

    fn took(&self, head: String) {
        let mut heads = self.heads();
        heads.found = Some(head.clone());
        heads.seen = Some(head);
    }

    /// Returns how many looks at the remote have begun.
    pub(super) fn looks(&self) -> u64 {
        held(&self.counts).fetches
    }

    /// Looks at the remote, unless somebody has begun to after `began`, or did recently enough.
    pub(super) async fn look_since(
        &self,
        began: u64,
        enough: Option<Duration>,
    ) -> Result<(), Error> {
        let mut line = self.line.lock().await;
        let enough = match enough {
            Some(enough) => enough,
            None if line.fruitless >= FRUITLESS => RECENT,
            None => Duration::ZERO,
        };
        let recent = line.looked.is_some_and(|looked| looked.elapsed() < enough);
        if self.looks() > began || recent {
            return Ok(());
        }
        self.refresh(&mut line).await
    }

    /// Looks at the remote, unless that was tried so recently: a remote that does not answer is not
    /// asked by every look at an item.
    pub(super) async fn look_now_and_then(&self, between: Duration) -> Result<(), Error> {
        let mut line = self.line.lock().await;
        if line.tried.is_some_and(|tried| tried.elapsed() < between) {
            return Ok(());
        }
        self.refresh(&mut line).await
    }

    /// Looks at the remote and judges what is there.
    pub(super) async fn refresh(&self, line: &mut Line) -> Result<(), Error> {
        self.look(line, true).await
    }

    /// As [`refresh`](Self::refresh); without `note` the head taken is not noted on disk, as the
    /// commit that is made on it next does.
    async fn look(&self, line: &mut Line, note: bool) -> Result<(), Error> {
        held(&self.counts).fetches += 1;
        line.tried = Some(Instant::now());
        let found = self.cache.fetch().await?;
        line.looked = Some(Instant::now());
        let (seen, standing, before) = {
            let heads = self.heads();
            let own = &*heads;
            (own.seen.clone(), own.rewound.clone(), own.found.clone())
        };
        line.fruitless = if found == before {
            line.fruitless + 1
        } else {
            0
        };
        let rewound = match &seen {
            Some(was) => judge(&self.cache, &self.objects, was, found.as_deref()).await?,
            None => None,
        };
        let Some(rewound) = rewound else {
            if let Some(head) = found.as_deref().filter(|_| found != seen) {
                if note {
                    self.cache.take(head).await?;
                }
                line.untidy += 1;
            }
            if standing.is_some() {
                tracing::info!(
                    "the shared history is whole again: another machine put back what it lost"
                );
                self.memory.keep(None)?;
            }
            let mut heads = self.heads();
            heads.seen.clone_from(&found);
            heads.found = found;
            heads.rewound = None;
            return Ok(());
        };
        let same = match &standing {
            Some(standing) => self.only_grew(standing, &rewound).await?,
            None => false,
        };
        if !same {
            tracing::error!(finding = %rewound, "the shared history went backwards");
            self.memory.keep(Some(&rewound))?;
        }
        let mut heads = self.heads();
        heads.found = found;
        if !same {
            heads.rewound = Some(rewound);
        }
        Ok(())
    }

    /// Tells whether what is found now is what was found before with something added: then it is
    /// the same finding.
    async fn only_grew(&self, before: &Rewound, now: &Rewound) -> Result<bool, Error> {
        match (&before.is, &now.is) {
            (None, None) => Ok(true),
            (Some(before), Some(now)) if before == now => Ok(true),
            (Some(before), Some(now)) => {
                let (cache, objects) = (&self.cache, &self.objects);
                Ok(descends(cache, objects, now, before).await?
                    && lost(cache, objects, before, now).await?.is_empty())
            }
            (None, Some(_)) | (Some(_), None) => Ok(false),
        }
    }

    /// Puts what was lost back on top of what is there, if the finding `id` stands.
    pub(super) async fn accept(&self, id: &str) -> Result<(), Error> {
        let mut line = self.line.lock().await;
        for race in 0..MAX_RACES {
            self.refresh(&mut line).await?;
            let (standing, found) = {
                let heads = self.heads();
                (heads.rewound.clone(), heads.found.clone())
            };
            let Some(standing) = standing.filter(|own| own.id() == id) else {
                return Ok(());
            };
            let head = match &found {
                // Nothing is there: what was seen is pushed as it was.
                None => standing.was.clone(),
                Some(is) => {
                    let was = &standing.was;
                    let stream = reunion(&self.cache, &self.objects, was, is).await?;
                    held(&self.counts).commits += 1;
                    self.cache.commit(now(), None, &stream).await?
                }
            };
            match self.cache.push(&head, found.as_deref()).await {
                Ok(()) => {
                    held(&self.counts).pushes += 1;
                    self.took(head);
                    self.memory.keep(None)?;
                    self.heads().rewound = None;
                    return Ok(());
                }
                Err(NotPushed::Failed(error)) => return Err(error),
                Err(NotPushed::Moved) => {}
            }
            held(&self.counts).races += 1;
            tokio::time::sleep(jitter(race)).await;
        }
        Err(Error::Unavailable(format!(
            "{MAX_RACES} pushes in a row lost their race; the finding stands"
        )))
    }

    /// Packs the cache now and then; trouble with it is told and stops nothing.
    async fn tidy(&self, line: &mut Line) {
        line.untidy += 1;
        if line.untidy < TIDY {
            return;
        }
        line.untidy = 0;
        line.packed += 1;
        if let Err(error) = self.cache.tidy(line.packed.is_multiple_of(PRUNE)).await {
            tracing::warn!(%error, "could not pack the copy of the shared history");
        }
    }
}

/// Returns the time for a commit, in seconds.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// Returns a random wait that grows with every lost race.
fn jitter(race: u32) -> Duration {
    let most = Duration::from_millis(20) * (1 << race.min(7));
    let random = RandomState::new().build_hasher().finish();
    let most = u64::try_from(most.min(MAX_WAIT).as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random % most.max(1))
}
