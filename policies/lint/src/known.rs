//! What items and criteria there are, to hold annotations against.
//!
//! The command fills it from histories; a repository's CI, which has none, from a file:
//!
//! ```json
//! {
//!   "version": 1,
//!   "items": [
//!     {
//!       "key": "VSME-142", "title": "Export as XBRL", "state": "delivered",
//!       "criteria": [
//!         {"id": "AC-3", "revision": 2, "text": "Amounts are rounded half to even.", "keeps": false}
//!       ],
//!       "removed": [{"id": "AC-4", "revision": 1}]
//!     }
//!   ]
//! }
//! ```
//!
//! `trail lint --write-criteria FILE` writes it. `title`, `keeps` and `removed` may be left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trail_item::criteria::criterion_id;

/// The version of the file this reads and writes.
///
/// Changelog:
/// - 1: first format.
pub const VERSION: u32 = 1;

/// What items and criteria there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    items: BTreeMap<String, Item>,
    /// The items that have a criterion of an id.
    having: BTreeMap<String, Vec<String>>,
}

/// A work item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its key: `VSME-142`.
    pub key: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// How far it has come.
    pub state: State,
    /// Its criteria as they are now, in its order.
    pub criteria: Vec<Criterion>,
    /// Criteria that an amendment took out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// Whether its criteria could not be read here; then nothing is said of annotations that name
    /// them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
}

/// How far an item has come, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// No code was written for it yet.
    Open,
    /// Code was written; it is not delivered.
    InWork,
    /// It is delivered.
    Delivered,
    /// A human ended it.
    Cancelled,
    /// It was delivered and is taken back.
    Reverted,
}

/// A criterion as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its id: `AC-3`.
    pub id: String,
    /// Its revision, from 1.
    pub revision: u32,
    /// What must hold.
    pub text: String,
    /// Whether it says that something must stay as it was.
    #[serde(default)]
    pub keeps: bool,
}

/// A criterion that is no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Its id.
    pub id: String,
    /// Its last revision.
    pub revision: u32,
}

/// The file's shape.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    items: Vec<Item>,
}

/// What is wrong with a file of criteria.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no JSON of the shape.
    #[error("it is not the JSON that `trail lint --write-criteria` writes: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is of version {0}; this trail reads version {VERSION}")]
    Version(u64),
    /// It contradicts itself, or holds what can be no item.
    #[error("{0}")]
    Content(String),
}

impl State {
    /// Tells whether anybody asks for what the item says.
    #[must_use]
    pub const fn is_wanted(self) -> bool {
        match self {
            Self::Open | Self::InWork | Self::Delivered => true,
            Self::Cancelled | Self::Reverted => false,
        }
    }

    /// Says it for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InWork => "in work",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::Reverted => "reverted",
        }
    }
}

impl Item {
    /// Returns the criterion of an id.
    #[must_use]
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|own| own.id == id)
    }

    /// Names its criteria for people: `AC-1 to AC-5`, or one by one.
    #[must_use]
    pub fn ids(&self) -> String {
        let ids: Vec<&str> = self.criteria.iter().map(|own| own.id.as_str()).collect();
        let running = |index: usize, id: &&str| **id == format!("AC-{}", index + 1);
        match ids.as_slice() {
            [] => "no criteria".to_owned(),
            [first, .., last] if ids.iter().enumerate().all(|(at, id)| running(at, id)) => {
                format!("{first} to {last}")
            }
            _ if ids.len() > 12 => format!("{} and {} more", ids[..12].join(", "), ids.len() - 12),
            _ => ids.join(", "),
        }
    }
}

impl Known {
    /// Takes items in.
    ///
    /// # Errors
    /// If two have one key, or an item has two criteria with one id, or ids that are none.
    pub fn new(all: impl IntoIterator<Item = Item>) -> Result<Self, Error> {
        let mut known = Self::default();
        for item in all {
            known.check(&item)?;
            for criterion in &item.criteria {
                let keys = known.having.entry(criterion.id.clone()).or_default();
                keys.push(item.key.clone());
            }
            known.items.insert(item.key.clone(), item);
        }
        Ok(known)
    }

