//! The manifest: what a bundle holds, and what it leaves out.

use serde::{Deserialize, Serialize};
use trail_record::{Blob, Digest, Entry, ItemId, ItemKey, KeyId, Moment, ProjectId, moment};

/// The version of the bundle format this crate writes and reads.
///
/// Changelog:
/// - 0: first format; may still change until the first release.
pub const FORMAT: u32 = 0;

/// The name of the manifest, the first member of every bundle.
pub const NAME: &str = "MANIFEST.json";

/// What a bundle holds. It is signed by nobody: what counts in the members is signed itself, or named
/// by what is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the bundle format.
    pub format: u32,
    /// When the bundle was made, by its maker's clock.
    #[serde(deserialize_with = "moment::stored")]
    pub made_at: Moment,
    /// The program that made it, with its version.
    pub made_by: String,
    /// The project.
    pub project: ProjectId,
    /// The items, in the order of their folders.
    pub items: Vec<Held>,
    /// The members after this one, ordered by the bytes of their names.
    pub members: Vec<Member>,
    /// What is left out on purpose.
    pub withheld: Vec<Withheld>,
    /// The key that signed the attestations; none if the bundle has none.
    pub attested_by: Option<KeyId>,
    /// What the maker could not put in, for people.
    pub notes: Vec<String>,
}

/// An item in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The item.
    pub item: ItemId,
    /// Its key.
    pub key: ItemKey,
    /// How many entries of it stand.
    pub entries: u64,
    /// The last of them; none if there is none.
    pub head: Option<Digest<Entry>>,
}

/// A member of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The number of its bytes.
    pub size: u64,
    /// Their digest.
    pub sha256: Digest<Blob>,
}

/// A record whose bytes are left out on purpose; its digest stays in the entry that lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The digest of its bytes.
    pub digest: Digest<Blob>,
    /// Why, for people; not empty.
    pub reason: String,
}
