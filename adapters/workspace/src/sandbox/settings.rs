//! What the sandbox lets a command see, and how that is found on this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;
use trail_port::workspace::{Error, Limits};
use trail_record::{Blob, Digest, canonical};

use super::Kind;
use super::bwrap::SYSTEM;
use super::home;

/// Whether and which bubblewrap is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bwrap {
    /// The one on `PATH`, if it works.
    Auto,
    /// None.
    Never,
    /// This one, if it works.
    At(PathBuf),
}

/// What the sandbox lets a command see.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// The executable that calls [`enter_if_asked`](super::enter_if_asked); by default this one.
    pub helper: PathBuf,
    /// Whether bubblewrap is used.
    pub bwrap: Bwrap,
    /// The environment of commands, besides `HOME`, `TMPDIR` and `CARGO_HOME`, which are set for
    /// each run. Nothing is inherited.
    pub environment: BTreeMap<String, String>,
    /// Files and folders outside the system's own that may be read and executed: toolchains.
    pub read_only: Vec<PathBuf>,
    /// cargo's real home, whose downloaded crates are offered read-only; never its credentials.
    pub cargo_home: Option<PathBuf>,
    /// Whether programs may talk to themselves over 127.0.0.1; only with bubblewrap, which gives
    /// each command a network of its own.
    pub loopback: bool,
    /// Whether commands may run without any sandbox where none is available. The record then
    /// says `none`.
    pub allow_unsandboxed: bool,
}

impl SandboxSettings {
    /// Returns what is found on this machine: the tools on `PATH`, rustup's and pyenv's homes.
    #[must_use]
    pub fn detect() -> Self {
        let helper = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
        Self::detect_from(helper, |name| std::env::var_os(name))
    }

