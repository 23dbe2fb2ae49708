//! Gathering what goes into a bundle: items by range, the policy's files, git objects.

use std::collections::BTreeMap;

use anyhow::Context as _;
use tokio::runtime::Handle;
use trail_bundle::git;
use trail_port::Policy as _;
use trail_record::{Blob, Digest};
use trail_workspace::Lookup;

use super::Args;
use crate::output::usage;
use crate::reading::Reading;
use crate::setup::Setup;
use crate::wire;

/// The items that are wanted: keys, and ranges of keys.
pub(super) struct Wanted {
    keys: Vec<String>,
    /// The part of the key before the number, and the first and last number.
    ranges: Vec<(String, u64, u64)>,
}

impl Wanted {
    /// Reads keys and ranges such as `PROJ-3..PROJ-9`.
    pub(super) fn parse(items: &[String]) -> anyhow::Result<Self> {
        let mut wanted = Self {
            keys: Vec::new(),
            ranges: Vec::new(),
        };
        for item in items {
            let Some((from, to)) = item.split_once("..") else {
                wanted.keys.push(item.trim().to_uppercase());
                continue;
            };
            let range = match (numbered(from), numbered(to)) {
                (Some((one, first)), Some((other, last))) if one == other && first <= last => {
                    (one, first, last)
                }
                (_, _) => {
                    return Err(usage(
                        format!("{item} is no range of keys"),
                        "write the first and the last key of one project, as in PROJ-3..PROJ-9",
                    ));
                }
            };
            wanted.ranges.push(range);
        }
        Ok(wanted)
    }

    /// Returns the keys to read; none if all must be looked at.
    pub(super) fn named(&self) -> Vec<String> {
        if self.ranges.is_empty() {
            self.keys.clone()
        } else {
            Vec::new()
        }
    }

    /// Leaves out what is not wanted.
    pub(super) fn keep(&self, reading: &mut Reading) -> anyhow::Result<()> {
        if !self.ranges.is_empty() {
            let held: Vec<bool> = reading
                .judged
                .iter()
                .map(|own| self.has(own.subject.key.as_str()))
                .collect();
            let mut kept = held.iter().copied();
            reading.judged.retain(|_| kept.next().unwrap_or_default());
            let mut kept = held.iter().copied();
            let items = &mut reading.history.items;
            items.retain(|_| kept.next().unwrap_or_default());
        }
        let missing = self.keys.iter().find(|key| {
            !reading
                .judged
                .iter()
                .any(|own| own.subject.key.as_str() == **key)
        });
        match missing {
            Some(key) => Err(usage(
                format!("there is no item {key}"),
                "`trail status` lists them",
            )),
            None if reading.judged.is_empty() => Err(usage(
                "there are no such items",
                "`trail status` lists those there are",
            )),
            None => Ok(()),
        }
    }

    fn has(&self, key: &str) -> bool {
        let in_range = numbered(key).is_some_and(|(project, number)| {
            self.ranges
                .iter()
                .any(|(own, first, last)| *own == project && (*first..=*last).contains(&number))
        });
        in_range || self.keys.iter().any(|own| own == key)
    }
}

/// Splits a key such as `PROJ-12` or `#12` before its number.
fn numbered(key: &str) -> Option<(String, u64)> {
    let key = key.trim().to_uppercase();
    let digits = key.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (project, number) = key.split_at(key.len() - digits);
    Some((project.to_owned(), number.parse().ok()?))
}

/// Says what is wrong with the items in the tracker as it shows them now; a bundle keeps what was
/// posted, and cannot show that.
pub(super) fn findings(reading: &Reading) -> Option<String> {
    let all = reading
        .judged
        .iter()
        .flat_map(|own| &own.judgement.findings);
    let all: Vec<String> = all.map(ToString::to_string).collect();
    (!all.is_empty()).then(|| format!("found when it was made: {}", all.join("; ")))
}

/// Returns the policy's files by name, if they are the policy in force; else why they are not there.
pub(super) fn policy(
    setup: Option<&Setup>,
) -> anyhow::Result<(BTreeMap<String, String>, Option<String>)> {
    let none = |why: &str| Ok((BTreeMap::new(), Some(format!("there is no policy: {why}"))));
    let Some(setup) = setup else {
        return none("an exported directory does not hold it");
    };
    let Ok(engine) = wire::policy(setup) else {
        return none("it cannot be loaded here");
    };
    let dir = setup.layout.policies();
    let mut files = BTreeMap::new();
    for folder in ["", "rules", "examples"] {
        let entries =
            std::fs::read_dir(dir.join(folder)).with_context(|| dir.display().to_string())?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let own = match folder {
                "" => matches!(name.as_str(), "schema.cedarschema" | "risk.json"),
                "rules" => name.ends_with(".cedar") && !name.starts_with('.'),
                _ => name.ends_with(".json") && !name.starts_with('.'),
            };
            if own && entry.path().is_file() {
                let name = if folder.is_empty() {
                    name
                } else {
                    format!("{folder}/{name}")
                };
                files.insert(name, std::fs::read_to_string(entry.path())?);
            }
        }
    }
    let mut listing = String::new();
    for (name, text) in &files {
        listing.push_str(&format!(
            "{}  {name}\n",
            Digest::<Blob>::of(text.as_bytes()).hex()
        ));
    }
    if Digest::of(listing.as_bytes()) == engine.digest() {
        Ok((files, None))
    } else {
        none("its files are not the ones that are loaded")
    }
}

/// Opens the repository the items were worked on in.
pub(super) async fn repository(args: &Args, setup: Option<&Setup>) -> anyhow::Result<Lookup> {
    let path = match (&args.repository, setup) {
        (Some(path), _) => path.clone(),
        (None, Some(setup)) => setup.repository(),
        (None, None) => anyhow::bail!("name the repository with --repository"),
    };
    Ok(Lookup::open(&path).await?)
}

/// Finds git objects in a repository; called where blocking is allowed.
pub(super) fn objects(repository: Option<Lookup>) -> Box<git::Find<'static>> {
    let handle = Handle::current();
    let mut found: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    Box::new(move |name: &str| {
        let repository = repository.as_ref()?;
        let read = || {
            let object = handle.block_on(repository.object(name)).ok()??;
            Some(git::loose(&object.0, &object.1))
        };
        found.entry(name.to_owned()).or_insert_with(read).clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_ranges_of_keys_are_told_apart() {
        let parse = |items: &[&str]| {
            let items: Vec<String> = items.iter().map(|own| (*own).to_owned()).collect();
            Wanted::parse(&items)
        };
        let wanted = parse(&["vsme-3..VSME-9", "OPS-1"]).unwrap();
        assert_eq!(wanted.named(), Vec::<String>::new());
        for (key, held) in [
            ("VSME-3", true),
            ("VSME-9", true),
            ("VSME-10", false),
            ("OPS-1", true),
            ("OPS-4", false),
        ] {
            assert_eq!(wanted.has(key), held, "{key}");
        }
        assert_eq!(parse(&["vsme-3"]).unwrap().named(), ["VSME-3"]);
        for bad in ["VSME-9..VSME-3", "VSME-1..OPS-4", "VSME..OPS", ".."] {
            assert!(parse(&[bad]).is_err(), "{bad}");
        }
    }
}
