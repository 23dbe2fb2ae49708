//! The change feed: one conditional request per idle tick.
//!
//! The list of issues is asked for at one fixed address, the last changed first, so that an idle
//! tick is answered 304. When it has changed, pages are read until they are older than the
//! watermark less an overlap; what the cursor has seen just so is not named again.
//!
//! What GitHub's times make hard, and what is done about it:
//! - times have whole seconds, so two changes can have one time: what changed within the last
//!   seconds before it was read is named once more when those seconds are over;
//! - lists lag behind writes: the overlap is far longer than a second;
//! - deleting a comment need not touch the time, but its number of comments: that is
//!   compared for all issues of the first page. A deletion on an older issue is found when all
//!   items are asked for, without a cursor, and by every read, which lists all comments again.

use std::collections::BTreeMap;

use trail_port::tracker::{Changes, Cursor, Error};
use trail_record::Blob;
use trail_record::{Digest, Moment};

use crate::failure::Failure;
use crate::name::Name;
use crate::{GitHub, wire};

/// How far below the watermark pages are still looked through, in seconds.
const OVERLAP: i64 = 60;
/// How many seconds after a change another one may still get the same time unseen: its own second,
/// and what replicas lag behind.
const SETTLED: i64 = 5;
/// The most issues that a cursor remembers.
const MAX_SEEN: usize = 2000;
/// What a cursor of this form begins with.
const FORM: &str = "g1";

/// How an issue was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    /// When it last changed, in seconds.
    updated: i64,
    comments: u64,
    /// Whether it was seen so soon after that another change may have the same time.
    fresh: bool,
}

/// Where a reader of the feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Position {
    /// The newest change that was on the first page, in seconds.
    watermark: i64,
    /// Names the first page as it was.
    page: String,
    /// The issues of the first page and those of the overlap.
    seen: BTreeMap<Name, Seen>,
}

impl Position {
    fn parse(cursor: &Cursor) -> Result<Self, Error> {
        let malformed = || Error::Refused(format!("{:?} is no cursor of this tracker", cursor.0));
        Self::read(&cursor.0).ok_or_else(malformed)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (form, watermark, page, list) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if form != FORM
            || parts.next().is_some()
            || page.len() != 12
            || !page.bytes().all(|own| own.is_ascii_hexdigit())
        {
            return None;
        }
        let mut seen = BTreeMap::new();
        for entry in list.split(',').filter(|_| !list.is_empty()) {
            let mut fields = entry.split(':');
            let (name, updated, comments) = (fields.next()?, fields.next()?, fields.next()?);
            let fresh = match fields.next() {
                None => false,
                Some("f") if fields.next().is_none() => true,
                Some(_) => return None,
            };
            let own = Seen {
                updated: seconds(updated)?,
                comments: comments.parse().ok()?,
                fresh,
            };
            seen.insert(Name::parse(name)?, own);
        }
        Some(Self {
            watermark: seconds(watermark)?,
            page: page.to_owned(),
            seen,
        })
    }

    fn cursor(&self) -> Cursor {
        let seen: Vec<String> = self
            .seen
            .iter()
            .map(|(name, own)| {
                let fresh = if own.fresh { ":f" } else { "" };
                format!("{}:{}:{}{fresh}", name.item(), own.updated, own.comments)
            })
            .collect();
        Cursor(format!(
            "{FORM}.{}.{}.{}",
            self.watermark,
            self.page,
            seen.join(",")
        ))
    }

    /// Names what has become settled since, and was not named then. The first page is unchanged.
    fn settle(&mut self, now: i64) -> Vec<Name> {
        let mut named = Vec::new();
        for (name, own) in &mut self.seen {
            if own.fresh && now - own.updated >= SETTLED {
                own.fresh = false;
                named.push((own.updated, *name));
            }
        }
        sorted(named)
    }
}

/// What a walk over the list has met.
#[derive(Debug, Default)]
struct Walk {
    /// The first page as it was met first.
    page: String,
    watermark: i64,
    /// How each issue was met last, and whether on the first page.
    met: BTreeMap<Name, (Seen, bool)>,
}

impl Walk {
    /// Takes a page; tells when its last entry changed.
    fn take(&mut self, rows: &[wire::Row], now: i64, first: bool) -> Option<i64> {
        for row in rows.iter().filter(|row| row.pull_request.is_none()) {
            let name = Name {
                number: row.number,
                id: row.id,
            };
            let updated = seconds_of(row.updated_at);
            let own = Seen {
                updated,
                comments: row.comments,
                fresh: now - updated < SETTLED,
            };
            let before = self.met.get(&name);
            // Replicas may answer with an older state after a newer one.
            if before.is_none_or(|(own, _)| own.updated <= updated) {
                let first = first || before.is_some_and(|(_, first)| *first);
                self.met.insert(name, (own, first));
            }
        }
        rows.last().map(|row| seconds_of(row.updated_at))
    }

