//! One way to name things in commands.
//!
//! | form | names |
//! |---|---|
//! | `PROJ-1` | an item |
//! | `PROJ-1.2` | a run |
//! | `PROJ-1.2#5` | call 5 of that run, as `log` numbers it |
//! | `library_choice`, `PROJ-1.2/library_choice` | what an agent concluded, by the name it gave; any other record by its title |
//! | `sha256:…`, or at least six hexadecimal digits | a record or an entry, by its digest's beginning |
//!
//! A name that fits nothing or several things is an error that shows what there is.

use std::fmt;

use trail_record::{Digest, Entry, RunId};

use crate::graph::{Graph, Node};
use crate::story::Story;

/// How few digits of a digest may name it.
pub const MIN_DIGITS: usize = 6;
/// How many candidates an error shows.
const SHOWN: usize = 12;

/// What a name names.
#[derive(Debug, Clone)]
pub enum Named<'a> {
    /// An item.
    Item(&'a Story),
    /// A run of an item.
    Run(&'a Story, RunId),
    /// A record.
    Record(&'a Story, &'a Node),
    /// An entry.
    Entry(&'a Story, Digest<Entry>),
}

/// Why a name names nothing that can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It fits nothing.
    #[error("{name:?} names nothing here")]
    Nothing {
        /// What was asked for.
        name: String,
        /// What there is of that form, nearest first.
        near: Vec<String>,
    },
    /// It fits several things.
    #[error("{name:?} names several things")]
    Several {
        /// What was asked for.
        name: String,
        /// What it could be, each by an address that names it alone, and what that is.
        candidates: Vec<Candidate>,
    },
}

/// One of several things a name could mean.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Candidate {
    /// A name that means it alone.
    pub address: String,
    /// What it is, for people.
    pub what: String,
}

impl Error {
    /// Says what could be meant instead.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Nothing { near, .. } if near.is_empty() => {
                "name an item (PROJ-1), a run (PROJ-1.1), a call (PROJ-1.1#5), a conclusion by its name, or at least six digits of a digest; `trail log ITEM` shows them".to_owned()
            }
            Self::Nothing { near, .. } => format!("there is: {}", near.join(", ")),
            Self::Several { candidates, .. } => {
                let lines: Vec<String> = candidates
                    .iter()
                    .take(SHOWN)
                    .map(|own| format!("{} ({})", own.address, own.what))
                    .collect();
                let more = candidates.len().saturating_sub(SHOWN);
                let rest = if more > 0 {
                    format!(", and {more} more")
                } else {
                    String::new()
                };
                format!("write one of: {}{rest}", lines.join(", "))
            }
        }
    }
}

/// Finds what `name` names.
///
/// # Errors
/// [`Error`] with what there is instead.
pub fn find<'a>(name: &str, stories: &'a [Story], graph: &'a Graph) -> Result<Named<'a>, Error> {
    let name = name.trim();
    let story_of = |node: &Node| stories.iter().find(|story| story.key == node.item);
    if let Some(story) = item(name, stories) {
        return Ok(Named::Item(story));
    }
    if let Some((story, run)) = run(name, stories) {
        return Ok(Named::Run(story, run));
    }
    if let Some((place, call)) = name.rsplit_once('#') {
        return call_of(name, place, call, stories, graph);
    }
    let mut records: Vec<&Node> = named(name, stories, graph);
    let mut entries: Vec<(&Story, Digest<Entry>)> = Vec::new();
    if records.is_empty()
        && let Some(digits) = digits(name)
    {
        records = graph
            .nodes()
            .iter()
            .filter(|node| node.digest.hex().starts_with(&digits))
            .collect();
        entries = stories
            .iter()
            .flat_map(|story| story.entries.iter().map(move |step| (story, step.digest)))
            .filter(|(_, digest)| digest.hex().starts_with(&digits))
            .collect();
    }
    match (records.as_slice(), entries.as_slice()) {
        ([node], []) => story_of(node)
            .map(|story| Named::Record(story, node))
            .ok_or_else(|| nothing(name, Vec::new())),
        ([], [(story, digest)]) => Ok(Named::Entry(story, *digest)),
        ([], []) => Err(nothing(name, near(name, stories, graph))),
        _ => Err(Error::Several {
            name: name.to_owned(),
            candidates: records
                .iter()
                .map(|node| candidate(node))
                .chain(entries.iter().map(|(story, digest)| Candidate {
                    address: digest.to_string(),
                    what: format!("an entry of {}", story.key),
                }))
                .collect(),
        }),
    }
}

fn item<'a>(name: &str, stories: &'a [Story]) -> Option<&'a Story> {
    let key = name.to_uppercase();
    stories.iter().find(|story| story.key.as_str() == key)
}

