//! Looks things up in a repository for people who ask: which commit wrote a line, what a commit holds.
//! It reads, and makes no worktree.

mod staged;

mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trail_port::workspace::Error;
use trail_record::{Blob, CommitId, Digest, TreeId};

use crate::git::{Git, Site, hostile};
use crate::repository::{discover, object_id, toplevel};

pub use staged::Staged;

/// Most files of a commit that are looked at.
const FILES: usize = 2000;

/// A repository that is only read.
#[derive(Debug, Clone)]
pub struct Lookup {
    git: Git,
    site: Site,
    top: Option<PathBuf>,
}

/// A line, and the commit that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blamed {
    /// The commit; none if the line is not committed yet.
    pub commit: Option<CommitId>,
    /// What the file was called in that commit.
    pub path: String,
    /// The line's number in that commit, from 1.
    pub line: u32,
    /// The line's text.
    pub text: String,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// Its parents.
    pub parents: Vec<CommitId>,
    /// The first line of its message.
    pub subject: String,
    /// The trailers of the last block of its message, in order.
    pub trailers: Vec<(String, String)>,
}

/// The files a commit changes: SHA-256 of each one's new content, none for a deletion.
pub type Changed = BTreeMap<String, Option<Digest<Blob>>>;

impl Lookup {
    /// Opens the repository that `path` is in.
    ///
    /// # Errors
    /// [`Error::Repository`] if there is none.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        let shown = path.display();
        let path = std::fs::canonicalize(path)
            .map_err(|e| Error::Repository(format!("{shown} cannot be opened: {e}")))?;
        let git = Git::new();
        let there = Site {
            cwd: path,
            git_dir: None,
            work_tree: None,
        };
        let common = discover(&git, &there).await?;
        let top = toplevel(&git, &there).await?;
        let site = Site {
            cwd: top.clone().unwrap_or_else(|| common.clone()),
            git_dir: Some(common),
            work_tree: None,
        };
        let overrides = hostile::overrides(&git, &site, None).await?;
        let empty = git
            .call(&site, ["hash-object", "-t", "tree", "--stdin"])
            .text()
            .await?;
        let git = git.with_overrides(overrides).with_attributes(empty);
        Ok(Self { git, site, top })
    }

    /// Returns the top of the working copy, if the repository has one.
    #[must_use]
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// Returns the commit a revision names.
    ///
    /// # Errors
    /// [`Error::Failed`] if it names none.
    pub async fn resolve(&self, revision: &str) -> Result<CommitId, Error> {
        let name = format!("{revision}^{{commit}}");
        let args = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ];
        let output = self.git.call(&self.site, args).run().await?;
        if output.code == 0 && !revision.starts_with('-') {
            Ok(CommitId::new(
                String::from_utf8_lossy(&output.stdout).trim(),
            ))
        } else {
            Err(Error::Failed(format!("{revision:?} names no commit here")))
        }
    }

    /// Finds the commit that wrote a line, through renames and moves: in the working copy as it is, or
    /// in a commit.
    ///
    /// # Errors
    /// [`Error::Failed`] saying whether the file or the line is not there.
    pub async fn blame(
        &self,
        path: &str,
        line: u32,
        at: Option<&CommitId>,
    ) -> Result<Blamed, Error> {
        let range = format!("{line},{line}");
        let mut args = vec![
            "-c".to_owned(),
            // A file of revisions to ignore would hide who wrote a line.
            "blame.ignoreRevsFile=".to_owned(),
            "blame".to_owned(),
            "--porcelain".to_owned(),
            "-M".to_owned(),
            "-C".to_owned(),
            "-L".to_owned(),
            range,
        ];
        let mut site = self.site.clone();
        match (at, &self.top) {
            (Some(at), _) => args.push(object_id(at.as_str())?.to_owned()),
            (None, Some(top)) => site.work_tree = Some(top.clone()),
            (None, None) => args.push("HEAD".to_owned()),
        }
        args.extend(["--".to_owned(), path.to_owned()]);
        let output = self.git.call(&site, &args).run().await?;
        if output.code != 0 {
            return Err(Error::Failed(format!("{path}:{line}: {}", output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        parsed(&text)
            .ok_or_else(|| Error::Failed(format!("git's answer for {path}:{line} cannot be read")))
    }

    /// Returns a commit.
    ///
    /// # Errors
    /// [`Error::Missing`] if it is not here.
    pub async fn commit(&self, id: &CommitId) -> Result<Commit, Error> {
        let own = object_id(id.as_str())?;
        let args = [
            "show",
            "--no-patch",
            "--no-show-signature",
            "--format=%T%n%P%n%s%n%(trailers:only=true,unfold=true)",
            "--end-of-options",
            own,
        ];
        let output = self.git.call(&self.site, args).run().await?;
        if output.code != 0 {
            return Err(Error::Missing { commit: id.clone() });
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines();
        let mut next = || lines.next().unwrap_or_default().to_owned();
        let (tree, parents, subject) = (next(), next(), next());
        Ok(Commit {
            id: id.clone(),
            tree: TreeId::new(tree),
            parents: parents.split_whitespace().map(CommitId::new).collect(),
            subject,
            trailers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    /// Returns the commits a revision or range names, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Failed`] if it names none.
    pub async fn range(&self, range: &str, limit: usize) -> Result<Vec<CommitId>, Error> {
        if range.starts_with('-') {
            return Err(Error::Failed(format!("{range:?} names no commits here")));
        }
        let limit = format!("--max-count={limit}");
        let args = ["rev-list", &limit, "--end-of-options", range];
        let output = self.git.call(&self.site, args).run().await?;
        if output.code != 0 {
            return Err(Error::Failed(format!("{range:?} names no commits here")));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().map(CommitId::new).collect())
    }

    /// Returns the files a commit changes against its only parent; none for a merge, or if there are
    /// too many to look at.
    ///
    /// # Errors
    /// If git fails.
    pub async fn files(&self, commit: &Commit) -> Result<Option<Changed>, Error> {
        if commit.parents.len() > 1 {
            return Ok(None);
        }
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "--root",
            "--no-commit-id",
            "--no-renames",
            "--end-of-options",
            commit.id.as_str(),
        ];
        let raw = self.git.call(&self.site, args).ok().await?;
        let mut fields = raw.split(|byte| *byte == 0);
        let mut blobs: Vec<(String, Option<String>)> = Vec::new();
        while let (Some(meta), Some(path)) = (fields.next(), fields.next()) {
            let meta = String::from_utf8_lossy(meta);
            let (Some(blob), Ok(path)) = (meta.split(' ').nth(3), std::str::from_utf8(path)) else {
                return Ok(None);
            };
            let gone = blob.bytes().all(|byte| byte == b'0');
            blobs.push((path.to_owned(), (!gone).then(|| blob.to_owned())));
        }
        if blobs.len() > FILES {
            return Ok(None);
        }
        let wanted: Vec<&str> = blobs
            .iter()
            .filter_map(|(_, blob)| blob.as_deref())
            .collect();
        let mut digests = self.digests(&wanted).await?.into_iter();
        let mut out = Changed::new();
        for (path, blob) in blobs {
            let digest = match blob {
                Some(_) => match digests.next() {
                    Some(Some(digest)) => Some(digest),
                    _ => return Ok(None),
                },
                None => None,
            };
            out.insert(path, digest);
        }
        Ok(Some(out))
    }

    /// Returns the SHA-256 of the content of blobs; none for what is no blob.
    async fn digests(&self, blobs: &[&str]) -> Result<Vec<Option<Digest<Blob>>>, Error> {
        if blobs.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = blobs.join("\n").into_bytes();
        asked.push(b'\n');
        let call = self.git.call(&self.site, ["cat-file", "--batch"]);
        let bytes = call.stdin(asked).ok().await?;
        let (mut out, mut rest) = (Vec::new(), bytes.as_slice());
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest = &rest[end + 1..];
            let size = head
                .rsplit(' ')
                .next()
                .and_then(|size| size.parse::<usize>().ok());
            match size {
                Some(size) if rest.len() > size => {
                    let blob = head.split(' ').nth(1) == Some("blob");
                    out.push(blob.then(|| Digest::of(&rest[..size])));
                    rest = &rest[size + 1..];
                }
                _ => out.push(None),
            }
        }
        Ok(out)
    }

    /// Returns the kind and content of an object; none if it is not here.
    ///
    /// # Errors
    /// If git cannot be run, or prints what it should not.
    pub async fn object(&self, name: &str) -> Result<Option<(String, Vec<u8>)>, Error> {
        let mut asked = object_id(name)?.as_bytes().to_vec();
        asked.push(b'\n');
        let call = self.git.call(&self.site, ["cat-file", "--batch"]);
        let bytes = call.stdin(asked).ok().await?;
        let odd = || Error::Failed(format!("git told nothing that can be read of {name}"));
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(odd)?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let words: Vec<&str> = head.split(' ').collect();
        let [_, kind, size] = words[..] else {
            return Ok(None);
        };
        let size: usize = size.parse().map_err(|_| odd())?;
        let content = bytes.get(end + 1..end + 1 + size).ok_or_else(odd)?;
        Ok(Some((kind.to_owned(), content.to_vec())))
    }

    /// Writes the files of a ref's tree below `into`, as `git clone` of it would check them out, but
    /// with links written as plain files, so that nothing read there leads elsewhere.
    ///
    /// # Errors
    /// [`Error::Failed`] if there is no such ref, or git cannot write.
    pub async fn export(&self, reference: &str, into: &Path) -> Result<(), Error> {
        let commit = self.resolve(reference).await?;
        let index = into.join(".index");
        let call = self
            .git
            .call(&self.site, ["read-tree", object_id(commit.as_str())?]);
        call.env("GIT_INDEX_FILE", &index).ok().await?;
        let mut prefix = std::ffi::OsString::from("--prefix=");
        prefix.push(into);
        prefix.push("/");
        let args: [&std::ffi::OsStr; 6] = [
            "-c".as_ref(),
            "core.symlinks=false".as_ref(),
            "checkout-index".as_ref(),
            "--all".as_ref(),
            "--quiet".as_ref(),
            &prefix,
        ];
        let site = Site {
            work_tree: Some(into.to_owned()),
            ..self.site.clone()
        };
        let call = self.git.call(&site, args);
        call.env("GIT_INDEX_FILE", &index).ok().await?;
        std::fs::remove_file(&index).map_err(|e| Error::Failed(format!("{}: {e}", index.display())))
    }

    /// Returns `git patch-id --stable` of the change between two commits; none if nothing changed or
    /// one of them is not here.
    ///
    /// # Errors
    /// If git cannot be run.
    pub async fn patch(&self, from: &CommitId, to: &CommitId) -> Result<Option<String>, Error> {
        let (from, to) = (object_id(from.as_str())?, object_id(to.as_str())?);
        let args = [
            "diff-tree",
            "-r",
            "-p",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            "--end-of-options",
            from,
            to,
        ];
        let diff = self.git.call(&self.site, args).run().await?;
        if diff.code != 0 || diff.stdout.is_empty() {
            return Ok(None);
        }
        let call = self.git.call(&self.site, ["patch-id", "--stable"]);
        let text = call.stdin(diff.stdout).text().await?;
        Ok(text.split_whitespace().next().map(str::to_owned))
    }
}

/// Reads the porcelain form of one blamed line.
fn parsed(text: &str) -> Option<Blamed> {
    let mut lines = text.lines();
    let mut head = lines.next()?.split(' ');
    let (commit, line) = (head.next()?, head.next()?.parse().ok()?);
    let (mut path, mut text) = (None, None);
    for line in lines {
        if let Some(own) = line.strip_prefix('\t') {
            text = Some(own.to_owned());
        } else if let Some(own) = line.strip_prefix("filename ") {
            path = Some(own.to_owned());
        }
    }
    let gone = commit.bytes().all(|byte| byte == b'0');
    Some(Blamed {
        commit: (!gone).then(|| CommitId::new(commit)),
        path: path?,
        line,
        text: text?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn porcelain_is_read() {
        let id = "a".repeat(40);
        let text = format!(
            "{id} 7 9 1\nauthor A\nsummary s\nprevious x\nfilename old name.rs\n\tlet x = 1;\n"
        );
        assert_eq!(
            parsed(&text),
            Some(Blamed {
                commit: Some(CommitId::new(id)),
                path: "old name.rs".into(),
                line: 7,
                text: "let x = 1;".into()
            })
        );
        let none = format!("{} 1 1 1\nfilename f\n\t\n", "0".repeat(40));
        assert_eq!(parsed(&none).and_then(|own| own.commit), None);
        assert_eq!(parsed(""), None);
    }
}
