//! Processes that run until they are stopped, killed or dropped, and what the system tells of them.

use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// A running process; it is killed when it is dropped, on panic too.
#[derive(Debug)]
pub struct Service {
    child: Child,
    started: Instant,
}

impl Service {
    /// Starts a process.
    ///
    /// # Panics
    /// If it cannot be started: then the test cannot run.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let child = command.spawn().expect("the program can be started");
        Self {
            child,
            started: Instant::now(),
        }
    }

    /// Returns its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns when it was started.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// Returns how it ended, if it ended by itself.
    ///
    /// # Panics
    /// If the system does not say.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Ends it without a warning, as a power cut does.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn kill(mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }

    /// Asks it to end (SIGTERM) and returns how it did and how long that took, or none if it still
    /// ran after `patience`.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn stop(mut self, patience: Duration) -> Option<(ExitStatus, Duration)> {
        let asked = Instant::now();
        let mut kill = Command::new("kill");
        let sent = kill.args(["-TERM", &self.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill failed");
        while asked.elapsed() < patience {
            if let Some(status) = self.ended() {
                return Some((status, asked.elapsed()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the processes that `parent` started and that still run, with their command lines.
///
/// # Panics
/// Where there is no `/proc`.
#[must_use]
pub fn children(parent: u32) -> Vec<(u32, String)> {
    let list = std::fs::read_dir("/proc").expect("Linux has /proc");
    let ids = list
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent_of(*id) == Some(parent))
        .map(|id| (id, command_line(id)))
        .collect()
}

/// Tells whether a process is there, dead ones that nobody waited for left out.
#[must_use]
pub fn runs(id: u32) -> bool {
    fields(id).is_some_and(|(state, _)| state != "Z")
}

/// Returns the memory that is a process's own share, in kB.
#[must_use]
pub fn memory_kb(id: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn parent_of(id: u32) -> Option<u32> {
    fields(id).map(|(_, parent)| parent)
}

/// Returns a process's state and parent.
fn fields(id: u32) -> Option<(String, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name before may hold spaces and brackets.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.to_owned();
    Some((state, fields.next()?.parse().ok()?))
}

fn command_line(id: u32) -> String {
    let bytes = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}