fn run<'a>(name: &str, stories: &'a [Story]) -> Option<(&'a Story, RunId)> {
    let name = name.to_uppercase();
    stories.iter().find_map(|story| {
        let run = story
            .runs
            .iter()
            .find(|run| run.as_str().to_uppercase() == name)?;
        Some((story, run.clone()))
    })
}

/// Finds a call by its number in a run, or in the only run of an item.
fn call_of<'a>(
    name: &str,
    place: &str,
    call: &str,
    stories: &'a [Story],
    graph: &'a Graph,
) -> Result<Named<'a>, Error> {
    let (story, wanted) = match (run(place, stories), item(place, stories)) {
        (Some((story, run)), _) => (story, Some(run)),
        (None, Some(story)) => (story, None),
        (None, None) => return Err(nothing(name, near(place, stories, graph))),
    };
    let calls: Vec<&Node> = graph
        .nodes()
        .iter()
        .filter(|node| node.item == story.key && node.call.is_some())
        .filter(|node| wanted.as_ref().is_none_or(|run| *run == node.run))
        .collect();
    let fits: Vec<&Node> = match call.parse::<u32>() {
        Ok(number) => calls
            .iter()
            .copied()
            .filter(|node| node.call == Some(number))
            .collect(),
        Err(_) => Vec::new(),
    };
    match fits.as_slice() {
        [node] => Ok(Named::Record(story, node)),
        [] => {
            let numbers: Vec<u32> = calls.iter().filter_map(|node| node.call).collect();
            let range = match (numbers.iter().min(), numbers.iter().max()) {
                (Some(first), Some(last)) => vec![format!("{place}#{first} to {place}#{last}")],
                _ => Vec::new(),
            };
            Err(nothing(name, range))
        }
        several => Err(Error::Several {
            name: name.to_owned(),
            candidates: several.iter().map(|node| candidate(node)).collect(),
        }),
    }
}

/// Finds conclusions by the name an agent gave them and other records by their title, of one run or item if that is named before it.
fn named<'a>(name: &str, stories: &[Story], graph: &'a Graph) -> Vec<&'a Node> {
    let (place, own) = match name.rsplit_once('/') {
        Some((place, own)) => (Some(place), own),
        None => (None, name),
    };
    let run = place.and_then(|place| run(place, stories).map(|(_, run)| run));
    let item = place.and_then(|place| item(place, stories).map(|story| &story.key));
    graph
        .nodes()
        .iter()
        .filter(|node| match &node.name {
            Some(name) => name == own,
            None => node.call.is_none() && node.title == own,
        })
        .filter(|node| match (&run, item, place) {
            (Some(run), _, _) => node.run == *run,
            (None, Some(item), _) => node.item == *item,
            (None, None, Some(_)) => false,
            (None, None, None) => true,
        })
        .collect()
}

/// Returns the hexadecimal digits of a digest's beginning, if `name` is one.
fn digits(name: &str) -> Option<String> {
    let digits = name
        .strip_prefix("sha256:")
        .unwrap_or(name)
        .to_ascii_lowercase();
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && digits.len() >= MIN_DIGITS).then_some(digits)
}

fn candidate(node: &Node) -> Candidate {
    let address = match (&node.name, node.call) {
        (Some(_), _) | (None, None) => node.digest.to_string(),
        (None, Some(_)) => node.address(),
    };
    Candidate {
        address,
        what: format!("{} {} of {}", node.kind, node.label(), node.run),
    }
}

fn nothing(name: &str, near: Vec<String>) -> Error {
    Error::Nothing {
        name: name.to_owned(),
        near,
    }
}

/// Returns names that share a beginning with `name`, or else the items, runs and conclusions there are.
fn near(name: &str, stories: &[Story], graph: &Graph) -> Vec<String> {
    let all: Vec<String> = stories
        .iter()
        .flat_map(|story| {
            std::iter::once(story.key.to_string()).chain(story.runs.iter().map(RunId::to_string))
        })
        .chain(graph.nodes().iter().filter_map(|node| node.name.clone()))
        .map(|own| trail_item::quote::visible(&own))
        .collect();
    let lower = name.to_lowercase();
    let mut near: Vec<(usize, String)> = all
        .into_iter()
        .map(|own| (shared(&lower, &own.to_lowercase()), own))
        .collect();
    near.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.dedup_by(|a, b| a.1 == b.1);
    near.into_iter().take(SHOWN).map(|(_, own)| own).collect()
}

/// Returns how many characters two names begin with in common.
fn shared(one: &str, other: &str) -> usize {
    one.chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count()
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.address, self.what)
    }
}
