//! A repository in memory, with worktrees and a pretended test run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use trail_port::workspace::{Clash, Command, Error, Hit, Listed, Pushed, Ran};
use trail_port::{Workspace, Worktree};
use trail_record::body::FileChange;
use trail_record::{CommitId, Digest, Moment, Persona, RunId, TreeId};

type Files = BTreeMap<String, String>;

/// What the pretended test run prints for a tree, and its exit code.
pub type Tested = dyn Fn(&BTreeMap<String, String>) -> (String, i32) + Send + Sync;

#[derive(Default)]
struct Inside {
    commits: BTreeMap<CommitId, (Files, Option<CommitId>)>,
    branches: BTreeMap<String, CommitId>,
    /// Where the base branch went since.
    moved: Option<CommitId>,
    runs: u32,
}

/// A repository in memory.
#[derive(Clone)]
pub struct Repository {
    inside: Arc<Mutex<Inside>>,
    base: CommitId,
    tests: Arc<Tested>,
}

impl Repository {
    /// Makes a repository with one commit.
    pub fn new(files: &[(&str, &str)], tests: Arc<Tested>) -> Self {
        let files: Files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        let base = commit_id(&files, None, "base");
        let mut inside = Inside::default();
        inside.commits.insert(base.clone(), (files, None));
        Self {
            inside: Arc::new(Mutex::new(inside)),
            base,
            tests,
        }
    }

    /// Returns a fresh clone: the base commit alone, as another machine has it.
    ///
    /// # Panics
    /// If the base commit is gone.
    #[must_use]
    pub fn fresh(&self) -> Self {
        let base = self.lock().commits[&self.base].clone();
        let mut inside = Inside::default();
        inside.commits.insert(self.base.clone(), base);
        Self {
            inside: Arc::new(Mutex::new(inside)),
            base: self.base.clone(),
            tests: Arc::clone(&self.tests),
        }
    }

    /// Returns the published branches.
    #[must_use]
    pub fn branches(&self) -> BTreeMap<String, CommitId> {
        self.lock().branches.clone()
    }

    /// Moves the base branch to what was published as `branch`, as a merged pull request does.
    ///
    /// # Panics
    /// If there is no such branch.
    pub fn merge(&self, branch: &str) {
        let mut inside = self.lock();
        let head = inside.branches.get(branch).cloned();
        inside.moved = Some(head.unwrap_or_else(|| panic!("there is no branch {branch}")));
    }

    /// Commits files onto the base branch, past Trail.
    ///
    /// # Panics
    /// If the base commit is gone.
    pub fn commit_to_base(&self, files: &[(&str, &str)]) {
        let mut inside = self.lock();
        let parent = inside.moved.clone().unwrap_or_else(|| self.base.clone());
        let mut now = inside.commits[&parent].0.clone();
        for (path, text) in files {
            now.insert((*path).to_owned(), (*text).to_owned());
        }
        let id = commit_id(&now, Some(&parent), "past Trail");
        inside.commits.insert(id.clone(), (now, Some(parent)));
        inside.moved = Some(id);
    }

    /// Returns the files of a commit.
    #[must_use]
    pub fn files(&self, commit: &CommitId) -> Option<BTreeMap<String, String>> {
        self.lock()
            .commits
            .get(commit)
            .map(|(files, _)| files.clone())
    }

    /// Returns how often commands were run.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.lock().runs
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.inside
            .lock()
            .expect("no test leaves the repository half-changed")
    }
}

fn tree_id(files: &Files) -> TreeId {
    TreeId::new(&Digest::<()>::of(format!("{files:?}").as_bytes()).hex()[..40])
}

fn commit_id(files: &Files, parent: Option<&CommitId>, message: &str) -> CommitId {
    let text = format!("{files:?} {parent:?} {message}");
    CommitId::new(&Digest::<()>::of(text.as_bytes()).hex()[..40])
}

struct Checkout {
    repository: Repository,
    head: CommitId,
    tree: TreeId,
    files: Files,
}

#[async_trait]
impl Workspace for Repository {
    async fn base(&self) -> Result<CommitId, Error> {
        let moved = self.lock().moved.clone();
        Ok(moved.unwrap_or_else(|| self.base.clone()))
    }

    async fn open(&self, _: &RunId, at: &CommitId) -> Result<Box<dyn Worktree>, Error> {
        let files = self
            .files(at)
            .ok_or_else(|| Error::Missing { commit: at.clone() })?;
        let tree = tree_id(&files);
        Ok(Box::new(Checkout {
            repository: self.clone(),
            head: at.clone(),
            tree,
            files,
        }))
    }

