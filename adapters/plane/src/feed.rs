//! What changed: one list of items by `updated_at`, newest first, read until what is known.
//!
//! Plane stamps an item 200 to 300 ms after a change, from several processes, so a stamp may appear
//! behind newer ones: each look reads [`OVERLAP`] further back than the newest stamp it knows, and
//! leaves out what it named before. A quiet tick is one request, whatever the number of items.
//!
//! Where more changed than one page holds, or nothing is known yet, the list is *walked* page by
//! page. Items that change meanwhile move to its front, so others are met twice and none is missed;
//! items that vanish move the others forward, so the walk steps back by as many pages.
//!
//! Some changes stamp nothing: a deleted label, and any comment while Plane's queue was down. Who
//! must not miss them asks now and then for everything.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use trail_port::tracker::{Changes, Cursor, Error};
use trail_record::ItemId;

use crate::plane::{Plane, is_uuid};
use crate::time::micros;
use crate::wire::{Bump, Page};

/// How far back each look reads, in microseconds.
const OVERLAP: i64 = 15_000_000;
/// How long after the newest stamp was met one with an older time may still appear, in milliseconds.
const LATE: i64 = 15_000;
/// Rows of the first look, and of the pages of a walk.
const GLANCE: u64 = 50;
const STRIDE: u64 = 100;
/// How many pages of a walk are read in one call.
const PAGES: usize = 10;
/// How many stamps a cursor remembers.
const MAX_SEEN: usize = 1000;

/// Where a reader stands; written as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// The version of this form.
    plane: u8,
    /// The newest stamp that was met, in microseconds since the epoch.
    newest: i64,
    /// When it was first met, by the reader's clock, in milliseconds since the epoch.
    met: i64,
    /// The newest stamps that were named, newest first: `id@microseconds`.
    seen: Vec<String>,
    /// Set while a list is being walked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
}

/// A walk through the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Walk {
    /// Where it ends: older stamps were named before; none if it goes to the end.
    floor: Option<i64>,
    /// The page to read next.
    page: u64,
    /// How many items there were at the last page.
    total: u64,
}

/// An item with its stamp.
#[derive(Debug, Clone)]
struct Stamp {
    id: String,
    at: i64,
}

impl Stamp {
    fn name(&self) -> String {
        format!("{}@{}", self.id, self.at)
    }
}

impl Plane {
    /// Returns what changed since `since`.
    pub(crate) async fn feed(&self, since: Option<&Cursor>) -> Result<Changes, Error> {
        match since.map(read).transpose()? {
            Some(mut place) => match place.walk.take() {
                Some(walk) => self.walk(place, walk).await,
                None => self.glance(place).await,
            },
            None => {
                let walk = Walk {
                    floor: None,
                    page: 0,
                    total: 0,
                };
                let place = Place {
                    plane: 1,
                    newest: i64::MIN,
                    met: now(),
                    seen: Vec::new(),
                    walk: None,
                };
                self.walk(place, walk).await
            }
        }
    }

    /// Looks at the newest stamps; walks if they do not reach back to what is known.
    async fn glance(&self, place: Place) -> Result<Changes, Error> {
        let (rows, total, more) = self.stamps(GLANCE, 0).await?;
        let floor = place.newest.saturating_sub(OVERLAP);
        let seen: HashSet<&str> = place.seen.iter().map(String::as_str).collect();
        let known = |row: &Stamp| seen.contains(row.name().as_str());
        let reaches = !more || rows.last().is_some_and(|row| row.at < floor);
        // After a while nothing older can appear behind a whole page of what is known.
        let quiet = rows.iter().all(known) && now().saturating_sub(place.met) > LATE;
        if !reaches && !quiet {
            let walk = Walk {
                floor: Some(floor),
                page: 0,
                total,
            };
            return self.walk(place, walk).await;
        }
        let named = rows
            .iter()
            .filter(|row| row.at >= floor && !known(row))
            .map(|row| ItemId::new(row.id.as_str()))
            .collect();
        let place = place.then(&rows);
        Ok(changes(named, &place, false))
    }

