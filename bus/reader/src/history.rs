//! Whole histories outside a tracker: read from a directory, written to one, judged.
//!
//! The layout is part of the stored format (`bus/record/FORMAT.md`, "A history as files"), so that
//! an auditor can be handed a directory and needs neither tracker nor Trail's store.

mod files;
mod ground;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trail_record::chain::{self, AnyEntry, Assembly, Posted, Rules, Subject};
use trail_record::trust::{self, TrustSet};
use trail_record::verify::{self, Bytes, Counts, Judgement, Tail};
use trail_record::{
    Blob, CommentId, Digest, Envelope, Finding, FindingKind, Place, PublicKey, Record, UserId,
};

pub use ground::Ground;

/// A history: what was posted, and what is needed to judge it.
#[derive(Debug, Clone)]
pub struct History {
    /// The operator's public key, against which the trust documents are judged.
    pub operator: PublicKey,
    /// The trust documents, oldest first: the JSON of their envelopes, not judged yet.
    pub trust: Vec<Vec<u8>>,
    /// The checkpoints: the JSON of their envelopes, not judged yet.
    pub checkpoints: Vec<Vec<u8>>,
    /// The items, in the order of their numbers.
    pub items: Vec<Item>,
    /// The bytes kept apart from the entries.
    pub blobs: Blobs,
}

/// One item with the comments that carry entries.
#[derive(Debug, Clone)]
pub struct Item {
    /// The item.
    pub subject: Subject,
    /// Its comments in the tracker's order.
    pub comments: Vec<Comment>,
}

/// A comment that carries what should be a sealed entry.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// The tracker's id of the comment.
    pub comment: CommentId,
    /// The account it stands under.
    pub author: UserId,
    /// Whether the tracker says that it was edited.
    pub edited: bool,
    /// Whether the tracker's own times show that its time was set by hand; left out where not.
    #[serde(skip_serializing_if = "is_false")]
    pub backdated: bool,
    /// The text where the sealed entry should be; it may hold anything.
    pub envelope: String,
}

/// Bytes by digest.
#[derive(Debug, Clone)]
pub enum Blobs {
    /// In a directory, read when they are asked for.
    Dir(PathBuf),
    /// In memory.
    Memory(BTreeMap<Digest<Blob>, Vec<u8>>),
    /// Somewhere else, read when they are asked for.
    Kept(Arc<dyn Kept>),
}

/// Where bytes are kept by digest.
pub trait Kept: std::fmt::Debug + Send + Sync {
    /// Returns the bytes; none if they are not here.
    fn get(&self, digest: &Digest<Blob>) -> Option<Vec<u8>>;

    /// Returns the digests of all that is here, in order.
    fn digests(&self) -> Vec<Digest<Blob>>;
}

/// What became of one item's history.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The item.
    pub subject: Subject,
    /// Which entries stand.
    pub assembly: Assembly,
    /// What is to be said of them.
    pub judgement: Judgement,
}

/// Makes the rules that the entries of an item must follow.
pub type RulesOf<'r> = dyn FnMut(&Subject) -> Box<dyn Rules> + 'r;

/// Why a history cannot be read or written.
///
/// What is merely wrong with a history is no error but a finding.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}{}: {problem}", line.map(|line| format!(" line {line}")).unwrap_or_default())]
    Content {
        /// The file.
        path: PathBuf,
        /// The line, from 1, where the file has lines.
        line: Option<usize>,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// A name in the directory is none of the layout's.
    #[error("{path}: {problem}")]
    Name {
        /// The file or directory.
        path: PathBuf,
        /// What is expected.
        problem: String,
    },
}

impl Item {
    /// Reads an item from the contents of its two files; `name` is what errors call its folder.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn parse(name: &Path, subject: &[u8], comments: impl BufRead) -> Result<Self, Error> {
        files::parse(name, subject, comments)
    }

    /// Returns the contents of its two files: of the one that names it, and of its comments.
    ///
    /// # Errors
    /// If something in it has no canonical form.
    pub fn contents(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        files::contents(self, Path::new(self.subject.key.as_str()))
    }
}