    async fn publish(
        &self,
        branch: &str,
        head: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Pushed, Error> {
        let mut inside = self.lock();
        let now = inside.branches.get(branch);
        if now != expected && now != Some(head) {
            return Err(Error::Moved {
                branch: branch.to_owned(),
            });
        }
        inside.branches.insert(branch.to_owned(), head.clone());
        Ok(Pushed { remote: None })
    }

    async fn diff(&self, base: &CommitId, head: &CommitId) -> Result<String, Error> {
        Ok(format!("{base} -> {head}"))
    }

    async fn changed(&self, base: &CommitId, head: &CommitId) -> Result<Vec<String>, Error> {
        let (before, after) = (self.files(base), self.files(head));
        let (Some(before), Some(after)) = (before, after) else {
            return Ok(Vec::new());
        };
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        Ok(paths
            .into_iter()
            .filter(|path| before.get(*path) != after.get(*path))
            .cloned()
            .collect())
    }

    /// Merges whole files: one that was changed since clashes.
    async fn reverse(
        &self,
        deliveries: &[(CommitId, CommitId)],
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, Clash>, Error> {
        let files_of = |id: &CommitId| {
            self.files(id)
                .ok_or_else(|| Error::Missing { commit: id.clone() })
        };
        let before = files_of(onto)?;
        let mut now = before.clone();
        for (delivery, (base, head)) in deliveries.iter().enumerate() {
            let (base, head) = (files_of(base)?, files_of(head)?);
            let paths: BTreeSet<&String> = base.keys().chain(head.keys()).collect();
            let mut clashes = Vec::new();
            for path in paths
                .into_iter()
                .filter(|own| base.get(*own) != head.get(*own))
            {
                let (was, is) = (base.get(path), now.get(path));
                if is == was {
                    continue;
                }
                if is != head.get(path) {
                    clashes.push(path.clone());
                    continue;
                }
                match was {
                    Some(text) => now.insert(path.clone(), text.clone()),
                    None => now.remove(path),
                };
            }
            if !clashes.is_empty() {
                return Ok(Err(Clash {
                    delivery,
                    paths: clashes,
                }));
            }
        }
        let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        Ok(Ok(paths
            .into_iter()
            .filter(|path| before.get(*path) != now.get(*path))
            .map(|path| FileChange {
                path: path.clone(),
                before: before.get(path).map(|text| Digest::of(text.as_bytes())),
                after: now.get(path).cloned(),
            })
            .collect()))
    }

    async fn close(&self, _: &RunId) -> Result<(), Error> {
        Ok(())
    }
}

#[async_trait]
impl Worktree for Checkout {
    fn head(&self) -> &CommitId {
        &self.head
    }

    fn tree(&self) -> &TreeId {
        &self.tree
    }

    async fn list(&self, path: &str) -> Result<Vec<Listed>, Error> {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        Ok(self
            .files
            .iter()
            .filter(|(own, _)| {
                own.strip_prefix(&prefix)
                    .is_some_and(|rest| !rest.contains('/'))
            })
            .map(|(own, text)| Listed {
                path: own.clone(),
                folder: false,
                size: text.len() as u64,
            })
            .collect())
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.files.get(path).map(|text| text.clone().into_bytes()))
    }

    async fn search(&self, pattern: &str, _: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        let mut hits = Vec::new();
        for (path, text) in &self.files {
            for (line, own) in (1..).zip(text.lines()) {
                // Of a regular expression only its plain alternatives are looked for.
                let found = pattern.split('|').any(|plain| own.contains(plain));
                if found && hits.len() < limit {
                    hits.push(Hit {
                        path: path.clone(),
                        line,
                        text: own.to_owned(),
                    });
                }
            }
        }
        Ok(hits)
    }

    async fn apply(&mut self, files: &[FileChange]) -> Result<(), Error> {
        for file in files {
            let now = self
                .files
                .get(&file.path)
                .map(|text| Digest::of(text.as_bytes()));
            if now != file.before {
                return Err(Error::Conflict {
                    path: file.path.clone(),
                });
            }
        }
        for file in files {
            match &file.after {
                Some(text) => self.files.insert(file.path.clone(), text.clone()),
                None => self.files.remove(&file.path),
            };
        }
        Ok(())
    }

    async fn commit(
        &mut self,
        author: Persona,
        message: &str,
        at: Moment,
    ) -> Result<(CommitId, TreeId), Error> {
        let id = commit_id(
            &self.files,
            Some(&self.head),
            &format!("{author} {message} {at}"),
        );
        let parent = std::mem::replace(&mut self.head, id.clone());
        self.tree = tree_id(&self.files);
        self.repository
            .lock()
            .commits
            .insert(id.clone(), (self.files.clone(), Some(parent)));
        Ok((id, self.tree.clone()))
    }

    async fn run(&self, _: &Command) -> Result<Ran, Error> {
        self.repository.lock().runs += 1;
        let (output, exit) = (self.repository.tests)(&self.files);
        Ok(Ran {
            exit: Some(exit),
            ended: None,
            output: output.into_bytes(),
            report: None,
            took: Duration::ZERO,
            sandbox: "pretended".to_owned(),
            environment: Digest::of(b"pretended"),
        })
    }
}
