//! Computes what takes deliveries back: the reverse of each, merged into a commit by git's own merge.
//!
//! Nothing is written but loose objects that no ref holds: no worktree, index or branch is touched, so
//! an attempt that ends in a conflict leaves nothing half-done.

use trail_port::workspace::{Clash, Error};
use trail_record::body::FileChange;
use trail_record::{CommitId, Digest};

use crate::git::{Git, Site};

/// Options of the merge that must not depend on the repository's configuration.
const MERGE: [&str; 8] = [
    "-c",
    "merge.renames=true",
    "-c",
    "merge.directoryRenames=false",
    "-c",
    "merge.renameLimit=2000",
    "-c",
    "merge.conflictStyle=merge",
];

/// Most files that one reversal may change.
const FILES: usize = 5000;

/// Takes each delivery, from its first commit to its second, back from the commit `onto`, in this
/// order.
pub(crate) async fn reverse(
    git: &Git,
    site: &Site,
    deliveries: &[(String, String)],
    onto: &str,
) -> Result<Result<Vec<FileChange>, Clash>, Error> {
    let before = tree_of(git, site, onto).await?;
    let mut tree = before.clone();
    for (delivery, (base, head)) in deliveries.iter().enumerate() {
        // git merges commits and finds what they have in common itself, so it is given three that
        // stand for the trees: as if the delivery had been made from `head` back to `base`.
        let delivered = commit(git, site, &tree_of(git, site, head).await?, None).await?;
        let ours = commit(git, site, &tree, Some(&delivered)).await?;
        let reversed = tree_of(git, site, base).await?;
        let theirs = commit(git, site, &reversed, Some(&delivered)).await?;
        let mut args = MERGE.to_vec();
        args.extend([
            "merge-tree",
            "--write-tree",
            "-z",
            "--name-only",
            "--no-messages",
            &ours,
            &theirs,
        ]);
        let output = git.call(site, args).run().await?;
        let mut fields = output
            .stdout
            .split(|byte| *byte == 0)
            .map(|field| String::from_utf8_lossy(field).into_owned());
        let merged = fields.next().unwrap_or_default();
        match output.code {
            0 => tree = merged,
            1 => {
                let mut paths: Vec<String> = fields.filter(|path| !path.is_empty()).collect();
                paths.sort();
                paths.dedup();
                return Ok(Err(Clash { delivery, paths }));
            }
            _ => {
                return Err(Error::Failed(format!(
                    "git merge-tree failed (git 2.38 or newer is needed): {}",
                    output.stderr
                )));
            }
        }
    }
    changes(git, site, &before, &tree).await.map(Ok)
}

async fn tree_of(git: &Git, site: &Site, commit: &str) -> Result<String, Error> {
    let name = format!("{commit}^{{tree}}");
    let args = ["rev-parse", "--verify", "--end-of-options", &name];
    let text = git.call(site, args).text().await?;
    // `rev-parse` repeats the option before what it found.
    Ok(text.lines().last().unwrap_or_default().to_owned())
}

/// Makes a commit that no ref holds.
async fn commit(git: &Git, site: &Site, tree: &str, parent: Option<&str>) -> Result<String, Error> {
    let mut args = vec!["commit-tree", tree, "-m", "reverse"];
    args.extend(parent.into_iter().flat_map(|parent| ["-p", parent]));
    let mut call = git.call(site, args);
    for who in ["AUTHOR", "COMMITTER"] {
        call = call
            .env(&format!("GIT_{who}_NAME"), "Trail")
            .env(&format!("GIT_{who}_EMAIL"), "reverse@trail.invalid")
            .env(&format!("GIT_{who}_DATE"), "@0 +0000");
    }
    call.text().await
}

/// Returns what differs between two trees as whole new texts.
async fn changes(
    git: &Git,
    site: &Site,
    before: &str,
    after: &str,
) -> Result<Vec<FileChange>, Error> {
    let args = ["diff-tree", "-r", "-z", "--no-renames", before, after];
    let raw = git.call(site, args).ok().await?;
    let mut fields = raw.split(|byte| *byte == 0);
    let mut out = Vec::new();
    while let (Some(meta), Some(path)) = (fields.next(), fields.next()) {
        let path = std::str::from_utf8(path).map_err(|_| Error::Outside {
            path: String::from_utf8_lossy(path).into_owned(),
            why: "it is not UTF-8",
        })?;
        let meta = String::from_utf8_lossy(meta);
        let mut words = meta.trim_start_matches(':').split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (mode, new_mode, blob, new_blob) = (word(), word(), word(), word());
        plain(path, &mode, &new_mode)?;
        let old = match absent(&blob) {
            true => None,
            false => Some(bytes(git, site, &blob).await?),
        };
        let new = match absent(&new_blob) {
            true => None,
            false => {
                let bytes = bytes(git, site, &new_blob).await?;
                let text = String::from_utf8(bytes).map_err(|_| {
                    Error::Failed(format!(
                        "{path} would become a file that is not text, which a patchset cannot hold; take it back by hand"
                    ))
                })?;
                Some(text)
            }
        };
        out.push(FileChange {
            path: path.to_owned(),
            before: old.map(|bytes| Digest::of(&bytes)),
            after: new,
        });
        if out.len() > FILES {
            return Err(Error::Failed(format!(
                "more than {FILES} files would change; take it back in parts, by hand"
            )));
        }
    }
    out.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(out)
}

/// Refuses what a patchset, which holds texts, cannot say: links, submodules, and changes of modes.
fn plain(path: &str, mode: &str, new_mode: &str) -> Result<(), Error> {
    let gone = |mode: &str| mode.bytes().all(|byte| byte == b'0');
    let file = |mode: &str| gone(mode) || matches!(mode, "100644" | "100755");
    let kept = gone(new_mode) || mode == new_mode || (gone(mode) && new_mode == "100644");
    if file(mode) && file(new_mode) && kept {
        return Ok(());
    }
    Err(Error::Failed(format!(
        "{path} would go from mode {mode} to {new_mode}, which a patchset cannot hold (it is a link, a submodule or changes whether it can be run); take it back by hand"
    )))
}

fn absent(blob: &str) -> bool {
    blob.bytes().all(|byte| byte == b'0')
}

async fn bytes(git: &Git, site: &Site, blob: &str) -> Result<Vec<u8>, Error> {
    let args = ["cat-file", "blob", blob];
    git.call(site, args).ok().await
}

/// Returns the ids of deliveries as they can stand in a git command.
pub(crate) fn missing(error: Error, deliveries: &[(CommitId, CommitId)]) -> Error {
    match error {
        Error::Missing { commit } => {
            let number = deliveries
                .iter()
                .position(|(base, head)| *base == commit || *head == commit);
            Error::Failed(format!(
                "commit {commit}{} is not in this repository; fetch the branch it was delivered on (`git fetch REMOTE trail/RUN`), or the base branch it was merged into",
                if number.is_some() {
                    " of a delivery"
                } else {
                    ""
                }
            ))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn links_and_modes_that_a_patchset_cannot_hold_are_refused() {
        let zero = "000000";
        for (mode, new) in [
            ("100644", "100644"),
            ("100755", "100755"),
            (zero, "100644"),
            ("100644", zero),
            ("100755", zero),
        ] {
            assert!(plain("a", mode, new).is_ok(), "{mode} {new}");
        }
        for (mode, new) in [
            ("100644", "100755"),
            (zero, "100755"),
            (zero, "120000"),
            ("120000", zero),
            ("160000", "160000"),
        ] {
            assert!(plain("a", mode, new).is_err(), "{mode} {new}");
        }
    }
}