    /// As [`detect`](Self::detect), from the environment that `lookup` gives.
    pub fn detect_from(helper: PathBuf, lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| {
            lookup(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = set("HOME");
        let within_home = |name: &str, folder: &str| {
            set(name)
                .or_else(|| home.as_ref().map(|home| home.join(folder)))
                .filter(|p| p.is_dir())
        };
        let cargo_home = within_home("CARGO_HOME", ".cargo");
        let rustup_home = within_home("RUSTUP_HOME", ".rustup");
        let pyenv_root = set("PYENV_ROOT").filter(|path| path.is_dir());

        let path = lookup("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let mut read_only = BTreeSet::new();
        let mut folders: Vec<String> = Vec::new();
        for folder in std::env::split_paths(&path).filter(|folder| folder.is_absolute()) {
            let Some(text) = folder.to_str().map(str::to_owned) else {
                continue;
            };
            if folders.contains(&text) || !folder.is_dir() {
                continue;
            }
            folders.push(text);
            read_only.insert(tool_folder(&folder, home.as_deref(), cargo_home.as_deref()));
        }
        let known = [rustup_home.clone(), pyenv_root.clone()];
        read_only.extend(known.into_iter().flatten());
        if let Some(cargo) = &cargo_home {
            read_only.extend(["bin", "registry", "git"].map(|part| cargo.join(part)));
            // cargo reads it as the configuration of a parent folder if worktrees lie below home,
            // and fails if it is there and unreadable.
            read_only.extend(home::public_config(cargo));
        }
        let mut environment = BTreeMap::from(
            [
                ("PATH", folders.join(":").as_str()),
                ("LANG", "C.UTF-8"),
                ("TERM", "dumb"),
                ("USER", "trail"),
                ("CARGO_NET_OFFLINE", "true"),
                ("CARGO_TERM_COLOR", "never"),
                ("CARGO_INCREMENTAL", "0"),
                ("RUSTUP_AUTO_INSTALL", "0"),
                ("PIP_NO_INDEX", "1"),
                ("PYTHONDONTWRITEBYTECODE", "1"),
                ("npm_config_offline", "true"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        for (name, path) in [("RUSTUP_HOME", rustup_home), ("PYENV_ROOT", pyenv_root)] {
            if let Some(text) = path.and_then(|path| path.to_str().map(str::to_owned)) {
                environment.insert(name.to_owned(), text);
            }
        }
        for name in ["RUSTUP_TOOLCHAIN", "PYENV_VERSION", "JAVA_HOME", "GOROOT"] {
            if let Some(text) = lookup(name).and_then(|value| value.into_string().ok()) {
                if text.starts_with('/') {
                    read_only.insert(PathBuf::from(&text));
                }
                environment.insert(name.to_owned(), text);
            }
        }
        // Only what exists and is not part of the system anyway; real paths, as rules hold for them.
        let read_only: BTreeSet<PathBuf> = read_only
            .into_iter()
            .flat_map(|path| [std::fs::canonicalize(&path).ok(), Some(path)])
            .flatten()
            .filter(|path| path.exists() && path.to_str().is_some())
            .filter(|path| !SYSTEM.iter().any(|system| path.starts_with(system)))
            .filter(|path| path.as_path() != Path::new("/") && Some(path) != home.as_ref())
            .collect();
        Self {
            helper,
            bwrap: Bwrap::Auto,
            environment,
            read_only: read_only.into_iter().collect(),
            cargo_home,
            loopback: false,
            allow_unsandboxed: false,
        }
    }

    /// Returns the bubblewrap to try.
    pub(super) fn find_bwrap(&self) -> Option<PathBuf> {
        match &self.bwrap {
            Bwrap::Never => None,
            Bwrap::At(path) => Some(path.clone()),
            Bwrap::Auto => std::env::split_paths(&std::env::var_os("PATH")?)
                .map(|folder| folder.join("bwrap"))
                .find(|path| path.is_file()),
        }
    }

    /// Returns the whole environment of a command that has its home in `scratch`.
    pub(super) fn variables(&self, scratch: &Path) -> BTreeMap<String, String> {
        let mut out = self.environment.clone();
        for (name, folder) in [("HOME", "home"), ("TMPDIR", "tmp"), ("CARGO_HOME", "cargo")] {
            out.insert(
                name.to_owned(),
                scratch.join(folder).to_string_lossy().into_owned(),
            );
        }
        out
    }

    /// Returns the digest of what besides tree and command can matter for a result.
    ///
    /// Folders that differ from run to run stand in it by name only.
    pub(super) fn digest(
        &self,
        kind: Kind,
        limits: &Limits,
        further: &[(String, String)],
    ) -> Result<Digest<Blob>, Error> {
        let mut environment = self.variables(Path::new("<scratch>"));
        environment.extend(further.iter().cloned());
        let description = json!({
            "sandbox": kind.as_str(),
            "loopback": self.loopback && kind == Kind::Bwrap,
            "environment": environment,
            "read_only": self.read_only,
            "limits": {
                "time_ms": u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX).to_string(),
                "memory": limits.memory.to_string(),
                "output": limits.output.to_string(),
                "processes": limits.processes.to_string(),
            },
        });
        canonical::to_bytes(&description)
            .map(|bytes| Digest::of(&bytes))
            .map_err(|e| Error::Failed(format!("the sandbox cannot be described: {e}")))
    }
}

/// Returns what must be readable so that programs in the `PATH` entry `folder` work.
///
/// Most tools keep what they need beside their `bin`; in a home folder that holds only where the
/// folder belongs to one tool, not for `~/bin`, `~/.local/bin` and `~/.cargo/bin`.
fn tool_folder(folder: &Path, home: Option<&Path>, cargo: Option<&Path>) -> PathBuf {
    let Some(parent) = folder.parent().filter(|_| folder.ends_with("bin")) else {
        return folder.to_owned();
    };
    let shared = Some(parent) == home
        || Some(parent) == cargo
        || parent.ends_with(".local")
        || parent.ends_with(".cargo")
        || parent.parent().is_none();
    if shared {
        folder.to_owned()
    } else {
        parent.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(home: &Path) -> SandboxSettings {
        for folder in [
            ".cargo/bin",
            ".cargo/registry",
            ".rustup",
            ".local/bin",
            "bin",
            ".nvm/v20/bin",
        ] {
            std::fs::create_dir_all(home.join(folder)).unwrap();
        }
        std::fs::write(home.join(".cargo/credentials.toml"), "token").unwrap();
        let shown = home.display();
        let path = format!(
            "{shown}/.cargo/bin:{shown}/.local/bin:{shown}/bin:{shown}/.nvm/v20/bin:.:/usr/bin"
        );
        let home = home.to_owned();
        SandboxSettings::detect_from("/helper".into(), move |name| match name {
            "HOME" => Some(home.clone().into()),
            "PATH" => Some(path.clone().into()),
            "ANTHROPIC_API_KEY" => Some("sk-secret".into()),
            _ => None,
        })
    }

    #[test]
    fn tools_are_readable_while_home_credentials_and_secrets_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let home = std::fs::canonicalize(dir.path()).unwrap();
        let found = detected(&home);
        let mut paths: Vec<_> = found
            .read_only
            .iter()
            .map(|path| {
                path.strip_prefix(&home)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        paths.sort();
        let wanted = [
            ".cargo/bin",
            ".cargo/registry",
            ".local/bin",
            ".nvm/v20",
            ".rustup",
            "bin",
        ];
        assert_eq!(paths, wanted);
        assert!(!format!("{:?}", found.environment).contains("secret"));
        assert!(
            !found.environment["PATH"]
                .split(':')
                .any(|folder| folder == ".")
        );
    }

    #[test]
    fn the_digest_depends_on_kind_limits_and_environment_but_not_on_the_place() {
        let dir = tempfile::tempdir().unwrap();
        let one = detected(dir.path());
        let limits = Limits::default();
        let digest = one.digest(Kind::Landlock, &limits, &[]).unwrap();
        assert_eq!(digest, one.digest(Kind::Landlock, &limits, &[]).unwrap());
        assert_ne!(digest, one.digest(Kind::Bwrap, &limits, &[]).unwrap());
        let less = Limits {
            memory: 1 << 20,
            ..limits
        };
        assert_ne!(digest, one.digest(Kind::Landlock, &less, &[]).unwrap());
        let mut other = one.clone();
        other.environment.insert("X".into(), "1".into());
        let set = other.digest(Kind::Landlock, &limits, &[]).unwrap();
        assert_ne!(digest, set);
        let further = [("X".to_owned(), "1".to_owned())];
        assert_eq!(
            set,
            one.digest(Kind::Landlock, &limits, &further).unwrap(),
            "it makes no difference who set a variable"
        );
    }
}
