//! Runs commands without network, home or secrets, within limits.
//!
//! ```text
//! trail ── supervise ──[ bwrap ]── confine ──exec──> the command
//! ```
//!
//! Both helper stages are the same executable, started again with [`ENTRY`] as first argument.
//! *supervise* stays outside, counts, and ends every process of the command, also those that left
//! the process group; it ends them too if its own parent dies. *confine* takes rights from itself
//! (resource limits, capabilities, Landlock, seccomp) and becomes the command.
//!
//! What is enforced, by kind:
//!
//! | | `bwrap+landlock+seccomp` | `landlock+seccomp` |
//! |---|---|---|
//! | files outside | not there (mount namespace), and Landlock | Landlock; names and sizes stay visible to `stat` |
//! | network | own empty network namespace, seccomp, Landlock (TCP) | seccomp: no sockets at all, Landlock (TCP) |
//! | Unix sockets | only the sandbox's own | none but connected pairs |
//! | other processes | invisible (process namespace) | no signals from Landlock ABI 6 on, no ptrace, no `/proc` |
//! | `/tmp`, `/dev/shm` | private | none; `TMPDIR` is private |
//! | memory of a process | `RLIMIT_DATA`: private writable memory, exact | same |
//! | memory of all together | resident memory, sampled ten times a second | same |
//! | processes and threads | exact as ordinary user, sampled as root | sampled |
//! | wall time, output, core dumps, file size (4 GiB), open files (4096) | exact | exact |
//! | disk space in all, CPU share | not limited (niced) | not limited (niced) |
//!
//! `RLIMIT_DATA` rather than `RLIMIT_AS`: V8, the JVM and Go reserve far more address space than
//! they use, and reservations without access are not memory.

mod bwrap;
mod confine;
mod count;
mod home;
mod landlock;
mod run;
mod seccomp;
mod settings;
mod spec;
mod supervise;

use std::path::{Path, PathBuf};
use std::time::Duration;

use trail_port::workspace::{Command, Ended, Error, Limits, Ran};

pub use settings::{Bwrap, SandboxSettings};
use spec::Spec;

/// The first argument that makes a program the sandbox's helper.
pub const ENTRY: &str = "__sandbox";

/// What holds a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// bubblewrap's namespaces, with Landlock and seccomp inside.
    Bwrap,
    /// Landlock and seccomp alone.
    Landlock,
    /// Resource limits only; allowed by an explicit setting.
    None,
}

impl Kind {
    /// Returns the name used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bwrap => "bwrap+landlock+seccomp",
            Self::Landlock => "landlock+seccomp",
            Self::None => "none",
        }
    }
}

/// Where a command works: both folders are writable to it, nothing else is.
#[derive(Debug, Clone)]
pub struct Place {
    /// The files under work; also the working directory.
    pub worktree: PathBuf,
    /// Home and temporary files; emptied before each command.
    pub scratch: PathBuf,
}

/// A sandbox that was tried and works here.
#[derive(Debug)]
pub struct Sandbox {
    settings: SandboxSettings,
    kind: Kind,
    bwrap: Option<PathBuf>,
    notes: Vec<String>,
}

/// Becomes the sandbox's helper if the first argument is [`ENTRY`], and then never returns.
///
/// Every binary that runs commands calls this first thing in `main`, before threads are started.
pub fn enter_if_asked() {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|arg| arg == ENTRY) {
        enter(args);
    }
}

/// Becomes the sandbox's helper; `args` are those after [`ENTRY`].
pub fn enter(args: impl IntoIterator<Item = std::ffi::OsString>) -> ! {
    let mut args = args.into_iter();
    let stage = args.next();
    let text = args
        .next()
        .and_then(|text| text.into_string().ok())
        .unwrap_or_default();
    let spec = match serde_json::from_str::<Spec>(&text) {
        Ok(spec) => spec,
        Err(e) => {
            eprintln!("sandbox helper: cannot read what to do: {e}");
            std::process::exit(126)
        }
    };
    match stage.as_deref().and_then(std::ffi::OsStr::to_str) {
        Some("supervise") => supervise::supervise(spec),
        Some("confine") => confine::confine(&spec),
        _ => {
            eprintln!("sandbox helper: no such stage");
            std::process::exit(126)
        }
    }
}

