//! A shared history that went backwards: remembered until a human disposes of it, then mended on
//! top, so that nothing that was seen is lost and nothing that is there now is hidden.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use trail_port::mirror::Rewound;

use super::cache::Cache;
use super::objects::Objects;
use super::plan::Changes;
use super::stage::disk;
use super::{Error, judge, layout};

/// The finding on this machine's disk.
#[derive(Debug, Serialize, Deserialize)]
struct OnDisk {
    was: String,
    is: Option<String>,
    lost: Option<u64>,
    paths: Vec<String>,
}

/// Where the finding stands on disk.
#[derive(Debug)]
pub(super) struct Memory(PathBuf);

impl Memory {
    pub(super) fn new(dir: &Path) -> Self {
        Self(dir.join("rewound.json"))
    }

    /// Returns the finding that stands.
    pub(super) fn load(&self) -> Result<Option<Rewound>, Error> {
        let bytes = match fs::read(&self.0) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk("reading", &self.0, &error)),
        };
        let own: OnDisk = serde_json::from_slice(&bytes).map_err(|error| Error::Damaged {
            path: self.0.display().to_string(),
            problem: error.to_string(),
        })?;
        Ok(Some(Rewound {
            was: own.was,
            is: own.is,
            lost: own.lost,
            paths: own.paths,
        }))
    }

    /// Remembers the finding, or that none stands; durable when it returns.
    pub(super) fn keep(&self, rewound: Option<&Rewound>) -> Result<(), Error> {
        let write = || -> std::io::Result<()> {
            match rewound {
                Some(own) => {
                    let draft = self.0.with_extension("tmp");
                    let own = OnDisk {
                        was: own.was.clone(),
                        is: own.is.clone(),
                        lost: own.lost,
                        paths: own.paths.clone(),
                    };
                    let mut file = File::create(&draft)?;
                    file.write_all(&serde_json::to_vec_pretty(&own)?)?;
                    file.sync_all()?;
                    fs::rename(&draft, &self.0)?;
                }
                None => match fs::remove_file(&self.0) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    other => other?,
                },
            }
            match self.0.parent() {
                Some(dir) => File::open(dir)?.sync_all(),
                None => Ok(()),
            }
        };
        write().map_err(|error| disk("writing", &self.0, &error))
    }
}

/// Returns the rest of a commit on `is` that holds all that `was` held and all that `is` holds,
/// with both as parents, so that whoever had seen either finds it again.
///
/// Where the two hold a file differently, that of `was` stands; entries that only `is` has follow it.
pub(super) async fn reunion(
    cache: &Cache,
    objects: &Objects,
    was: &str,
    is: &str,
) -> Result<Vec<u8>, Error> {
    let mut changes = Changes::default();
    for change in judge::lost(cache, objects, was, is).await? {
        let Some(oid) = &change.was else { continue };
        match together(objects, &change.path, was, is).await? {
            Some(bytes) => changes.write(&change.path, &bytes),
            None => changes.link(&change.path, oid),
        }
    }
    let message = "put back what was lost, as a permitted human disposed";
    Ok(changes.stream(message, &[is, was]))
}

/// Returns an item's comments of both, if both can be read.
async fn together(
    objects: &Objects,
    path: &str,
    was: &str,
    is: &str,
) -> Result<Option<Vec<u8>>, Error> {
    if !layout::grows(path) {
        return Ok(None);
    }
    let (Some(before), Some(after)) = (
        objects.file(was, path).await?,
        objects.file(is, path).await?,
    ) else {
        return Ok(None);
    };
    let (Ok(kept), Ok(others)) = (layout::lines(path, &before), layout::lines(path, &after)) else {
        return Ok(None);
    };
    let mut bytes = before;
    for other in others {
        if kept.iter().all(|own| own.comment != other.comment) {
            bytes.extend(layout::line(&other)?);
        }
    }
    Ok(Some(bytes))
}
