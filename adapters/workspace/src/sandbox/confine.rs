//! The inner stage: takes rights from itself, then becomes the command.

use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::spec::{Failure, Spec};
use super::{Kind, landlock, seccomp};

/// Largest file a command may write.
const FILE: u64 = 4 << 30;
/// Most files open in one process.
const FILES: u64 = 4096;

/// Becomes the command; never returns. What fails before is told through standard input, which
/// *supervise* made a pipe for that.
pub(super) fn confine(spec: &Spec) -> ! {
    let failure = match attempt(spec) {
        Ok((error, channel)) => Some((Failure::Missing(error), channel)),
        Err((error, channel)) => channel.map(|channel| (Failure::Refused(error), channel)),
    };
    if let Some((failure, channel)) = failure {
        let text = serde_json::to_string(&failure).unwrap_or_default();
        let _ = std::fs::File::from(channel).write_all(text.as_bytes());
    }
    std::process::exit(126)
}

/// A failure in words, and the channel to tell it on.
type Refused = (String, Option<OwnedFd>);

/// Takes the rights away and starts the command; returns only why that failed.
fn attempt(spec: &Spec) -> Result<(String, OwnedFd), Refused> {
    let channel = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)
        .map_err(|e| (format!("no channel: {e}"), None))?;
    match prepare(spec, &channel) {
        Ok(()) => {}
        Err(e) => return Err((e, Some(channel))),
    }
    let program = &spec.argv[0];
    let mut command = std::process::Command::new(program);
    command.args(&spec.argv[1..]);
    let error = command.exec();
    Ok((format!("cannot run {program:?}: {error}"), channel))
}

fn prepare(spec: &Spec, channel: &OwnedFd) -> Result<(), String> {
    let null = std::fs::File::open("/dev/null").map_err(|e| format!("/dev/null: {e}"))?;
    rustix::stdio::dup2_stdin(&null).map_err(|e| format!("standard input: {e}"))?;
    close_others(channel)?;
    std::env::set_current_dir(&spec.worktree).map_err(|e| format!("working directory: {e}"))?;
    // If memory runs out, the command goes before anything else; and it yields to all others.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    let _ = rustix::process::nice(5);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    limits(spec)?;
    if spec.kind != Kind::None {
        landlock::restrict(spec)?;
    }
    drop_capabilities()?;
    if spec.kind != Kind::None {
        seccomp::restrict(spec)?;
    }
    Ok(())
}

/// Sets the resource limits, hard, so that they can only be lowered.
fn limits(spec: &Spec) -> Result<(), String> {
    let mut wanted = vec![
        (Resource::Core, 0),
        (Resource::Data, spec.memory),
        (Resource::Fsize, FILE),
        (Resource::Nofile, FILES),
    ];
    // Counted per user and user namespace: only bubblewrap's own namespace makes it the command's.
    // The kernel does not apply it to root at all; there *supervise* counts.
    if spec.kind == Kind::Bwrap {
        wanted.push((Resource::Nproc, spec.processes.saturating_add(2)));
    }
    for (resource, value) in wanted {
        let most = getrlimit(resource)
            .maximum
            .map_or(value, |most| most.min(value));
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).map_err(|e| format!("limit {resource:?}: {e}"))?;
    }
    Ok(())
}

/// Gives up what root has beyond an ordinary user; nothing can give it back.
fn drop_capabilities() -> Result<(), String> {
    let none = CapabilitySet::empty();
    let sets = CapabilitySets {
        effective: none,
        permitted: none,
        inheritable: none,
    };
    rustix::thread::clear_ambient_capability_set().map_err(|e| format!("capabilities: {e}"))?;
    rustix::thread::set_no_new_privs(true).map_err(|e| format!("no_new_privs: {e}"))?;
    rustix::thread::set_capabilities(None, sets).map_err(|e| format!("capabilities: {e}"))
}

/// Makes sure that no file a careless ancestor left open reaches the command.
fn close_others(channel: &OwnedFd) -> Result<(), String> {
    use std::os::fd::AsRawFd;
    let failed = |e: std::io::Error| format!("open files: {e}");
    let mut open = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        open.extend(name.to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    for number in open
        .into_iter()
        .filter(|number| *number > 2 && *number != channel.as_raw_fd())
    {
        close_on_exec(number);
    }
    rustix::io::fcntl_setfd(channel.as_fd(), rustix::io::FdFlags::CLOEXEC)
        .map_err(|e| format!("open files: {e}"))
}

/// Marks a file to be closed when the command is started; one that is closed already is fine.
#[expect(
    unsafe_code,
    reason = "files inherited from an ancestor are known by number only"
)]
fn close_on_exec(number: i32) {
    // SAFETY: the number is not negative, the borrow ends with this call, and it is only used to
    // set a flag: on a file that was closed meanwhile that fails with EBADF.
    let file = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
    let _ = rustix::io::fcntl_setfd(file, rustix::io::FdFlags::CLOEXEC);
}