    fn check(&self, item: &Item) -> Result<(), Error> {
        let fail = |what: String| Err(Error::Content(what));
        let key = &item.key;
        if key.is_empty()
            || key
                .chars()
                .any(|own| own.is_whitespace() || own.is_control())
        {
            return fail(format!("{key:?} is no item's key"));
        }
        if self.items.contains_key(key) {
            return fail(format!("item {key} is in it twice"));
        }
        let removed = item.removed.iter().map(|own| (&own.id, own.revision));
        let own = item.criteria.iter().map(|own| (&own.id, own.revision));
        let mut seen: Vec<&str> = Vec::new();
        for (id, revision) in own.chain(removed) {
            if criterion_id(id).is_none_or(|own| own.as_str() != id) {
                return fail(format!("{key}: {id:?} is no criterion's id; write AC-1"));
            }
            if revision == 0 {
                return fail(format!("{key} {id}: revisions count from 1"));
            }
            if seen.contains(&id.as_str()) {
                return fail(format!("{key} {id} is in it twice"));
            }
            seen.push(id);
        }
        Ok(())
    }

    /// Reads the file of criteria.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        // The version is looked at first: of another one nothing else need fit.
        let Version { version } = serde_json::from_slice(bytes)?;
        if version != u64::from(VERSION) {
            return Err(Error::Version(version));
        }
        let file: File = serde_json::from_slice(bytes)?;
        Self::new(file.items)
    }

    /// Writes the file of criteria.
    #[must_use]
    pub fn to_json(&self) -> String {
        let file = File {
            version: VERSION,
            items: self.items.values().cloned().collect(),
        };
        let mut text = serde_json::to_string_pretty(&file).expect("it has only text and numbers");
        text.push('\n');
        text
    }

    /// Returns the item of a key.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items.get(key)
    }

    /// Returns all items, by key.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// Returns the keys of all items.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.items.keys().map(String::as_str)
    }

    /// Returns the keys of the items that have a criterion of an id now.
    #[must_use]
    pub fn having(&self, criterion: &str) -> &[String] {
        self.having.get(criterion).map_or(&[], Vec::as_slice)
    }

    /// Returns how many criteria there are.
    #[must_use]
    pub fn criteria(&self) -> usize {
        self.items.values().map(|own| own.criteria.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(ids: &[&str]) -> Item {
        Item {
            key: "X-1".into(),
            title: "T".into(),
            state: State::Delivered,
            criteria: ids
                .iter()
                .map(|id| Criterion {
                    id: (*id).into(),
                    revision: 1,
                    text: "It holds.".into(),
                    keeps: false,
                })
                .collect(),
            removed: Vec::new(),
            unread: false,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let known = Known::new([item(&["AC-1", "AC-2"])]).unwrap();
        assert_eq!(Known::from_json(known.to_json().as_bytes()).unwrap(), known);
        assert_eq!(known.having("AC-2"), ["X-1"]);
        assert_eq!(known.criteria(), 2);
    }

    #[test]
    fn ids_are_named_briefly() {
        for (ids, expected) in [
            (&["AC-1", "AC-2", "AC-3"][..], "AC-1 to AC-3"),
            (&["AC-1", "AC-3"], "AC-1, AC-3"),
            (&["AC-1"], "AC-1"),
            (&[], "no criteria"),
        ] {
            assert_eq!(item(ids).ids(), expected);
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let wrong = |items: &str| {
            let text = format!(r#"{{"version":1,"items":[{items}]}}"#);
            Known::from_json(text.as_bytes()).unwrap_err().to_string()
        };
        let one = r#"{"key":"X-1","state":"open","criteria":[]}"#;
        assert_eq!(wrong(&format!("{one},{one}")), "item X-1 is in it twice");
        let criterion = |id: &str, revision: u32| {
            format!(r#"{{"id":"{id}","revision":{revision},"text":"t"}}"#)
        };
        let with = |criteria: &str| {
            wrong(&format!(
                r#"{{"key":"X-1","state":"open","criteria":[{criteria}]}}"#
            ))
        };
        assert_eq!(
            with(&criterion("3", 1)),
            "X-1: \"3\" is no criterion's id; write AC-1"
        );
        assert_eq!(
            with(&criterion("AC-3", 0)),
            "X-1 AC-3: revisions count from 1"
        );
        let twice = format!("{},{}", criterion("AC-3", 1), criterion("AC-3", 2));
        assert_eq!(with(&twice), "X-1 AC-3 is in it twice");
        assert!(wrong(r#"{"key":"X-1","state":"done","criteria":[]}"#).contains("unknown variant"));
        assert!(
            wrong(r#"{"key":"X-1","state":"open","criteria":[],"x":1}"#).contains("unknown field")
        );
        let newer = Known::from_json(br#"{"version":2,"whatever":[]}"#).unwrap_err();
        assert_eq!(
            newer.to_string(),
            "it is of version 2; this trail reads version 1"
        );
        assert!(Known::from_json(b"\xff\x00").is_err());
    }
}
