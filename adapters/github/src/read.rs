//! Reading: again when an answer was lost, only what has changed, and lists without gaps.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use trail_port::tracker::Error;
use trail_record::Blob;
use trail_record::{Digest, Moment};

use crate::cache::Kept;
use crate::failure::Failure;
use crate::transport::{self, Answer, Ask, Http};
use crate::{brake, link};

/// How often a read is tried.
const TRIES: u32 = 4;
/// How many entries a full page has; all lists are asked for with `per_page=100`.
const PER_PAGE: usize = 100;
/// The most pages of one list: a hundred thousand issues or comments.
const MAX_PAGES: usize = 1000;

/// A page as it is now.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// Its path and query.
    pub(crate) path: String,
    pub(crate) body: Bytes,
    /// Path and query of the next one.
    pub(crate) next: Option<String>,
    /// When it was answered, by the server's clock.
    pub(crate) at: Moment,
    /// When it was asked for, by ours.
    asked: Instant,
    /// When it was asked for that what was known came from, if it is still the same.
    known_since: Option<Instant>,
}

impl Page {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        transport::json(&self.body)
    }
}

impl Http {
    /// Waits before a read is tried again: longer each time, and not all clients at once.
    pub(crate) async fn pause(&self, tries: u32) {
        let longest = self.timeouts.retry * 2u32.saturating_pow(tries.min(6));
        tokio::time::sleep(jittered(longest)).await;
    }

