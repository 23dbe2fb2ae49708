//! Reading comments when their times are final.
//!
//! Plane writes the `created_at` of a comment twice, some 50 ms apart (at most 96 measured), and
//! lists it in between. A reader that believed the first value would see an order that changes. So
//! whoever finds one that may still change waits and reads again, until it changed, or is too old to
//! change, or has not changed for longer than it ever took.
//!
//! Comments from the web interface look provisional for ever; age tells them apart.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;
use trail_port::tracker::Error;
use trail_record::{CommentId, ItemId};

use crate::comment::{Row, sort};
use crate::plane::{MAX_PAGES, Plane, is_missing};
use crate::wire::{self, COMMENT_FIELDS, Page};

/// How long between two looks.
const STEP: Duration = Duration::from_millis(250);
/// How long a comment must not have changed to be taken as final: one of a client like this one,
/// whose place may decide something, and any other.
const STILL_OURS: Duration = Duration::from_secs(2);
const STILL: Duration = Duration::from_millis(750);
/// How old a comment must be, by the server's clock, to be final at the first look, in microseconds.
/// The clock is that of whatever answers, so there is room for its being wrong.
const OLD: i64 = 5_000_000;
/// How long to wait in all. Then things are taken as they are: a server that died between the two
/// writes never writes the second.
const PATIENCE: Duration = Duration::from_secs(6);
/// How many of the newest comments are looked at after an append.
const NEWEST: &str = "20";

/// Tells which rows are final, over several looks.
#[derive(Debug, Default)]
struct Watch {
    seen: HashMap<String, (i64, Instant)>,
}

impl Watch {
    /// Returns how long to wait before the next look; none if all rows are final.
    fn wait(&mut self, rows: &[Row], server_time: Option<i64>) -> Option<Duration> {
        let newest = rows.iter().map(|row| row.updated).max().unwrap_or_default();
        let now = server_time
            .map_or(newest, |seconds| seconds.saturating_mul(1_000_000))
            .max(newest);
        rows.iter()
            .filter(|row| row.provisional() && now - row.updated < OLD)
            .filter_map(|row| {
                let seen = self
                    .seen
                    .entry(row.id.clone())
                    .or_insert_with(|| (row.created, Instant::now()));
                if seen.0 != row.created {
                    *seen = (row.created, Instant::now());
                }
                let still = if row.ours { STILL_OURS } else { STILL };
                let left = still.checked_sub(seen.1.elapsed())?;
                // One of a client like this is about to change; others mostly never do.
                let left = if row.ours { STEP.min(left) } else { left };
                Some(left).filter(|left| !left.is_zero())
            })
            .min()
    }
}

impl Plane {
    /// Reads all comments of an item, in order, their times final.
    pub(crate) async fn settled(&self, item: &ItemId) -> Result<Vec<Row>, Error> {
        let path = self.comments_path(item).await?;
        let (mut watch, start) = (Watch::default(), Instant::now());
        loop {
            let read = self
                .list_once::<wire::Comment>(
                    &path,
                    &[("fields", COMMENT_FIELDS)],
                    &format!("comments of {item}"),
                )
                .await?;
            let late = start.elapsed() >= PATIENCE;
            let Some((rows, time)) = read else {
                if late {
                    return Err(Error::Doubt(format!(
                        "the comments of {item} changed all the time while they were read"
                    )));
                }
                continue;
            };
            let mut rows = rows
                .into_iter()
                .map(Row::new)
                .collect::<Result<Vec<_>, _>>()?;
            // A comment that came between two pages stands on both.
            let mut ids = std::collections::HashSet::new();
            rows.retain(|row| ids.insert(row.id.clone()));
            match watch.wait(&rows, time).filter(|_| !late) {
                Some(wait) => sleep(wait).await,
                None => {
                    sort(&mut rows);
                    return Ok(rows);
                }
            }
        }
    }

    /// Reads one comment, its time final; none if it is gone.
    pub(crate) async fn settled_one(
        &self,
        item: &ItemId,
        id: &CommentId,
    ) -> Result<Option<Row>, Error> {
        let mut path = self.comments_path(item).await?;
        path.push(id.as_str());
        let (mut watch, start) = (Watch::default(), Instant::now());
        loop {
            let answer = self
                .http()
                .get::<wire::Comment>(&path, &[("fields", COMMENT_FIELDS)])
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(failed) if is_missing(&failed) => return Ok(None),
                Err(failed) => return Err(failed.into_error(&format!("comment {id}"))),
            };
            let row = Row::new(answer.body)?;
            let late = start.elapsed() >= PATIENCE;
            match watch
                .wait(std::slice::from_ref(&row), answer.server_time)
                .filter(|_| !late)
            {
                Some(wait) => sleep(wait).await,
                None => return Ok(Some(row)),
            }
        }
    }

    /// Waits until the list shows a comment that was just posted, in its final place: its own time
    /// and those beside it are final. Returns the newest comments, in order.
    ///
    /// `created` is its time by the answer to the post, where there was one: a list from a replica
    /// that lags may not have it yet.
    pub(crate) async fn settled_with(
        &self,
        item: &ItemId,
        id: &str,
        created: Option<i64>,
    ) -> Result<Vec<Row>, Error> {
        let path = self.comments_path(item).await?;
        let (mut watch, start) = (Watch::default(), Instant::now());
        loop {
            let late = start.elapsed() >= PATIENCE;
            let (mut rows, time) = self.newest(&path, item, id).await?;
            let mine = rows.iter().find(|row| row.id == id);
            let there = mine.is_some_and(|row| {
                created.is_none_or(|created| row.created == created) || row.edited
            });
            match watch.wait(&rows, time) {
                _ if mine.is_none() && late => {
                    return Err(Error::Doubt(format!(
                        "comment {id} was stored, and the list of comments does not show it yet"
                    )));
                }
                None if there => {
                    sort(&mut rows);
                    return Ok(rows);
                }
                _ if late => {
                    debug!(%item, id, "taking the order of comments as final after waiting");
                    sort(&mut rows);
                    return Ok(rows);
                }
                Some(wait) => sleep(wait).await,
                None => sleep(STEP).await,
            }
        }
    }

    /// Reads the newest comments, as many pages as it takes to meet `id`.
    async fn newest(
        &self,
        path: &[&str],
        item: &ItemId,
        id: &str,
    ) -> Result<(Vec<Row>, Option<i64>), Error> {
        let mut rows: Vec<Row> = Vec::new();
        let mut time = None;
        for page in 0..MAX_PAGES {
            let cursor = format!("{NEWEST}:{page}:0");
            let query = [
                ("per_page", NEWEST),
                ("fields", COMMENT_FIELDS),
                ("cursor", cursor.as_str()),
            ];
            let answer = self
                .http()
                .get::<Page<wire::Comment>>(path, &query[..if page == 0 { 2 } else { 3 }])
                .await
                .map_err(|failed| failed.into_error(&format!("comments of {item}")))?;
            time = time.or(answer.server_time);
            for own in answer.body.results {
                let row = Row::new(own)?;
                if rows.iter().all(|other| other.id != row.id) {
                    rows.push(row);
                }
            }
            if !answer.body.next_page_results || rows.iter().any(|row| row.id == id) {
                break;
            }
        }
        Ok((rows, time))
    }

    /// Returns the path of an item's comments.
    pub(crate) async fn comments_path<'a>(
        &'a self,
        item: &'a ItemId,
    ) -> Result<Vec<&'a str>, Error> {
        self.in_project(&["work-items", item.as_str(), "comments"])
            .await
    }
}
