//! What can be wrong with a bundle; the words are stable.

use std::fmt;

use serde::Serialize;

/// Something that is wrong with a bundle itself, besides the findings of the histories in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of thing is wrong.
    pub kind: Word,
    /// The member it is about; none if it is about the whole.
    pub member: Option<String>,
    /// What is wrong, for people.
    pub detail: String,
}

/// The kinds of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The manifest is not first, or cannot be read.
    BundleManifest,
    /// The bundle is of a format this program does not know.
    UnknownFormat,
    /// A member's name leads elsewhere, or is none that a bundle has.
    BundleName,
    /// A member is a link, a folder, a device or another thing that is no plain file.
    BundleLink,
    /// A member is an archive itself.
    BundleNested,
    /// A member's header is not the one form that bundles have.
    BundleHeader,
    /// A member is there twice.
    BundleDuplicate,
    /// The members are not in the order of their names.
    BundleOrder,
    /// A member is not in the manifest.
    BundleUnlisted,
    /// A member of the manifest is not there.
    BundleMissing,
    /// A member's size is not the manifest's, or beyond what its kind may have.
    BundleSize,
    /// A member's bytes are not the manifest's.
    BundleDigest,
    /// The bundle ends before its end.
    BundleCut,
    /// There are bytes after the end, or in a gap between members.
    BundlePadded,
    /// The history in the bundle cannot be read.
    BundleHistory,
    /// The manifest names other items or heads than the history holds.
    BundleHead,
    /// Something is called withheld that is there, or that no entry lists.
    BundleWithheld,
    /// The policy's files are not the ones the trust documents name.
    BundlePolicy,
    /// The bytes of a git object are not those its name stands for, or no object.
    GitObject,
    /// A commit or its tree is not what was sealed.
    GitTree,
    /// An attestation is not signed by a checkpoint key, or says what the history does not.
    Attestation,
}

impl Word {
    /// Returns the stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BundleManifest => "bundle-manifest",
            Self::UnknownFormat => "unknown-format",
            Self::BundleName => "bundle-name",
            Self::BundleLink => "bundle-link",
            Self::BundleNested => "bundle-nested",
            Self::BundleHeader => "bundle-header",
            Self::BundleDuplicate => "bundle-duplicate",
            Self::BundleOrder => "bundle-order",
            Self::BundleUnlisted => "bundle-unlisted",
            Self::BundleMissing => "bundle-missing",
            Self::BundleSize => "bundle-size",
            Self::BundleDigest => "bundle-digest",
            Self::BundleCut => "bundle-cut",
            Self::BundlePadded => "bundle-padded",
            Self::BundleHistory => "bundle-history",
            Self::BundleHead => "bundle-head",
            Self::BundleWithheld => "bundle-withheld",
            Self::BundlePolicy => "bundle-policy",
            Self::GitObject => "git-object",
            Self::GitTree => "git-tree",
            Self::Attestation => "attestation",
        }
    }
}

impl Problem {
    /// Makes a problem of one member.
    pub(crate) fn of(kind: Word, member: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            member: Some(member.into()),
            detail: detail.into(),
        }
    }

    /// Makes a problem of the whole.
    pub(crate) fn whole(kind: Word, detail: impl Into<String>) -> Self {
        Self {
            kind,
            member: None,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(member) = &self.member {
            write!(f, " at {member:?}")?;
        }
        write!(f, ": {}", self.detail)
    }
}