impl History {
    /// Reads a history from a directory; blobs are read later, when they are asked for.
    ///
    /// # Errors
    /// See [`enum@Error`]: a missing file, a line that is no comment, a name that leads elsewhere.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        files::load(dir)
    }

    /// Writes the history to a directory, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        files::write(self, dir)
    }

    /// Judges every item's history by its bytes, seals, keys, order, approvals and checkpoints, and
    /// by the rules that `rules_of` makes for an item; without it every entry may follow every other.
    ///
    /// Trust documents that do not form one signed line are one finding of every item: then there
    /// is nobody to trust, and nothing more can be said.
    #[must_use]
    pub fn judge(&self, mut rules_of: Option<&mut RulesOf<'_>>) -> Vec<Judged> {
        let ground = self.ground();
        let mut judged = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let mut rules = rules_of.as_mut().map(|rules_of| rules_of(&item.subject));
            let rules: &mut dyn Rules = match &mut rules {
                Some(rules) => rules.as_mut(),
                None => &mut AnyEntry,
            };
            judged.push(self.judge_one(item, &ground, rules));
        }
        judged
    }

    /// Judges one item as [`History::judge`] does, by what was verified before: for histories so
    /// large that one wants to see how it goes.
    #[must_use]
    pub fn judge_one(&self, item: &Item, ground: &Ground, rules: &mut dyn Rules) -> Judged {
        match &ground.trust {
            Ok(trust) => self.judge_item(item, trust, ground, rules),
            Err(error) => without_trust(&item.subject, error),
        }
    }

    /// Verifies what all items are judged by.
    #[must_use]
    pub fn ground(&self) -> Ground {
        Ground::of(self.trust(), &self.checkpoints)
    }

    /// Verifies the trust documents.
    ///
    /// # Errors
    /// Why they are not one line signed by the operator.
    pub fn trust(&self) -> Result<TrustSet, trust::Error> {
        let documents = self
            .trust
            .iter()
            .map(|json| Envelope::from_json(json))
            .collect::<Result<Vec<_>, _>>()?;
        TrustSet::open(&documents, &self.operator)
    }

    fn judge_item(
        &self,
        item: &Item,
        trust: &TrustSet,
        ground: &Ground,
        rules: &mut dyn Rules,
    ) -> Judged {
        let posted: Vec<Posted> = item
            .comments
            .iter()
            .map(|own| {
                let (comment, author) = (own.comment.clone(), own.author.clone());
                Posted::read(comment, author, &own.envelope, trust)
                    .marked(own.edited, own.backdated)
            })
            .collect();
        let assembly = chain::assemble(&item.subject, &posted, &[], trust, rules);
        let checkpoints = ground.checkpoints(&item.subject);
        let mut judgement =
            verify::verify(&item.subject, &assembly, trust, &checkpoints, &self.blobs);
        let unreadable = ground.unreadable().iter();
        judgement.findings.extend(
            unreadable
                .map(|detail| of_item(&item.subject, FindingKind::Checkpoint, detail.clone())),
        );
        Judged {
            subject: item.subject.clone(),
            assembly,
            judgement,
        }
    }
}

/// Tells serde to leave out what is not so.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Bytes for Blobs {
    fn bytes(&self, digest: &Digest<Record>) -> Option<Vec<u8>> {
        match self {
            Self::Dir(dir) => files::blob(dir, &digest.cast()),
            Self::Memory(blobs) => blobs.get(&digest.cast()).cloned(),
            Self::Kept(kept) => kept.get(&digest.cast()),
        }
    }
}

fn of_item(subject: &Subject, kind: FindingKind, detail: String) -> Finding {
    let place = Place {
        item: Some(subject.key.clone()),
        ..Place::default()
    };
    Finding::new(kind, place, detail)
}

fn without_trust(subject: &Subject, error: &trust::Error) -> Judged {
    let kind = match error {
        trust::Error::Format(_) => FindingKind::UnknownFormat,
        trust::Error::Envelope(_)
        | trust::Error::Payload(_)
        | trust::Error::NotSigned { .. }
        | trust::Error::NotInLine { .. }
        | trust::Error::SharedKey { .. }
        | trust::Error::SamePersona { .. }
        | trust::Error::Forgotten { .. }
        | trust::Error::Empty => FindingKind::Trust,
    };
    let finding = of_item(subject, kind, error.to_string());
    let assembly = Assembly {
        findings: vec![finding.clone()],
        ..Assembly::default()
    };
    Judged {
        subject: subject.clone(),
        assembly,
        judgement: Judgement {
            findings: vec![finding],
            counts: Counts::default(),
            tail: Tail::Unchecked,
        },
    }
}