    /// Sends a read, again after lost answers and trouble on the server's side.
    pub(crate) async fn fetch(&self, ask: &Ask) -> Result<Answer, Failure> {
        let mut tries = 0;
        loop {
            match self.once(ask).await.and_then(whole) {
                Err(failure) if failure.is_doubt() && tries + 1 < TRIES => {
                    tracing::debug!(what = ask.what, error = %failure.error, "reading again");
                    self.pause(tries).await;
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    /// Reads what stands at a path as it is now; what is known already is not sent again.
    pub(crate) async fn page(&self, path: &str, what: &str) -> Result<Page, Failure> {
        let known = self
            .cache
            .lock()
            .expect("no cache is left half-made")
            .get(path);
        let mut ask = Ask::get(path, what);
        ask.unless = known.as_ref().map(|own| own.etag.clone());
        let asked = Instant::now();
        let answer = self.fetch(&ask).await;
        let mut cache = self.cache.lock().expect("no cache is left half-made");
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                if failure.status.is_some() {
                    cache.remove(path);
                }
                return Err(failure);
            }
        };
        let at = brake::date(&answer.headers).unwrap_or_else(|| self.now());
        if let (StatusCode::NOT_MODIFIED, Some(known)) = (answer.status, known) {
            return Ok(Page {
                path: path.to_owned(),
                body: known.body,
                next: known.next,
                at,
                asked,
                known_since: Some(known.asked),
            });
        }
        let next = link::next(&answer.headers, &self.origin)?;
        match answer
            .etag()
            .filter(|_| next.is_some() || !may_grow(path, &answer.body))
        {
            Some(etag) => cache.put(
                path,
                Kept {
                    etag,
                    body: answer.body.clone(),
                    next: next.clone(),
                    asked,
                },
            ),
            None => cache.remove(path),
        }
        Ok(Page {
            path: path.to_owned(),
            body: answer.body,
            next,
            at,
            asked,
            known_since: None,
        })
    }

    /// Reads what stands at a path as JSON.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        what: &str,
    ) -> Result<T, Failure> {
        self.page(path, what).await?.json()
    }

    /// Walks a list from its first page on, while `visit` says so, without gaps.
    ///
    /// Entries move while pages are read. One that moves to a page still to come is met again; one
    /// that moves to a page already read would be missed (a deletion before it does that), so the
    /// pages are asked for again from the last to the first, and visited again if they changed.
    /// Unchanged ones cost nothing of the limit. If all pages are as they were known before the walk,
    /// nothing moved during it: a deletion would have changed all pages behind it. Whatever stood in the list all the time is visited,
    /// some of it twice; the later visit is the more recent one.
    pub(crate) async fn walk(
        &self,
        first: Page,
        what: &str,
        mut visit: impl FnMut(&Page) -> Result<bool, Failure> + Send,
    ) -> Result<(), Failure> {
        let digest = |page: &Page| Digest::<Blob>::of(&page.body);
        let start = first.asked;
        let known = |page: &Page| page.known_since.is_some_and(|since| since < start);
        let mut still = known(&first);
        let mut seen = vec![(first.path.clone(), digest(&first))];
        let mut more = visit(&first)?;
        let mut next = first.next;
        while let (true, Some(path)) = (more, next.take()) {
            if seen.len() >= MAX_PAGES || seen.iter().any(|(own, _)| *own == path) {
                return Err(Failure::of(Error::Refused(format!(
                    "{what}: the list has more than {MAX_PAGES} pages, or goes in circles"
                ))));
            }
            let page = self.page(&path, what).await?;
            more = visit(&page)?;
            still &= known(&page);
            seen.push((path, digest(&page)));
            next = page.next;
        }
        seen.pop();
        if still {
            return Ok(());
        }
        for (path, before) in seen.iter().rev() {
            let again = self.page(path, what).await?;
            if digest(&again) != *before {
                visit(&again)?;
            }
        }
        Ok(())
    }

    /// Reads a whole list; entries of which `id` says the same stand once, as last seen.
    pub(crate) async fn list<T: DeserializeOwned + Send>(
        &self,
        path: &str,
        what: &str,
        id: impl Fn(&T) -> u64 + Send + Sync,
    ) -> Result<Vec<T>, Failure> {
        Ok(self.list_on(path, what, id).await?.0)
    }

    /// Reads a list from a page on to its end, and says which page was the last.
    pub(crate) async fn list_on<T: DeserializeOwned + Send>(
        &self,
        path: &str,
        what: &str,
        id: impl Fn(&T) -> u64 + Send + Sync,
    ) -> Result<(Vec<T>, String), Failure> {
        let mut found = BTreeMap::new();
        let mut last = path.to_owned();
        let first = self.page(path, what).await?;
        self.walk(first, what, |page| {
            for entry in page.json::<Vec<T>>()? {
                found.insert(id(&entry), entry);
            }
            if page.next.is_none() {
                last.clone_from(&page.path);
            }
            Ok(true)
        })
        .await?;
        Ok((found.into_values().collect(), last))
    }
}

/// Makes sure that an answer is JSON before anybody relies on it or keeps it: half of one may come
/// with the name of the whole, and would be kept as such.
fn whole(answer: Answer) -> Result<Answer, Failure> {
    if answer.status.is_success() {
        transport::json::<serde::de::IgnoredAny>(&answer.body)?;
    }
    Ok(answer)
}

/// Tells whether a last page may get a successor without changing: it is full, and what is new comes
/// after it. "Not modified" would then hide the rest of the list.
fn may_grow(path: &str, body: &[u8]) -> bool {
    !path.contains("direction=desc")
        && serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(body)
            .is_ok_and(|entries| entries.len() >= PER_PAGE)
}

/// Returns between half of a wait and all of it.
fn jittered(longest: Duration) -> Duration {
    let mut byte = [0];
    // Without randomness all clients wait the same, which does no harm by itself.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut byte);
    longest / 2 + longest * u32::from(byte[0]) / 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_last_page_that_grows_at_its_end_is_not_kept() {
        let list = |entries: usize| serde_json::to_vec(&vec![1; entries]).unwrap();
        assert!(may_grow("/comments?per_page=100", &list(100)));
        assert!(!may_grow("/comments?per_page=100", &list(99)));
        assert!(!may_grow("/issues?direction=desc&per_page=100", &list(100)));
        assert!(!may_grow("/issues/1", b"{}"));
    }

    #[test]
    fn a_jittered_wait_is_between_half_and_all() {
        let longest = Duration::from_millis(800);
        for _ in 0..100 {
            let wait = jittered(longest);
            assert!(wait >= longest / 2 && wait <= longest, "{wait:?}");
        }
    }
}
