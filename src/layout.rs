//! Where things lie in a set-up directory.
//!
//! | path | what |
//! |---|---|
//! | `trail.toml` | configuration |
//! | `operator.pub` | the operator's public key: what all trust rests on |
//! | `trust/0001.json` … | the trust documents, each signed by the operator |
//! | `policies/` | the rules in force |
//! | `prompts/` | prompts in place of those that ship; optional |
//! | `keys/<persona>.pem`, `tokens/<persona>.token` | private keys and tracker tokens of personas |
//! | `checkpoints/` | signed checkpoints |
//! | `tracker/` | the embedded tracker's data |
//! | `workers/<persona>/` | what a worker process keeps for itself |
//! | `workers/budget/` | what the processes of this machine may still ask a tracker, by account |
//! | `refs/` | what reading commands keep of `refs/trail/*` |
//! | `worktrees/` | one git worktree per run |
//! | `replays/` | replays with an override, each in a folder of its own |
//!
//! The operator's key and humans' tokens are kept elsewhere, where workers have no business.

use std::path::{Path, PathBuf};

use trail_record::Persona;

use crate::cli::Global;
use crate::output::usage;

/// The name of the configuration file.
pub(crate) const CONFIG: &str = "trail.toml";

/// A set-up directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Names the set-up directory `root`, whether it is there or not.
    pub(crate) fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Finds the set-up directory: the one that was named, else the nearest upwards.
    pub(crate) fn find(global: &Global) -> anyhow::Result<Self> {
        if let Some(dir) = &global.dir {
            if dir.join(CONFIG).is_file() {
                return Ok(Self::at(std::path::absolute(dir)?));
            }
            return Err(usage(
                format!("{} holds no {CONFIG}", dir.display()),
                "name a set-up directory with --dir or TRAIL_DIR, or make one with `trail init`",
            ));
        }
        let here = std::env::current_dir()?;
        Self::above(&here).ok_or_else(|| {
            usage(
                format!(
                    "no set-up directory: neither {} nor a folder above it has a {CONFIG}",
                    here.display()
                ),
                "name one with --dir or TRAIL_DIR, or make one with `trail init`",
            )
        })
    }

    /// Finds the nearest set-up directory at or above `here`: a folder with a configuration, or
    /// whose sibling `<name>.trail` has one.
    pub(crate) fn above(here: &Path) -> Option<Self> {
        here.ancestors().find_map(|folder| {
            [folder.to_owned(), beside(folder)]
                .into_iter()
                .find(|root| root.join(CONFIG).is_file())
                .map(Self::at)
        })
    }

    /// Returns the directory itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the configuration file.
    pub(crate) fn config(&self) -> PathBuf {
        self.root.join(CONFIG)
    }

    /// Returns the file of the operator's public key.
    pub(crate) fn operator_public(&self) -> PathBuf {
        self.root.join("operator.pub")
    }

    /// Returns the folder of the trust documents.
    pub(crate) fn trust(&self) -> PathBuf {
        self.root.join("trust")
    }

    /// Returns the file of one trust document.
    pub(crate) fn trust_document(&self, serial: u64) -> PathBuf {
        self.trust().join(format!("{serial:04}.json"))
    }

    /// Returns the folder of the rules.
    pub(crate) fn policies(&self) -> PathBuf {
        self.root.join("policies")
    }

    /// Returns the folder of own prompts, which need not be there.
    pub(crate) fn prompts(&self) -> PathBuf {
        self.root.join("prompts")
    }

    /// Returns the folder of the personas' keys.
    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Returns the file of a persona's private key.
    pub(crate) fn key(&self, persona: Persona) -> PathBuf {
        self.keys().join(format!("{persona}.pem"))
    }

    /// Returns the folder of the personas' tracker tokens.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.root.join("tokens")
    }

    /// Returns the file of a persona's tracker token.
    pub(crate) fn token(&self, persona: Persona) -> PathBuf {
        self.tokens().join(format!("{persona}.token"))
    }

    /// Returns the folder of the checkpoints.
    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// Returns the embedded tracker's folder.
    pub(crate) fn tracker(&self) -> PathBuf {
        self.root.join("tracker")
    }

    /// Returns the folder of a worker process; a name tells several of one persona apart.
    pub(crate) fn worker(&self, persona: Persona, name: Option<&str>) -> PathBuf {
        let folder = match name {
            Some(name) => format!("{persona}-{name}"),
            None => persona.to_string(),
        };
        self.workers().join(folder)
    }

    /// Returns the folder of all worker processes.
    pub(crate) fn workers(&self) -> PathBuf {
        self.root.join("workers")
    }

    /// Returns the folder in which the processes of this machine share the accounts' requests.
    pub(crate) fn budget(&self) -> PathBuf {
        self.workers().join("budget")
    }

    /// Returns the folder of what reading commands keep of `refs/trail/*`.
    pub(crate) fn refs(&self) -> PathBuf {
        self.root.join("refs")
    }

    /// Returns the folder of the worktrees.
    pub(crate) fn worktrees(&self) -> PathBuf {
        self.root.join("worktrees")
    }

    /// Returns `path`, taken from the set-up directory if it is relative.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }
}

/// Returns the sibling of a folder that may hold its set-up: `repo.trail` beside `repo`.
pub(crate) fn beside(folder: &Path) -> PathBuf {
    match folder.file_name() {
        Some(name) => {
            let mut name = name.to_owned();
            name.push(".trail");
            folder.with_file_name(name)
        }
        None => folder.to_owned(),
    }
}

/// Returns where the operator's key of a project lies unless something else is said.
pub(crate) fn operator_key(global: &Global, project: &str) -> Option<PathBuf> {
    if let Some(path) = &global.operator_key {
        return Some(path.clone());
    }
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    let folder = project.replace([':', '/'], "-");
    Some(base.join("trail").join(folder).join("operator.pem"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_above_with_a_configuration_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Layout::above(&deep), None);
        std::fs::write(dir.path().join("a").join(CONFIG), "").unwrap();
        assert_eq!(Layout::above(&deep), Some(Layout::at(dir.path().join("a"))));
    }

    #[test]
    fn a_set_up_beside_a_repository_is_found_from_inside_it() {
        let dir = tempfile::tempdir().unwrap();
        let (repository, beside) = (dir.path().join("repo/src"), dir.path().join("repo.trail"));
        std::fs::create_dir_all(&repository).unwrap();
        std::fs::create_dir_all(&beside).unwrap();
        std::fs::write(beside.join(CONFIG), "").unwrap();
        assert_eq!(Layout::above(&repository), Some(Layout::at(beside)));
    }

    #[test]
    fn paths_lie_where_the_documentation_says() {
        let layout = Layout::at("/d");
        assert_eq!(layout.trust_document(7), Path::new("/d/trust/0007.json"));
        assert_eq!(layout.key(Persona::Coder), Path::new("/d/keys/coder.pem"));
        assert_eq!(
            layout.resolve(Path::new("../repo")),
            Path::new("/d/../repo")
        );
        assert_eq!(layout.resolve(Path::new("/repo")), Path::new("/repo"));
    }
}
