//! The worktree's index and commits, by git's plumbing: exact bytes in, no hook, filter or editor.
//!
//! The index lies outside the sandbox's reach. What `apply` wrote is entered there at once, so that
//! the files can be put back from it after a command, and a commit holds exactly what was applied.

use std::fmt::Write as _;
use std::fs;

use trail_port::workspace::Error;
use trail_record::{CommitId, Moment, Persona, TreeId};

use crate::checkout::{Checkout, discard, disk, trash};
use crate::git::Call;
use crate::path::RepoPath;
use crate::repository::Repository;

/// One file's new state, to be entered in the index.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: RepoPath,
    /// The contents and whether they are executable; none for a deletion.
    pub(crate) after: Option<(Vec<u8>, bool)>,
}

/// The index of one worktree.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) repository: Repository,
    pub(crate) checkout: Checkout,
}

impl Index {
    fn call(&self, args: &[&str]) -> Call {
        self.repository.git.call(&self.checkout.site(), args)
    }

    /// Makes files and index those of commit `at`, whatever they were.
    pub(crate) async fn reset(&self, at: &str) -> Result<(), Error> {
        self.call(&["read-tree", "--reset", "--end-of-options", at])
            .ok()
            .await?;
        self.repository
            .git
            .call(
                &self.checkout.site(),
                ["update-ref", "--no-deref", "HEAD", at],
            )
            .env("GIT_COMMITTER_NAME", "Trail")
            .env("GIT_COMMITTER_EMAIL", "trail@trail.invalid")
            .ok()
            .await?;
        self.restore(true).await
    }

    /// Makes the files those of the index and removes all others, ignored ones only if asked.
    pub(crate) async fn restore(&self, keep_ignored: bool) -> Result<(), Error> {
        let mended = self.checkout.mend_link(&trash(&self.repository));
        mended.map_err(|e| disk("mend", &self.checkout.path, &e))?;
        self.call(&["checkout-index", "--all", "--force", "--index", "--quiet"])
            .ok()
            .await?;
        // Twice `f`: repositories that a command made inside go as well.
        let flags = if keep_ignored { "-ffdq" } else { "-ffdxq" };
        self.call(&["clean", flags]).ok().await?;
        Ok(())
    }

    /// Returns the folders that are other repositories (submodules) and belong to nobody here.
    pub(crate) async fn submodules(&self) -> Result<Vec<String>, Error> {
        let listed = self.call(&["ls-files", "--stage", "-z"]).ok().await?;
        let mut found = Vec::new();
        for line in listed
            .split(|byte| *byte == 0)
            .filter(|line| line.starts_with(b"160000 "))
        {
            let path = line
                .splitn(2, |byte| *byte == b'\t')
                .nth(1)
                .unwrap_or_default();
            found.extend(String::from_utf8(path.to_vec()).ok());
        }
        Ok(found)
    }

    /// Enters the files in the index, deletions first.
    pub(crate) async fn enter(&self, entries: &[Entry]) -> Result<(), Error> {
        let ids = self.store(entries).await?;
        let mut lines = String::new();
        for entry in entries.iter().filter(|entry| entry.after.is_none()) {
            let none = "0".repeat(40);
            let _ = write!(lines, "0 {none}\t{}\0", entry.path.as_str());
        }
        let kept = entries
            .iter()
            .filter_map(|entry| Some((&entry.path, entry.after.as_ref()?)));
        for ((path, (_, executable)), id) in kept.zip(&ids) {
            let mode = if *executable { "100755" } else { "100644" };
            let _ = write!(lines, "{mode} {id}\t{}\0", path.as_str());
        }
        self.call(&["update-index", "-z", "--index-info"])
            .stdin(lines.into_bytes())
            .ok()
            .await?;
        // So that putting files back later does not rewrite (and rebuild) what is as it should be.
        self.call(&["update-index", "-q", "--refresh"])
            .run()
            .await?;
        Ok(())
    }

    /// Stores the new contents as blobs and returns their ids in order.
    ///
    /// They are read from a folder of our own: neither a name with odd characters nor a command
    /// that writes at the same time can put other bytes under an approved name.
    async fn store(&self, entries: &[Entry]) -> Result<Vec<String>, Error> {
        let stage = &self.checkout.stage;
        discard(stage, &trash(&self.repository)).map_err(|e| disk("empty", stage, &e))?;
        fs::create_dir_all(stage).map_err(|e| disk("make", stage, &e))?;
        let mut names = String::new();
        let mut count = 0;
        for (bytes, _) in entries.iter().filter_map(|entry| entry.after.as_ref()) {
            let file = stage.join(count.to_string());
            fs::write(&file, bytes).map_err(|e| disk("write", &file, &e))?;
            let _ = writeln!(names, "{}", file.display());
            count += 1;
        }
        let mut ids = Vec::new();
        if count > 0 {
            let call = self.call(&["hash-object", "-w", "--no-filters", "--stdin-paths"]);
            let text = call.stdin(names.into_bytes()).text().await?;
            ids.extend(text.lines().map(str::to_owned));
        }
        let _ = fs::remove_dir_all(stage);
        if ids.len() == count {
            Ok(ids)
        } else {
            Err(Error::Failed(
                "git hash-object did not answer for every file".into(),
            ))
        }
    }

    /// Commits the index on top of `parent` and moves the worktree's HEAD there.
    pub(crate) async fn commit(
        &self,
        parent: &CommitId,
        author: Persona,
        message: &str,
        at: Moment,
    ) -> Result<(CommitId, TreeId), Error> {
        if message.trim().is_empty() || message.contains('\0') {
            return Err(Error::Failed(
                "a commit message is empty or holds a NUL".into(),
            ));
        }
        let tree = self.call(&["write-tree"]).text().await?;
        let date = format!("@{} +0000", at.as_millis().div_euclid(1000));
        let email = format!("{author}@trail.invalid");
        let name = format!("Trail {author}");
        let commit = self
            .call(&["commit-tree", &tree, "-p", parent.as_str(), "-F", "-"])
            .stdin(message.as_bytes().to_vec())
            .env("GIT_AUTHOR_NAME", &name)
            .env("GIT_AUTHOR_EMAIL", &email)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", &name)
            .env("GIT_COMMITTER_EMAIL", &email)
            .env("GIT_COMMITTER_DATE", &date)
            .text()
            .await?;
        // A ref of its own keeps the commit from being collected once the worktree is gone: sealed
        // histories name it, also if a later attempt started over before it.
        let keep = format!("refs/trail/{}/{commit}", self.checkout.name);
        let moves = format!(
            "update {keep}\0{commit}\0\0option no-deref\0update HEAD\0{commit}\0{parent}\0"
        );
        self.call(&["update-ref", "--stdin", "-z", "-m", "trail: commit"])
            .stdin(moves.into_bytes())
            .env("GIT_COMMITTER_NAME", &name)
            .env("GIT_COMMITTER_EMAIL", &email)
            .ok()
            .await?;
        Ok((CommitId::new(commit), TreeId::new(tree)))
    }
}
