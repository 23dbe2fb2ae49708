//! Runs the git command line in a fixed environment, so that neither the user's configuration nor
//! a hostile repository changes what a command does.

pub(crate) mod attributes;
pub(crate) mod hostile;
mod message;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use trail_port::workspace::Error;

pub(crate) use message::{cut, without_credentials};

/// How long git may take over local work.
const LOCAL: Duration = Duration::from_secs(120);
/// Most bytes kept of what git prints.
const MOST: u64 = 64 << 20;

/// Forgets every credential helper named before it.
const NO_HELPERS: &str = "credential.helper=";

/// Configuration that is the same for every call; `-c` outranks the repository's own files.
const CONFIG: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.eol=lf",
    "core.fileMode=true",
    "core.symlinks=true",
    "core.trustctime=true",
    "core.checkStat=default",
    "core.sparseCheckout=false",
    "core.splitIndex=false",
    "core.fsync=committed",
    "core.sshCommand=ssh",
    "core.gitProxy=none",
    "core.quotePath=false",
    NO_HELPERS,
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "push.followTags=false",
    "submodule.recurse=false",
    "diff.ignoreSubmodules=all",
    "gc.auto=0",
    "maintenance.auto=false",
    "i18n.commitEncoding=UTF-8",
    "i18n.logOutputEncoding=UTF-8",
    "advice.detachedHead=false",
    "index.sparse=false",
    "worktree.useRelativePaths=false",
];

/// The git program with everything that stays the same between calls.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    path: OsString,
    overrides: Vec<String>,
    attributes: Option<String>,
    helpers: bool,
}

/// Where a call works.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The working directory.
    pub(crate) cwd: PathBuf,
    /// The git directory, told rather than found: a `.git` file in a worktree can be tampered with.
    pub(crate) git_dir: Option<PathBuf>,
    /// The working tree.
    pub(crate) work_tree: Option<PathBuf>,
}

