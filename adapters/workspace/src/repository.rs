//! What the repository must be before work starts in it, with an error that says what to do.

use std::path::{Path, PathBuf};

use trail_port::workspace::Error;
use trail_record::CommitId;

use crate::git::{Git, Site, attributes, hostile, without_credentials};
use crate::settings::Settings;

/// A repository that was found fit to work in.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    /// git with this repository's configuration neutralised.
    pub(crate) git: Git,
    /// The repository itself: refs and objects, no working tree.
    pub(crate) site: Site,
    /// The common git directory, as real path.
    pub(crate) common: PathBuf,
    /// The base branch.
    pub(crate) base: String,
    /// The remote and its URL without credentials.
    pub(crate) remote: Option<(String, String)>,
    /// The folder for worktrees, as real path.
    pub(crate) root: PathBuf,
    /// What a person should know, though it does not stop the work.
    pub(crate) warnings: Vec<String>,
}

impl Repository {
    /// Looks at the repository the settings name.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Error> {
        let shown = settings.repository.display();
        let path = std::fs::canonicalize(&settings.repository)
            .map_err(|e| refused(format!("{shown} cannot be opened: {e}")))?;
        let git = Git::new();
        let there = Site {
            cwd: path.clone(),
            git_dir: None,
            work_tree: None,
        };
        let common = discover(&git, &there).await?;
        let top = toplevel(&git, &there).await?;
        let cwd = top.clone().unwrap_or_else(|| common.clone());
        let site = Site {
            cwd,
            git_dir: Some(common.clone()),
            work_tree: None,
        };

        let remote = match &settings.remote {
            Some(name) => Some((name.clone(), remote(&git, &site, name).await?)),
            None => None,
        };
        let overrides = hostile::overrides(&git, &site, settings.remote.as_deref()).await?;
        let empty = git
            .call(&site, ["hash-object", "-t", "tree", "--stdin"])
            .text()
            .await?;
        let git = git.with_overrides(overrides).with_attributes(empty);

        let base = base(&git, &site, settings.base.as_deref()).await?;
        attributes::check(&git, &site, &format!("refs/heads/{base}")).await?;
        let root = root(&settings.root, &common, top.as_deref())?;
        let mut warnings = Vec::new();
        if let Some(top) = &top {
            warnings.extend(dirt(&git, &common, top).await?);
        }
        let shallow = git
            .call(&site, ["rev-parse", "--is-shallow-repository"])
            .text()
            .await?;
        if shallow == "true" {
            warnings.push(
                "the repository is a shallow clone: history before its boundary cannot be read"
                    .into(),
            );
        }
        Ok(Self {
            git,
            site,
            common,
            base,
            remote,
            root,
            warnings,
        })
    }

    /// Returns the commit `branch` is at, or none if there is no such local branch.
    pub(crate) async fn branch(&self, branch: &str) -> Result<Option<CommitId>, Error> {
        resolve(
            &self.git,
            &self.site,
            &format!("refs/heads/{branch}^{{commit}}"),
        )
        .await
    }

    /// Returns the commit a ref that was fetched is at.
    pub(crate) async fn fetched(&self, name: &str) -> Result<Option<CommitId>, Error> {
        resolve(&self.git, &self.site, &format!("{name}^{{commit}}")).await
    }

    /// Returns the id as one that can stand in a git command, if it names a commit here.
    pub(crate) async fn commit(&self, id: &CommitId) -> Result<String, Error> {
        let text = object_id(id.as_str())?;
        match resolve(&self.git, &self.site, &format!("{text}^{{commit}}")).await? {
            Some(found) if found == *id => Ok(text.to_owned()),
            _ => Err(Error::Missing { commit: id.clone() }),
        }
    }
}

/// Returns `text` if it is a whole object id in hexadecimal; anything else never reaches git.
pub(crate) fn object_id(text: &str) -> Result<&str, Error> {
    let hex = text
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if hex && matches!(text.len(), 40 | 64) {
        Ok(text)
    } else {
        Err(Error::Failed(format!("not a git object id: {text:?}")))
    }
}

fn refused(text: String) -> Error {
    Error::Repository(text)
}

/// Returns the real path of the common git directory.
pub(crate) async fn discover(git: &Git, there: &Site) -> Result<PathBuf, Error> {
    let args = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
    let output = git.call(there, args).run().await?;
    let shown = there.cwd.display();
    if output.code != 0 {
        return Err(refused(if output.stderr.contains("dubious ownership") {
            format!("{shown} belongs to another user; run Trail as its owner, or clone it")
        } else if output.stderr.contains("not a git repository") {
            format!("{shown} is not inside a git repository; run `git init` there or name another")
        } else {
            format!("git cannot open {shown}: {}", output.stderr)
        }));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| {
        refused(format!(
            "the path of the repository at {shown} is not UTF-8"
        ))
    })?;
    std::fs::canonicalize(text.trim_end_matches('\n')).map_err(|e| {
        refused(format!(
            "the git directory of {shown} cannot be opened: {e}"
        ))
    })
}

