//! What is staged: the files that the next commit would change, as it would hold them.

use std::path::{Path, PathBuf};

use trail_port::workspace::Error;

use super::Lookup;
use crate::git::{Git, Site};

/// The most bytes of blobs that are asked for in one call; git's answers are limited.
const AT_ONCE: u64 = 4 * 1024 * 1024;

/// A file as the next commit would hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Its path from the repository's top.
    pub path: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its bytes; none if it has more than were asked for.
    pub bytes: Option<Vec<u8>>,
}

impl Lookup {
    /// Returns the plain files that the index changes against `HEAD`, deletions left out. Files with
    /// more than `most` bytes are named without their bytes.
    ///
    /// `index` is the index that git told its hook to use, from the working copy's top; the working
    /// copy's own if none is given.
    ///
    /// # Errors
    /// [`Error::Repository`] if there is no working copy, [`Error::Failed`] if git fails.
    pub async fn staged(&self, index: Option<&Path>, most: u64) -> Result<Vec<Staged>, Error> {
        let top = self
            .top
            .clone()
            .ok_or_else(|| Error::Repository("it has no working copy".into()))?;
        // A linked working copy has an index and a HEAD of its own.
        let here = Site {
            cwd: top.clone(),
            git_dir: None,
            work_tree: None,
        };
        let index = match index {
            Some(index) => top.join(index),
            None => {
                let args = ["rev-parse", "--git-path", "index"];
                top.join(PathBuf::from(self.git.call(&here, args).text().await?))
            }
        };
        let args = ["rev-parse", "--verify", "--quiet", "HEAD"];
        let head = self.git.call(&here, args).run().await?;
        let base = if head.code == 0 {
            String::from_utf8_lossy(&head.stdout).trim().to_owned()
        } else {
            // Before the first commit everything is new.
            let args = ["hash-object", "-t", "tree", "--stdin"];
            self.git.call(&here, args).text().await?
        };
        let args = [
            "diff-index",
            "--cached",
            "--raw",
            "-z",
            "--no-renames",
            "--abbrev=64",
            "--end-of-options",
            &base,
        ];
        let call = self.git.call(&here, args).env("GIT_INDEX_FILE", &index);
        let changed = changed(&call.ok().await?);
        contents(&self.git, &here, changed, most).await
    }
}

/// Reads the raw form: for each plain file that is there afterwards its blob and its path.
fn changed(raw: &[u8]) -> Vec<(String, String)> {
    let mut fields = raw.split(|byte| *byte == 0);
    let mut out = Vec::new();
    while let (Some(meta), Some(path)) = (fields.next(), fields.next()) {
        let meta = String::from_utf8_lossy(meta);
        let mut parts = meta.trim_start_matches(':').split(' ');
        let (mode, blob) = (parts.nth(1), parts.nth(1));
        if let (Some("100644" | "100755"), Some(blob)) = (mode, blob) {
            out.push((blob.to_owned(), String::from_utf8_lossy(path).into_owned()));
        }
    }
    out
}

/// Gets the bytes of blobs, in few calls and in none more than git may print.
async fn contents(
    git: &Git,
    site: &Site,
    changed: Vec<(String, String)>,
    most: u64,
) -> Result<Vec<Staged>, Error> {
    let mut out = Vec::with_capacity(changed.len());
    let mut group: Vec<(String, u64)> = Vec::new();
    let sizes = sizes(git, site, &changed).await?;
    for ((blob, path), size) in changed.into_iter().zip(sizes) {
        out.push(Staged {
            path,
            size,
            bytes: None,
        });
        if size <= most {
            group.push((blob, size));
        } else {
            group.push((String::new(), 0));
        }
    }
    let mut from = 0;
    while from < group.len() {
        let mut to = from;
        let mut bytes = 0;
        while to < group.len() && (to == from || bytes + group[to].1 <= AT_ONCE) {
            bytes += group[to].1;
            to += 1;
        }
        fill(git, site, &group[from..to], &mut out[from..to]).await?;
        from = to;
    }
    Ok(out)
}

async fn sizes(git: &Git, site: &Site, all: &[(String, String)]) -> Result<Vec<u64>, Error> {
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let asked: String = all.iter().map(|(blob, _)| format!("{blob}\n")).collect();
    let args = ["cat-file", "--batch-check=%(objectsize)"];
    let told = git
        .call(site, args)
        .stdin(asked.into_bytes())
        .text()
        .await?;
    let sizes: Option<Vec<u64>> = told.lines().map(|own| own.parse().ok()).collect();
    sizes
        .filter(|own| own.len() == all.len())
        .ok_or_else(|| Error::Failed("git does not hold what the index names".into()))
}

/// Fills the bytes of some files in; those without a blob stay without.
async fn fill(
    git: &Git,
    site: &Site,
    group: &[(String, u64)],
    out: &mut [Staged],
) -> Result<(), Error> {
    let wanted = group.iter().filter(|(blob, _)| !blob.is_empty());
    let asked: String = wanted.map(|(blob, _)| format!("{blob}\n")).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let call = git.call(site, ["cat-file", "--batch"]);
    let all = call.stdin(asked.into_bytes()).ok().await?;
    let mut rest = all.as_slice();
    let broken = || Error::Failed("git cat-file gave what was not asked for".into());
    for ((blob, size), own) in group.iter().zip(out) {
        if blob.is_empty() {
            continue;
        }
        let end = rest.iter().position(|byte| *byte == b'\n');
        rest = &rest[end.ok_or_else(broken)? + 1..];
        let size = usize::try_from(*size).map_err(|_| broken())?;
        own.bytes = Some(rest.get(..size).ok_or_else(broken)?.to_vec());
        rest = rest.get(size + 1..).ok_or_else(broken)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn links_submodules_and_deletions_are_left_out() {
        let id = |own: &str| own.repeat(40);
        let row = |modes: &str, after: &str, kind: &str, path: &str| {
            format!(":{modes} {} {} {kind}\0{path}\0", id("a"), id(after))
        };
        let raw = [
            row("100644 100644", "b", "M", "a b\nc.py"),
            row("000000 100755", "c", "A", "new"),
            row("100644 000000", "0", "D", "gone"),
            row("000000 120000", "d", "A", "link"),
            row("000000 160000", "e", "A", "module"),
        ]
        .concat();
        assert_eq!(
            changed(raw.as_bytes()),
            [
                (id("b"), "a b\nc.py".to_owned()),
                (id("c"), "new".to_owned())
            ]
        );
        assert_eq!(changed(b""), []);
    }
}