/// What a call gave.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Git {
    /// Returns git as found on the `PATH` of this process.
    pub(crate) fn new() -> Self {
        let path =
            std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        Self {
            path,
            overrides: Vec::new(),
            attributes: None,
            helpers: false,
        }
    }

    /// Lets credential helpers of the environment (`GIT_CONFIG_COUNT` and its pairs) work. Only for
    /// a repository of our own, whose configuration names none.
    pub(crate) fn with_helpers(mut self) -> Self {
        self.helpers = true;
        self
    }

    /// Adds configuration that outranks the repository's.
    pub(crate) fn with_overrides(mut self, overrides: Vec<String>) -> Self {
        self.overrides = overrides;
        self
    }

    /// Makes git read attributes from `tree` (the empty one) instead of from the files, so that
    /// no attribute a repository holds names a filter or changes bytes on their way.
    pub(crate) fn with_attributes(mut self, tree: String) -> Self {
        self.attributes = Some(tree);
        self
    }

    /// Prepares a call.
    pub(crate) fn call<S: AsRef<OsStr>>(
        &self,
        site: &Site,
        args: impl IntoIterator<Item = S>,
    ) -> Call {
        let mut command = tokio::process::Command::new("git");
        command.env_clear().current_dir(&site.cwd);
        command.env("PATH", &self.path);
        for (name, value) in [
            ("LC_ALL", "C"),
            ("HOME", "/nonexistent"),
            ("XDG_CONFIG_HOME", "/nonexistent"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", "true"),
            ("GIT_EDITOR", "false"),
            ("GIT_PAGER", "cat"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_ALLOW_PROTOCOL", "file:http:https:ssh"),
            ("GIT_SSH_VARIANT", "ssh"),
        ] {
            command.env(name, value);
        }
        if let Some(tree) = &self.attributes {
            command.env("GIT_ATTR_SOURCE", tree);
        }
        if let Some(dir) = &site.git_dir {
            command.arg(joined("--git-dir=", dir));
        }
        if let Some(tree) = &site.work_tree {
            command.arg(joined("--work-tree=", tree));
        }
        let fixed = CONFIG.iter().copied();
        let fixed = fixed.filter(|entry| !(self.helpers && *entry == NO_HELPERS));
        for entry in fixed.chain(self.overrides.iter().map(String::as_str)) {
            command.args(["-c", entry]);
        }
        let args: Vec<OsString> = args
            .into_iter()
            .map(|arg| arg.as_ref().to_owned())
            .collect();
        let what = args
            .first()
            .map(|arg| arg.to_string_lossy().into_owned())
            .unwrap_or_default();
        command.args(args);
        Call {
            command,
            what,
            stdin: Vec::new(),
            time: LOCAL,
        }
    }
}

/// Returns `prefix` and `path` as one argument.
fn joined(prefix: &str, path: &Path) -> OsString {
    let mut out = OsString::from(prefix);
    out.push(path);
    out
}

/// One call of git, not yet made.
pub(crate) struct Call {
    command: tokio::process::Command,
    what: String,
    stdin: Vec<u8>,
    time: Duration,
}

impl Call {
    /// Gives git something to read.
    pub(crate) fn stdin(mut self, bytes: Vec<u8>) -> Self {
        self.stdin = bytes;
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Allows it to take longer or less long than usual.
    pub(crate) fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Returns the command itself, for a process that is talked to.
    pub(crate) fn into_command(self) -> tokio::process::Command {
        self.command
    }

    /// Runs it and returns what it gave, whatever the exit code.
    pub(crate) async fn run(mut self) -> Result<Output, Error> {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = self.command.spawn().map_err(|e| {
            Error::Failed(format!(
                "cannot run git (is it installed and on PATH?): {e}"
            ))
        })?;
        // Ends git and what it started (ssh, receive-pack) if this future is dropped.
        let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
        let (mut stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(stdin) = &mut stdin {
                // git may end without reading all; its exit code says more than a broken pipe.
                let _ = stdin.write_all(&self.stdin).await;
            }
            drop(stdin.take());
        };
        let all = async {
            let ((), stdout, stderr) = tokio::join!(feed, collect(stdout), collect(stderr));
            child.wait().await.map(|status| (status, stdout, stderr))
        };
        let (status, stdout, stderr) = tokio::time::timeout(self.time, all)
            .await
            .map_err(|_| {
                let seconds = self.time.as_secs();
                Error::Failed(format!(
                    "git {} took more than {seconds} s and was ended",
                    self.what
                ))
            })?
            .map_err(|e| Error::Failed(format!("git {}: {e}", self.what)))?;
        group.0 = None;
        if stdout.len() as u64 > MOST {
            return Err(Error::Failed(format!(
                "git {} printed more than {MOST} bytes",
                self.what
            )));
        }
        Ok(Output {
            code: status.code().unwrap_or(-1),
            stdout,
            stderr: cut(&String::from_utf8_lossy(&stderr)),
        })
    }

    /// Runs it and returns what it printed; an exit code other than 0 is an error.
    pub(crate) async fn ok(self) -> Result<Vec<u8>, Error> {
        let what = self.what.clone();
        let output = self.run().await?;
        if output.code == 0 {
            Ok(output.stdout)
        } else {
            Err(Error::Failed(format!(
                "git {what} failed: {}",
                output.stderr
            )))
        }
    }

    /// As [`ok`](Self::ok), as text without the final newline.
    pub(crate) async fn text(self) -> Result<String, Error> {
        let bytes = self.ok().await?;
        Ok(String::from_utf8_lossy(&bytes)
            .trim_end_matches('\n')
            .to_owned())
    }
}

/// Ends a process group when dropped, unless disarmed.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Reads a pipe to its end, keeping at most one byte more than the limit.
async fn collect<R: tokio::io::AsyncRead + Unpin>(pipe: Option<R>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = (&mut pipe).take(MOST + 1).read_to_end(&mut kept).await;
        let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_takes_too_long_is_ended_and_says_so() {
        let site = Site {
            cwd: "/".into(),
            git_dir: None,
            work_tree: None,
        };
        let call = Git::new().call(&site, ["-c", "alias.wait=!sleep 30", "wait"]);
        let started = std::time::Instant::now();
        let error = call
            .time(Duration::from_millis(200))
            .run()
            .await
            .unwrap_err();
        assert!(error.to_string().contains("was ended"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