    /// Reads some pages of the list from where the walk stands.
    async fn walk(&self, mut place: Place, mut walk: Walk) -> Result<Changes, Error> {
        let mut named = Vec::new();
        let mut ids = HashSet::new();
        let known: HashSet<String> = place.seen.iter().cloned().collect();
        for _ in 0..PAGES {
            let (rows, total, more) = self.stamps(STRIDE, walk.page).await?;
            if total < walk.total && walk.page > 0 {
                // As many rows moved forward at most as are missing now.
                let back = (walk.total - total).div_ceil(STRIDE);
                walk.page = walk.page.saturating_sub(back);
                walk.total = total;
                continue;
            }
            walk.total = total;
            if walk.page == 0 {
                place = place.then(&rows);
            }
            let fresh = |row: &&Stamp| walk.floor.is_none_or(|floor| row.at >= floor);
            let fresh: Vec<&Stamp> = rows.iter().filter(fresh).collect();
            let ends = !more || fresh.len() < rows.len();
            for row in fresh {
                let name = row.name();
                if known.contains(&name) {
                    continue;
                }
                if ids.insert(row.id.clone()) {
                    named.push(ItemId::new(row.id.as_str()));
                }
                // The first page is remembered already.
                if walk.page > 0 && place.seen.len() < MAX_SEEN {
                    place.seen.push(name);
                }
            }
            walk.page += 1;
            if ends {
                place.walk = None;
                return Ok(changes(named, &place, false));
            }
        }
        place.walk = Some(walk);
        Ok(changes(named, &place, true))
    }

    /// Reads one page of items by stamp, newest first: the rows, how many there are in all, and
    /// whether there is another page.
    async fn stamps(&self, size: u64, page: u64) -> Result<(Vec<Stamp>, u64, bool), Error> {
        let path = self.in_project(&["work-items"]).await?;
        let (size, cursor) = (size.to_string(), format!("{size}:{page}:0"));
        let query = [
            ("order_by", "-updated_at"),
            ("fields", "id,updated_at"),
            ("per_page", size.as_str()),
            ("cursor", cursor.as_str()),
        ];
        let answer = self
            .http()
            .get::<Page<Bump>>(&path, &query[..if page == 0 { 3 } else { 4 }])
            .await
            .map_err(|failed| failed.into_error("the list of work items"))?;
        let rows = answer.body.results.into_iter().map(|row| {
            let at = micros(&row.updated_at)?;
            Ok(Stamp { id: row.id, at })
        });
        Ok((
            rows.collect::<Result<_, Error>>()?,
            answer.body.total_count,
            answer.body.next_page_results,
        ))
    }
}

impl Place {
    /// Returns the place after a look at the newest stamps.
    fn then(self, rows: &[Stamp]) -> Self {
        let newest = rows
            .first()
            .map_or(self.newest, |row| row.at.max(self.newest));
        let mut seen: Vec<String> = rows.iter().map(Stamp::name).collect();
        // What was named before and lies below this page may still be within the overlap.
        let listed: HashSet<&str> = seen.iter().map(String::as_str).collect();
        let floor = newest.saturating_sub(OVERLAP);
        let stays = |name: &&String| {
            let at = name.rsplit_once('@').and_then(|(_, at)| at.parse().ok());
            at.is_some_and(|at: i64| at >= floor) && !listed.contains(name.as_str())
        };
        let before: Vec<String> = self.seen.iter().filter(stays).cloned().collect();
        seen.extend(before);
        seen.truncate(MAX_SEEN);
        Self {
            plane: 1,
            met: if newest > self.newest {
                now()
            } else {
                self.met
            },
            newest,
            seen,
            walk: None,
        }
    }
}

/// Returns changes, oldest first; they were met newest first.
fn changes(mut named: Vec<ItemId>, place: &Place, more: bool) -> Changes {
    named.reverse();
    let cursor = serde_json::to_string(place).expect("a place is plain data");
    Changes {
        items: named,
        cursor: Cursor(cursor),
        more,
    }
}

/// Reads a cursor.
fn read(cursor: &Cursor) -> Result<Place, Error> {
    let place: Option<Place> = serde_json::from_str(&cursor.0).ok();
    place
        .filter(|place| {
            let named = |name: &String| {
                let id = name.split_once('@').map_or("", |(id, _)| id);
                is_uuid(id)
            };
            place.plane == 1 && place.seen.len() <= MAX_SEEN && place.seen.iter().all(named)
        })
        .ok_or_else(|| {
            Error::Refused("the cursor is none of Plane's feed; begin again without one".to_owned())
        })
}

/// Returns the reader's own time, in milliseconds since the epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