impl Sandbox {
    /// Finds the strongest kind of sandbox that works here, by running `true` in it.
    ///
    /// # Errors
    /// [`Error::NoSandbox`] with the reasons if none works and the settings do not allow to go
    /// without.
    pub async fn open(settings: SandboxSettings) -> Result<Self, Error> {
        let mut notes = Vec::new();
        if let Some(bwrap) = settings.find_bwrap() {
            let candidate = Self::of(&settings, Kind::Bwrap, Some(bwrap.clone()));
            match candidate.probe().await {
                Ok(()) => return Ok(candidate),
                Err(e) => notes.push(format!("{} is not usable: {e}", bwrap.display())),
            }
        } else {
            notes.push("bubblewrap (bwrap) is not installed or switched off".to_owned());
        }
        let candidate = Self::of(&settings, Kind::Landlock, None);
        match candidate.probe().await {
            Ok(()) => return Ok(Self { notes, ..candidate }),
            Err(e) => notes.push(format!("Landlock and seccomp alone are not usable: {e}")),
        }
        if settings.allow_unsandboxed {
            notes.push("commands run without a sandbox, as the settings allow".to_owned());
            return Ok(Self {
                notes,
                ..Self::of(&settings, Kind::None, None)
            });
        }
        Err(Error::NoSandbox(format!(
            "{}; install bubblewrap, or use a kernel with Landlock (6.2 or newer without bubblewrap)",
            notes.join("; ")
        )))
    }

    fn of(settings: &SandboxSettings, kind: Kind, bwrap: Option<PathBuf>) -> Self {
        Self {
            settings: settings.clone(),
            kind,
            bwrap,
            notes: Vec::new(),
        }
    }

    /// Returns what holds commands here.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns why a stronger kind was not taken.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Runs a command.
    ///
    /// # Errors
    /// [`Error::NoSandbox`] if the sandbox could not be set up, [`Error::Failed`] if the system
    /// refused to start or to end it. A command that cannot be found is no error: it ends with
    /// exit code 127 and says so, as in a shell.
    pub async fn run(&self, place: &Place, command: &Command) -> Result<Ran, Error> {
        let Some(program) = command.argv.first().filter(|program| !program.is_empty()) else {
            return Err(Error::Failed("the command is empty".into()));
        };
        if command.argv.iter().any(|arg| arg.contains('\0')) {
            return Err(Error::Failed(format!(
                "an argument of {program:?} holds a NUL"
            )));
        }
        let odd = |(name, value): &&(String, String)| {
            name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
        };
        if let Some((name, _)) = command.env.iter().find(odd) {
            return Err(Error::Failed(format!(
                "{name:?} cannot be a variable of the command"
            )));
        }
        let (worktree, scratch) = (
            real(&place.worktree)?,
            home::prepare(&self.settings, place)?,
        );
        let spec = Spec {
            kind: self.kind,
            bwrap: self.bwrap.clone(),
            helper: self.settings.helper.clone(),
            worktree,
            scratch,
            read_only: self.settings.read_only.clone(),
            loopback: self.settings.loopback && self.kind == Kind::Bwrap,
            memory: command.limits.memory,
            processes: command.limits.processes,
            argv: command.argv.clone(),
        };
        let mut environment = self.settings.variables(&spec.scratch);
        environment.extend(command.env.iter().cloned());
        let digest = self
            .settings
            .digest(self.kind, &command.limits, &command.env)?;
        let ended = run::run(&spec, &environment, &command.limits).await?;
        Ok(Ran {
            exit: ended.exit,
            ended: ended.ended,
            output: ended.output,
            report: None,
            took: ended.took,
            sandbox: self.kind.as_str().to_owned(),
            environment: digest,
        })
    }

    /// Tries the sandbox with a command that must succeed.
    async fn probe(&self) -> Result<(), Error> {
        let dir = std::env::temp_dir();
        let place = (0_u32..100)
            .map(|n| dir.join(format!("trail-probe-{}-{n}", std::process::id())))
            .find(|path| std::fs::create_dir(path).is_ok())
            .ok_or_else(|| Error::Failed(format!("cannot make a folder in {}", dir.display())))?;
        let within = Place {
            worktree: place.join("tree"),
            scratch: place.join("scratch"),
        };
        let made = std::fs::create_dir(&within.worktree);
        let limits = Limits {
            time: Duration::from_secs(20),
            ..Limits::default()
        };
        let command = Command::new(vec!["true".into()], limits);
        let ran = match made {
            Ok(()) => self.run(&within, &command).await,
            Err(e) => Err(Error::Failed(e.to_string())),
        };
        let _ = std::fs::remove_dir_all(&place);
        let ran = ran?;
        match (ran.exit, ran.ended) {
            (Some(0), None) => Ok(()),
            (_, Some(Ended::Timeout)) => Err(Error::Failed("a trial run did not end".into())),
            (exit, _) => Err(Error::Failed(format!(
                "a trial run gave {exit:?}: {}",
                String::from_utf8_lossy(&ran.output).trim()
            ))),
        }
    }
}

/// Returns the real path, as text that can be handed on.
fn real(path: &Path) -> Result<PathBuf, Error> {
    let real = std::fs::canonicalize(path)
        .map_err(|e| Error::Failed(format!("cannot open {}: {e}", path.display())))?;
    if real.to_str().is_none() {
        return Err(Error::Failed(format!(
            "the path {} is not UTF-8",
            real.display()
        )));
    }
    Ok(real)
}
