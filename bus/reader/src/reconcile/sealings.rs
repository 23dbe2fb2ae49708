//! What was sealed of commits, laid out so that a commit of the repository is found among it.

use std::collections::{BTreeMap, BTreeSet};

use trail_record::body::{CommitMade, Patchset};
use trail_record::{Digest, ItemKey, RunId, TreeId};

use super::{Binding, By, Files, Patches, Sealed, Seen};
use crate::story::{Fact, Story};

/// The sealed commits of some items.
#[derive(Debug, Clone, Default)]
pub struct Sealings {
    items: BTreeSet<ItemKey>,
    /// Newest first: an identical change may have been made again by a later run.
    made: Vec<Made>,
}

/// A sealed commit.
#[derive(Debug, Clone)]
struct Made {
    sealed: Sealed,
    tree: TreeId,
    own: Change,
    /// What its whole run changed, if it is the run's newest commit.
    run: Option<Change>,
}

/// What a commit, or several together, changed.
#[derive(Debug, Clone, Default)]
struct Change {
    files: Option<Files>,
    patch: Option<String>,
}

impl Change {
    fn is(&self, seen: &Seen, by: By) -> bool {
        match by {
            By::Content => self.files.is_some() && self.files == seen.files,
            By::Patch => self.patch.is_some() && self.patch == seen.patch,
            By::Tree => false,
        }
    }
}

impl Sealings {
    /// Gathers the sealed commits of these stories.
    #[must_use]
    pub fn of(stories: &[Story]) -> Self {
        let mut made = Vec::new();
        for story in stories {
            for commit in &story.commits {
                let newest = newest(story, &commit.run);
                let last = newest.is_some_and(|own| own.digest == commit.digest);
                made.push(Made {
                    sealed: sealed(story, commit),
                    tree: commit.body.tree.clone(),
                    own: Change {
                        files: patchset(story, commit).map(after),
                        patch: None,
                    },
                    run: last.then(|| Change {
                        files: run_files(story, &commit.run),
                        patch: None,
                    }),
                });
            }
        }
        made.reverse();
        Self {
            items: stories.iter().map(|story| story.key.clone()).collect(),
            made,
        }
    }

    /// Adds the patch ids of the commits that the repository still has.
    #[must_use]
    pub fn with(mut self, patches: &Patches) -> Self {
        for made in &mut self.made {
            made.own.patch = patches.commits.get(&made.sealed.commit).cloned();
            if let Some(run) = &mut made.run {
                run.patch = patches.runs.get(&made.sealed.run).cloned();
            }
        }
        self
    }

    /// Finds what a commit of the repository was sealed as.
    #[must_use]
    pub fn bind(&self, seen: &Seen) -> Binding {
        if let Some(own) = self.made.iter().find(|own| own.sealed.commit == seen.id) {
            return Binding::Same {
                sealed: own.sealed.clone(),
            };
        }
        for by in [By::Content, By::Patch] {
            if let Some(own) = self.made.iter().find(|made| made.own.is(seen, by)) {
                return Binding::Rebased {
                    sealed: own.sealed.clone(),
                    by,
                };
            }
            let whole = |made: &&Made| made.run.as_ref().is_some_and(|run| run.is(seen, by));
            if let Some(own) = self.made.iter().find(whole) {
                return Binding::Squashed {
                    sealed: own.sealed.clone(),
                    by,
                };
            }
        }
        // A tree says what came out, not by how many steps: the newest commit's is the whole run's.
        if let Some(own) = self.made.iter().find(|made| made.tree == seen.tree) {
            let (sealed, by) = (own.sealed.clone(), By::Tree);
            return match own.run {
                Some(_) => Binding::Squashed { sealed, by },
                None => Binding::Rebased { sealed, by },
            };
        }
        self.unbound(&seen.trailers)
    }

    /// Tells a commit with trailers like ours from one of somebody else.
    fn unbound(&self, trailers: &[(String, String)]) -> Binding {
        // A team may have its own `Work-Item` trailer; one of ours names an entry or a run.
        let ours = |name: &str| matches!(name, "Entry" | "Run");
        if !trailers.iter().any(|(name, _)| ours(name)) {
            return Binding::Foreign;
        }
        let own = |name: &str| ours(name) || name == "Work-Item";
        let claims: Vec<String> = trailers
            .iter()
            .filter(|(name, _)| own(name))
            .map(|(name, value)| format!("{name}: {}", trail_item::quote::visible(value)))
            .collect();
        let known = trailers
            .iter()
            .any(|(name, value)| name == "Work-Item" && self.knows(value));
        let why = if known {
            "no sealed commit of that item has this tree, this content or this patch: it was altered after delivery, or the trailers were copied"
        } else {
            "that item's history is not among those that were read"
        };
        Binding::Broken {
            claims: claims.join(", "),
            why: why.to_owned(),
        }
    }

    fn knows(&self, key: &str) -> bool {
        self.items.iter().any(|own| own.as_str() == key)
    }
}

fn sealed(story: &Story, own: &Fact<CommitMade>) -> Sealed {
    Sealed {
        item: story.key.clone(),
        run: own.run.clone(),
        commit: own.body.commit.clone(),
        record: own.digest,
        entry: own.entry,
    }
}

/// Returns the patchset a sealed commit applies.
#[must_use]
pub fn patchset<'s>(story: &'s Story, commit: &Fact<CommitMade>) -> Option<&'s Fact<Patchset>> {
    story
        .patchsets
        .iter()
        .find(|own| commit.inputs.contains(&own.digest))
}

fn newest<'s>(story: &'s Story, run: &RunId) -> Option<&'s Fact<CommitMade>> {
    story.commits.iter().rev().find(|own| own.run == *run)
}

/// Returns the files of a patchset with the digests of their new content.
fn after(patchset: &Fact<Patchset>) -> Files {
    patchset
        .body
        .files
        .iter()
        .map(|file| {
            let after = file.after.as_ref().map(|text| Digest::of(text.as_bytes()));
            (file.path.clone(), after)
        })
        .collect()
}

/// Returns the files a run changed in all, without those that came out as they had been.
fn run_files(story: &Story, run: &RunId) -> Option<Files> {
    let (mut files, mut before) = (Files::new(), BTreeMap::new());
    for commit in story.commits.iter().filter(|own| own.run == *run) {
        let patchset = patchset(story, commit)?;
        for file in &patchset.body.files {
            before.entry(file.path.clone()).or_insert(file.before);
        }
        files.extend(after(patchset));
    }
    files.retain(|path, after| before.get(path) != Some(after));
    Some(files)
}
