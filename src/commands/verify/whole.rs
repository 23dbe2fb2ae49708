//! Verifying a whole history directory, item by item, with progress; what was found whole before and
//! has not changed since can be left out.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use trail_item::Fold;
use trail_reader::history::{History, Item};
use trail_record::{Blob, Digest};

use super::{ItemVerified, told};
use crate::cli::Global;
use crate::output;
use crate::private;
use crate::reading::Reading;

/// A history directory.
pub(super) struct Whole {
    history: History,
    /// What people should know of where it came from.
    pub(super) note: Option<String>,
}

/// What was found whole, by what it was found of.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    /// The version of the program that judged.
    version: String,
    /// Items by the digest of all they were judged by but their blobs.
    whole: BTreeMap<Digest<Blob>, ItemVerified>,
}

impl Whole {
    pub(super) fn open(dir: &Path, operator: Option<&Path>) -> anyhow::Result<Self> {
        let (history, note) = Reading::load(dir, operator)?;
        Ok(Self { history, note })
    }

    /// Judges every item; notes in `resume` after each what was found whole.
    pub(super) fn verify(
        &self,
        global: &Global,
        resume: Option<&Path>,
    ) -> anyhow::Result<Vec<ItemVerified>> {
        let mut noted = match resume {
            Some(path) => noted(path)?,
            None => Noted::default(),
        };
        let ground = self.history.ground();
        let progress = output::progress(global.json, self.history.items.len() as u64, "items");
        let mut items = Vec::with_capacity(self.history.items.len());
        for item in &self.history.items {
            let basis = self.basis(item);
            let own = match noted.whole.get(&basis) {
                Some(own) => own.clone(),
                None => {
                    let own = told(&self.history.judge_one(item, &ground, &mut Fold::default()));
                    if let Some(path) = resume.filter(|_| own.findings.is_empty()) {
                        noted.whole.insert(basis, own.clone());
                        note(path, &noted)?;
                    }
                    own
                }
            };
            items.push(own);
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(items)
    }

    /// Returns the digest of all that an item is judged by, but its blobs.
    fn basis(&self, item: &Item) -> Digest<Blob> {
        let history = &self.history;
        let mut bytes = history.operator.to_string().into_bytes();
        for part in history.trust.iter().chain(&history.checkpoints) {
            bytes.extend_from_slice(Digest::<Blob>::of(part).as_bytes());
        }
        let comments = serde_json::to_vec(&(
            &item.subject.project,
            &item.subject.item,
            &item.subject.key,
            &item.comments,
        ));
        bytes.extend(comments.expect("comments have a JSON form"));
        Digest::of(&bytes)
    }
}

/// Reads what was noted before; notes of another version of this program are begun anew.
fn noted(path: &Path) -> anyhow::Result<Noted> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let fresh = || Noted {
        version: version.clone(),
        ..Noted::default()
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(fresh()),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let noted: Noted = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} holds no notes of `trail verify`; name another file",
            path.display()
        )
    })?;
    Ok(if noted.version == version {
        noted
    } else {
        fresh()
    })
}

fn note(path: &Path, noted: &Noted) -> anyhow::Result<()> {
    let whole = std::path::absolute(path)?;
    private::replace(&whole, &serde_json::to_string(noted)?)
}