/// Returns the top of the checkout, or none if the repository is bare.
pub(crate) async fn toplevel(git: &Git, there: &Site) -> Result<Option<PathBuf>, Error> {
    let args = ["rev-parse", "--path-format=absolute", "--show-toplevel"];
    let output = git.call(there, args).run().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok((output.code == 0).then(|| PathBuf::from(text.trim_end_matches('\n'))))
}

async fn resolve(git: &Git, site: &Site, name: &str) -> Result<Option<CommitId>, Error> {
    let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
    let output = git.call(site, args).run().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok((output.code == 0).then(|| CommitId::new(text.trim())))
}

/// Returns the base branch after checking that it exists.
async fn base(git: &Git, site: &Site, asked: Option<&str>) -> Result<String, Error> {
    let listed = git.call(site, ["for-each-ref", "--format=%(refname)", "refs/heads/"]);
    let listed = listed.text().await?;
    let branches: Vec<&str> = listed
        .lines()
        .filter_map(|name| name.strip_prefix("refs/heads/"))
        .collect();
    if branches.is_empty() {
        return Err(refused(
            "it has no commits yet; make a first commit on the base branch".into(),
        ));
    }
    let shown = shown(&branches);
    let base = if let Some(asked) = asked {
        asked.to_owned()
    } else {
        let head = git
            .call(site, ["symbolic-ref", "--quiet", "HEAD"])
            .run()
            .await?;
        let head = String::from_utf8_lossy(&head.stdout).trim().to_owned();
        let Some(branch) = head.strip_prefix("refs/heads/") else {
            return Err(refused(format!(
                "HEAD is on no branch; name the base branch in the settings (there are: {shown})"
            )));
        };
        branch.to_owned()
    };
    if branches.contains(&base.as_str()) {
        Ok(base)
    } else {
        Err(refused(format!(
            "it has no branch {base:?}; name another base (there are: {shown})"
        )))
    }
}

/// Returns the branch names for a message, at most twenty.
fn shown(branches: &[&str]) -> String {
    let mut shown = branches
        .iter()
        .take(20)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if branches.len() > 20 {
        shown.push_str(", ...");
    }
    shown
}

/// Returns the URL of the remote, without credentials.
async fn remote(git: &Git, site: &Site, name: &str) -> Result<String, Error> {
    let args = [
        "remote",
        "get-url",
        "--push",
        "--all",
        "--end-of-options",
        name,
    ];
    let output = git.call(site, args).run().await?;
    if output.code != 0 {
        let remotes = git.call(site, ["remote"]).text().await?.replace('\n', ", ");
        let remotes = if remotes.is_empty() {
            "none".to_owned()
        } else {
            remotes
        };
        return Err(refused(format!(
            "it has no remote {name:?} (there are: {remotes})"
        )));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut urls = text.lines();
    match (urls.next(), urls.next()) {
        (Some(url), None) => Ok(without_credentials(url)),
        _ => Err(refused(format!(
            "remote {name} pushes to several URLs; a branch could end up on some of them only; \
             name a remote with one"
        ))),
    }
}

/// Makes the folder for worktrees and returns its real path.
fn root(asked: &Path, common: &Path, top: Option<&Path>) -> Result<PathBuf, Error> {
    use std::os::unix::fs::DirBuilderExt;
    let shown = asked.display();
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(asked);
    made.map_err(|e| refused(format!("the worktree folder {shown} cannot be made: {e}")))?;
    let root = std::fs::canonicalize(asked)
        .map_err(|e| refused(format!("the worktree folder {shown} cannot be opened: {e}")))?;
    if root.to_str().is_none() {
        return Err(refused(format!(
            "the path of the worktree folder {shown} is not UTF-8"
        )));
    }
    let inside = |outer: &Path| root.starts_with(outer);
    if inside(common) || top.is_some_and(inside) {
        return Err(refused(format!(
            "the worktree folder {shown} is inside the repository; name one outside its checkout"
        )));
    }
    if common.starts_with(&root) {
        return Err(refused(format!(
            "the worktree folder {shown} holds the repository itself; name an empty folder"
        )));
    }
    Ok(root)
}

/// Returns a warning if the user's checkout has uncommitted changes.
async fn dirt(git: &Git, common: &Path, top: &Path) -> Result<Option<String>, Error> {
    // A linked worktree of the user has its git directory elsewhere; only the main one is looked at.
    if common.parent() != Some(top) {
        return Ok(None);
    }
    let site = Site {
        cwd: top.to_owned(),
        git_dir: Some(common.to_owned()),
        work_tree: Some(top.to_owned()),
    };
    let args = [
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=no",
        "--ignore-submodules=all",
    ];
    let output = git.call(&site, args).ok().await?;
    let count = output
        .split(|byte| *byte == 0)
        .filter(|entry| !entry.is_empty())
        .count();
    Ok((count > 0).then(|| {
        format!(
            "the checkout at {} has {count} uncommitted changes; Trail works from the committed base \
             branch and neither sees nor touches them",
            top.display()
        )
    }))
}