    /// Names what changed since `before`, and says where its reader stands now.
    fn finish(self, before: Option<&Position>) -> (Vec<Name>, Position) {
        let mut named = Vec::new();
        for (name, (own, _)) in &self.met {
            let changed = match before {
                None => true,
                Some(before) => match before.seen.get(name) {
                    Some(seen) if (seen.updated, seen.comments) == (own.updated, own.comments) => {
                        seen.fresh && !own.fresh
                    }
                    // An older state than was seen before is a replica's.
                    Some(seen) => seen.updated <= own.updated,
                    None => own.updated >= before.watermark - OVERLAP,
                },
            };
            if changed {
                named.push((own.updated, *name));
            }
        }
        let watermark = self.watermark.max(before.map_or(0, |own| own.watermark));
        let mut kept: Vec<(i64, Name, Seen)> = self
            .met
            .into_iter()
            .filter(|(_, (own, first))| *first || own.updated >= watermark - OVERLAP)
            .map(|(name, (own, _))| {
                // Naming an older state would lose that the newer one was named.
                let seen = before.and_then(|before| before.seen.get(&name));
                let own = seen
                    .filter(|seen| seen.updated > own.updated)
                    .map_or(own, |seen| *seen);
                (own.updated, name, own)
            })
            .collect();
        kept.sort_unstable_by_key(|(updated, name, _)| std::cmp::Reverse((*updated, name.id)));
        kept.truncate(MAX_SEEN);
        let position = Position {
            watermark,
            page: self.page,
            seen: kept.into_iter().map(|(_, name, own)| (name, own)).collect(),
        };
        (sorted(named), position)
    }
}

/// Returns names, the oldest change first.
fn sorted(mut named: Vec<(i64, Name)>) -> Vec<Name> {
    named.sort_unstable_by_key(|(updated, name)| (*updated, name.id));
    named.into_iter().map(|(_, name)| name).collect()
}

fn seconds_of(at: Moment) -> i64 {
    at.as_millis().div_euclid(1000)
}

fn seconds(text: &str) -> Option<i64> {
    let plain =
        !text.is_empty() && text.len() <= 12 && text.bytes().all(|own| own.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

impl GitHub {
    /// Names what changed since a cursor; everything if there is none.
    pub(crate) async fn changed(&self, since: Option<&Cursor>) -> Result<Changes, Error> {
        let before = since.map(Position::parse).transpose()?;
        let path = self.path("/issues?state=all&sort=updated&direction=desc&per_page=100");
        let what = "the list of issues";
        let first = self.http().page(&path, what).await?;
        let page = Digest::<Blob>::of(&first.body).short();
        let (named, position) = match before {
            Some(mut before) if before.page == page => {
                (before.settle(seconds_of(first.at)), before)
            }
            before => {
                let low = before
                    .as_ref()
                    .map_or(i64::MIN, |own| own.watermark - OVERLAP);
                let mut walk = Walk {
                    page,
                    ..Walk::default()
                };
                let mut visits = 0_u32;
                self.http()
                    .walk(first, what, |page| {
                        let rows: Vec<wire::Row> = page.json()?;
                        // What changes from here on is newer than this and found next time.
                        if visits == 0 {
                            let newest = rows.iter().map(|row| seconds_of(row.updated_at)).max();
                            walk.watermark = newest.unwrap_or_default();
                        }
                        visits += 1;
                        let oldest = walk.take(&rows, seconds_of(page.at), page.path == path);
                        Ok::<_, Failure>(oldest.is_some_and(|oldest| oldest >= low))
                    })
                    .await?;
                walk.finish(before.as_ref())
            }
        };
        Ok(Changes {
            items: named.into_iter().map(Name::item).collect(),
            cursor: position.cursor(),
            more: false,
        })
    }
}

/// Returns the cursor of a read. Reads are always whole, so it says only that it is one.
pub(crate) fn after_read(updated: Moment) -> Cursor {
    Cursor(format!("{FORM}r.{}", seconds_of(updated)))
}

/// Refuses what is no cursor of a read.
pub(crate) fn check_read(cursor: &Cursor) -> Result<(), Error> {
    match cursor.0.split_once('.') {
        Some((form, at)) if form.strip_suffix('r') == Some(FORM) && seconds(at).is_some() => Ok(()),
        _ => Err(Error::Refused(format!(
            "{:?} is no cursor of this tracker",
            cursor.0
        ))),
    }
}

#[cfg(test)]
mod tests;
