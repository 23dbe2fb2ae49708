//! The outer stage: starts the command, counts its processes and memory, and ends all of them.
//!
//! It is a subreaper: whatever a process of the command starts and abandons becomes its child, so
//! that none can escape by leaving the process group. Its standard input is a socket to the
//! worker: the end of that, also by the worker's death, ends the command.

use std::io::{PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, pidfd_open,
};

use super::spec::{Failure, Report, Spec};
use super::{ENTRY, Kind, bwrap, count};

/// How often processes and memory are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How long ending all processes may take.
const END: Duration = Duration::from_secs(10);

/// Runs the command to its end, reports, and ends this process.
pub(super) fn supervise(spec: Spec) -> ! {
    let worker = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).map(UnixStream::from);
    let Ok(mut worker) = worker else {
        std::process::exit(126)
    };
    let report = match start(&spec) {
        Ok((child, told)) => watch(&spec, &worker, child, told),
        Err(e) => Report {
            refused: Some(e),
            ..Report::default()
        },
    };
    let text = serde_json::to_string(&report).unwrap_or_default();
    let told = worker.write_all(text.as_bytes());
    std::process::exit(i32::from(told.is_err()))
}

/// Starts the inner stage, in bubblewrap if that is the kind.
fn start(spec: &Spec) -> Result<(Child, PipeReader), String> {
    let me = rustix::process::getpid();
    rustix::process::set_child_subreaper(Some(me)).map_err(|e| format!("subreaper: {e}"))?;
    let (told, teller) = std::io::pipe().map_err(|e| format!("pipe: {e}"))?;
    let text = serde_json::to_string(spec).map_err(|e| e.to_string())?;
    let mut command = match (&spec.kind, &spec.bwrap) {
        (Kind::Bwrap, Some(program)) => {
            let mut command = bwrap::command(program, spec);
            command.arg(&spec.helper);
            command
        }
        _ => Command::new("/proc/self/exe"),
    };
    command.args([ENTRY, "confine", &text]);
    // A group of its own: a command that signals its group does not reach this process.
    command
        .stdin(Stdio::from(OwnedFd::from(teller)))
        .process_group(0);
    let child = command.spawn().map_err(|e| format!("cannot start: {e}"))?;
    Ok((child, told))
}

/// Waits for the end of the command, or brings it about.
fn watch(spec: &Spec, worker: &UnixStream, child: Child, mut told: PipeReader) -> Report {
    let mut report = Report::default();
    let Some(pid) = Pid::from_raw(child.id().cast_signed()) else {
        return report;
    };
    let ended = pidfd_open(pid, PidfdFlags::empty()).ok();
    let mut status = None;
    while status.is_none() {
        if wait(worker, ended.as_ref()) {
            break;
        }
        status = reap(pid);
        report.over = status.is_none().then(|| over(spec)).flatten();
        if report.over.is_some() {
            break;
        }
    }
    let (all_ended, late) = end_all(pid);
    report.lingering = !all_ended;
    if let Some(status) = status.or(late) {
        (report.exit, report.signal) = outcome(spec.kind, status);
    }
    if !report.lingering {
        // All writers are gone, so this ends; it is empty if the command was started.
        let mut text = String::new();
        let _ = told.read_to_string(&mut text);
        match serde_json::from_str(&text) {
            Ok(Failure::Refused(why)) => report.refused = Some(why),
            Ok(Failure::Missing(why)) => report.missing = Some(why),
            Err(_) => {}
        }
    }
    report
}

/// Waits until the command ends, the worker says something or goes, or it is time for a look;
/// tells whether the worker wants the end.
fn wait(worker: &UnixStream, ended: Option<&OwnedFd>) -> bool {
    let mut fds = vec![PollFd::new(worker, PollFlags::IN)];
    fds.extend(ended.map(|fd| PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)));
    let nanoseconds = i64::from(LOOK.subsec_nanos());
    let time = Timespec {
        tv_sec: 0,
        tv_nsec: nanoseconds,
    };
    let _ = poll(&mut fds, Some(&time));
    // The worker never writes: whatever there is to read is the end.
    !fds[0].revents().is_empty()
}

/// Takes the exit status of what ended; returns that of `main` if it is among them.
fn reap(main: Pid) -> Option<WaitStatus> {
    let mut found = None;
    while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
        if pid == main {
            found = Some(status);
        }
    }
    found
}

/// Returns which limit the command exceeds, in words.
fn over(spec: &Spec) -> Option<String> {
    // bubblewrap's own two processes are not the command's.
    let own = if spec.kind == Kind::Bwrap { 2 } else { 0 };
    let most = usize::try_from(spec.processes)
        .unwrap_or(usize::MAX)
        .saturating_add(own);
    let all = count::descendants(most.saturating_add(1));
    let tasks: u64 = all.iter().map(|process| process.threads).sum();
    if tasks > most as u64 {
        return Some(format!(
            "more than {} processes and threads",
            spec.processes
        ));
    }
    let memory: u64 = all.iter().map(|process| process.memory).sum();
    (memory > spec.memory).then(|| format!("more than {} bytes of memory in all", spec.memory))
}

/// Ends all processes of the command; tells whether all are gone, and how `main` ended.
fn end_all(main: Pid) -> (bool, Option<WaitStatus>) {
    let deadline = Instant::now() + END;
    let mut status = None;
    let _ = kill_process_group(main, Signal::KILL);
    loop {
        for process in count::descendants(usize::MAX) {
            if let Some(pid) = Pid::from_raw(process.pid) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, ended))) if pid == main => status = Some(ended),
                Ok(Some(_)) => {}
                Ok(None) => break,
                // No child is left: as subreaper this process would have inherited any other.
                Err(rustix::io::Errno::CHILD) => return (true, status),
                Err(_) => break,
            }
        }
        if Instant::now() > deadline {
            return (false, status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Returns exit code and signal.
///
/// bubblewrap reports a signal as shells do, as 128 + its number.
fn outcome(kind: Kind, status: WaitStatus) -> (Option<i32>, Option<i32>) {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code @ 129..=159), _) if kind == Kind::Bwrap => (None, Some(code - 128)),
        (code, signal) => (code, signal),
    }
}
