//! Binding the commits of a repository to the commits that were sealed.
//!
//! A commit's trailers are a hint and never believed: anybody can write them. What binds is the id
//! itself, the tree, the content of the changed files, or the patch. So a squash or rebase merge
//! keeps its link, a forged trailer gets none, and a link that was lost is said to be lost.

mod sealings;

use std::collections::BTreeMap;

use serde::Serialize;
use trail_record::body::CommitMade;
use trail_record::{Blob, CommitId, Digest, ItemKey, Record, RunId, TreeId};

use crate::story::{Fact, Story};

pub use sealings::{Sealings, patchset};

/// Files of a commit: SHA-256 of each one's new content, none for a deletion.
pub type Files = BTreeMap<String, Option<Digest<Blob>>>;

/// A commit as git tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// Its parents.
    pub parents: Vec<CommitId>,
    /// The first line of its message.
    pub subject: String,
    /// The trailers of its message's last block.
    pub trailers: Vec<(String, String)>,
    /// The files it changes against its only parent; none if they were not looked at (a merge, or
    /// too many).
    pub files: Option<Files>,
    /// Its `git patch-id --stable`; none if there is none.
    pub patch: Option<String>,
}

/// The patch ids of what was sealed, as far as the repository still has the commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patches {
    /// Of each sealed commit.
    pub commits: BTreeMap<CommitId, String>,
    /// Of each run, from its base to its newest commit.
    pub runs: BTreeMap<RunId, String>,
}

/// How a commit of the repository relates to what was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "binding")]
pub enum Binding {
    /// It is the sealed commit itself.
    Same {
        /// What was sealed.
        #[serde(flatten)]
        sealed: Sealed,
    },
    /// It is one sealed commit's change on another parent.
    Rebased {
        /// What was sealed.
        #[serde(flatten)]
        sealed: Sealed,
        /// What binds them.
        by: By,
    },
    /// It is a whole run's change in one commit.
    Squashed {
        /// The newest commit of the run.
        #[serde(flatten)]
        sealed: Sealed,
        /// What binds them.
        by: By,
    },
    /// Its trailers name Trail's work, but nothing that was sealed is what it holds: it was altered
    /// after delivery, or the trailers were copied.
    Broken {
        /// What the trailers claim.
        claims: String,
        /// What does not fit.
        why: String,
    },
    /// Nothing of it was made by Trail.
    Foreign,
}

/// A sealed commit that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sealed {
    /// The item.
    pub item: ItemKey,
    /// The run.
    pub run: RunId,
    /// The commit as it was made.
    pub commit: CommitId,
    /// The record that seals it.
    pub record: Digest<Record>,
    /// The entry that holds that record.
    pub entry: u64,
}

/// What binds a commit to a sealed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The same tree.
    Tree,
    /// The same files with the same content.
    Content,
    /// The same patch.
    Patch,
}

impl By {
    /// Says it for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tree => "the same tree",
            Self::Content => "the same content of the same files",
            Self::Patch => "the same patch",
        }
    }
}

impl Binding {
    /// Returns the sealed commit it binds to.
    #[must_use]
    pub const fn sealed(&self) -> Option<&Sealed> {
        match self {
            Self::Same { sealed }
            | Self::Rebased { sealed, .. }
            | Self::Squashed { sealed, .. } => Some(sealed),
            Self::Broken { .. } | Self::Foreign => None,
        }
    }
}

/// Where a delivered run is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whereabouts {
    /// The item.
    pub item: ItemKey,
    /// The run.
    pub run: RunId,
    /// The commit that was delivered.
    pub delivered: CommitId,
    /// Where it is.
    #[serde(flatten)]
    pub now: Now,
}

/// Where a delivered run's work is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "now")]
pub enum Now {
    /// The delivered commits themselves are there.
    Same,
    /// All its commits are there, on other parents.
    Rebased {
        /// The commits, oldest first.
        commits: Vec<CommitId>,
    },
    /// It is there as one commit.
    Squashed {
        /// That commit.
        commit: CommitId,
        /// What binds them.
        by: By,
    },
    /// Some of its commits are there, some are not.
    Partly {
        /// Those that are there, as they are now.
        commits: Vec<CommitId>,
        /// Those that are not.
        missing: Vec<CommitId>,
    },
    /// Nothing of it is there, though a commit claims to be it.
    Altered {
        /// The commits whose trailers name the run.
        claiming: Vec<CommitId>,
    },
    /// Nothing of it is there.
    Missing,
}

impl Now {
    /// Tells whether the link between the history and the repository holds.
    #[must_use]
    pub const fn holds(&self) -> bool {
        matches!(
            self,
            Self::Same | Self::Rebased { .. } | Self::Squashed { .. }
        )
    }
}

/// Finds where each delivered run is among the commits that were looked at, each with what binds it.
#[must_use]
pub fn whereabouts(bound: &[(Seen, Binding)], stories: &[Story]) -> Vec<Whereabouts> {
    let mut out = Vec::new();
    for story in stories {
        for delivery in &story.deliveries {
            out.push(Whereabouts {
                item: story.key.clone(),
                run: delivery.run.clone(),
                delivered: delivery.body.head.clone(),
                now: now(story, &delivery.run, bound),
            });
        }
    }
    out
}

fn now(story: &Story, run: &RunId, bound: &[(Seen, Binding)]) -> Now {
    let own: Vec<&Fact<CommitMade>> = story.commits.iter().filter(|own| own.run == *run).collect();
    if own
        .iter()
        .all(|own| bound.iter().any(|(seen, _)| seen.id == own.body.commit))
    {
        return Now::Same;
    }
    let squashed = bound.iter().find_map(|(seen, binding)| match binding {
        Binding::Squashed { sealed, by } if sealed.run == *run => Some((seen.id.clone(), *by)),
        _ => None,
    });
    if let Some((commit, by)) = squashed {
        return Now::Squashed { commit, by };
    }
    let (mut commits, mut missing) = (Vec::new(), Vec::new());
    for made in &own {
        let there = bound.iter().find(|(_, binding)| {
            binding
                .sealed()
                .is_some_and(|sealed| sealed.commit == made.body.commit)
        });
        match there {
            Some((seen, _)) => commits.push(seen.id.clone()),
            None => missing.push(made.body.commit.clone()),
        }
    }
    match (commits.is_empty(), missing.is_empty()) {
        (false, true) => Now::Rebased { commits },
        (false, false) => Now::Partly { commits, missing },
        (true, _) => {
            let named = |seen: &&Seen| {
                let run = run.as_str();
                seen.trailers
                    .iter()
                    .any(|(name, value)| name == "Run" && value == run)
            };
            let claiming: Vec<CommitId> = bound
                .iter()
                .map(|(seen, _)| seen)
                .filter(named)
                .map(|seen| seen.id.clone())
                .collect();
            if claiming.is_empty() {
                Now::Missing
            } else {
                Now::Altered { claiming }
            }
        }
    }
}
