//! The worker's side: starts *supervise*, keeps the output, watches the clock.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::pipe::Receiver;
use trail_port::workspace::{Ended, Error, Limits};

use super::ENTRY;
use super::spec::{Report, Spec};

/// How long *supervise* may take to end a command before it is given up.
const GRACE: Duration = Duration::from_secs(20);
/// The longest text that can be handed over as an argument.
const ARGUMENT: usize = 120_000;

/// How a command went.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) exit: Option<i32>,
    pub(super) ended: Option<Ended>,
    pub(super) output: Vec<u8>,
    pub(super) took: Duration,
}

/// Runs the command to its end. If this future is dropped, the command is ended.
pub(super) async fn run(
    spec: &Spec,
    environment: &BTreeMap<String, String>,
    limits: &Limits,
) -> Result<Finished, Error> {
    let failed = |e: std::io::Error| Error::Failed(format!("the sandbox cannot be started: {e}"));
    let text = serde_json::to_string(spec).map_err(|e| Error::Failed(e.to_string()))?;
    if text.len() > ARGUMENT {
        return Err(Error::Failed(format!(
            "the command is longer than {ARGUMENT} bytes"
        )));
    }
    let (ours, theirs) = StdStream::pair().map_err(failed)?;
    ours.set_nonblocking(true).map_err(failed)?;
    let mut socket = UnixStream::from_std(ours).map_err(failed)?;
    let (reader, writer) = std::io::pipe().map_err(failed)?;
    let again = writer.try_clone().map_err(failed)?;
    let mut pipe = Receiver::from_owned_fd(OwnedFd::from(reader)).map_err(failed)?;

    let mut command = tokio::process::Command::new(&spec.helper);
    command
        .args([ENTRY, "supervise", &text])
        .env_clear()
        .envs(environment);
    command.current_dir(&spec.worktree).process_group(0);
    command.stdin(Stdio::from(OwnedFd::from(theirs)));
    command
        .stdout(Stdio::from(writer))
        .stderr(Stdio::from(again));
    let started = Instant::now();
    let mut child = command.spawn().map_err(|e| {
        Error::NoSandbox(format!(
            "its helper {} cannot be started: {e}",
            spec.helper.display()
        ))
    })?;
    // The command holds our copies of the output; without this their end would never come.
    drop(command);

    let mut kept = Kept {
        output: Vec::new(),
        most: limits.output,
        full: false,
    };
    let mut reason = None;
    let mut report = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    let clock = tokio::time::sleep(limits.time);
    tokio::pin!(clock);
    let mut open = true;
    loop {
        let mut word = [0; 4096];
        tokio::select! {
            read = socket.read(&mut word) => match read {
                Ok(0) | Err(_) => break,
                Ok(count) => report.extend_from_slice(&word[..count]),
            },
            read = pipe.read(&mut chunk), if open => match read {
                Ok(0) | Err(_) => open = false,
                Ok(count) => {
                    kept.add(&chunk[..count]);
                    if kept.full && reason.is_none() {
                        reason = Some(Ended::Output);
                        end(&mut socket).await;
                        clock.as_mut().reset(tokio::time::Instant::now() + GRACE);
                    }
                }
            },
            () = &mut clock => {
                if reason.is_some() {
                    return Err(Error::Failed(
                        "the sandbox did not end the command; processes of it may be left".into(),
                    ));
                }
                reason = Some(Ended::Timeout);
                end(&mut socket).await;
                clock.as_mut().reset(tokio::time::Instant::now() + GRACE);
            }
        }
    }
    let took = started.elapsed();
    let helper = child.wait().await.map_err(failed)?;
    // Every process is gone, so the rest of the output is in the pipe, and then its end.
    let _ = tokio::time::timeout(Duration::from_secs(5), async {
        while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
            kept.add(&chunk[..count]);
        }
    })
    .await;
    if kept.full {
        reason = reason.or(Some(Ended::Output));
    }
    let report: Report = serde_json::from_slice(&report).map_err(|_| {
        let said = String::from_utf8_lossy(&kept.output);
        Error::NoSandbox(format!(
            "its helper gave no report ({helper}): {}",
            said.trim()
        ))
    })?;
    finish(report, reason, kept.output, took)
}

/// Puts together what is known of the end.
fn finish(
    report: Report,
    reason: Option<Ended>,
    mut output: Vec<u8>,
    took: Duration,
) -> Result<Finished, Error> {
    if let Some(why) = report.refused {
        return Err(Error::NoSandbox(why));
    }
    if report.lingering {
        return Err(Error::Failed(
            "some processes of the command could not be ended".into(),
        ));
    }
    if let Some(over) = &report.over {
        output.extend_from_slice(format!("\n[ended by the sandbox: {over}]\n").as_bytes());
    }
    if let Some(missing) = report.missing {
        output.extend_from_slice(format!("{missing}\n").as_bytes());
        return Ok(Finished {
            exit: Some(127),
            ended: None,
            output,
            took,
        });
    }
    let ended = match (reason, report.over, report.signal) {
        (Some(reason), _, _) => Some(reason),
        (None, Some(_), _) => Some(Ended::Signal(libc::SIGKILL)),
        (None, None, Some(signal)) => Some(Ended::Signal(signal)),
        (None, None, None) if report.exit.is_none() => {
            return Err(Error::Failed("the command's end was not seen".into()));
        }
        (None, None, None) => None,
    };
    let exit = report.exit.filter(|_| ended.is_none());
    Ok(Finished {
        exit,
        ended,
        output,
        took,
    })
}

/// Asks *supervise* to end the command.
async fn end(socket: &mut UnixStream) {
    let _ = tokio::io::AsyncWriteExt::shutdown(socket).await;
}

/// Output up to its limit.
struct Kept {
    output: Vec<u8>,
    most: u64,
    full: bool,
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let room = usize::try_from(self.most).unwrap_or(usize::MAX) - self.output.len();
        let taken = bytes.len().min(room);
        self.output.extend_from_slice(&bytes[..taken]);
        self.full |= taken < bytes.len();
    }
}
