//! `trail up`: the four workers, and the embedded tracker if there is one; each a process of its own,
//! kept running.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use trail_record::Persona;

use crate::accounts;
use crate::cli::Global;
use crate::commands::serve::{ATTACHED, stop_on_signals};
use crate::output::{self, Exit, Hinted};
use crate::schedule::Schedule;
use crate::setup::Setup;
use crate::wire;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// How long processes get to finish or release what they hold.
const GRACE: Duration = Duration::from_secs(45);
/// The first and the longest pause before a process that ended is started again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// One process that is kept running.
#[derive(Debug, Clone)]
struct Kept {
    name: String,
    arguments: Vec<OsString>,
    /// Variables that the process does not get to see.
    hidden: Vec<String>,
}

/// Runs everything until SIGTERM or SIGINT.
pub(crate) async fn run(global: &Global, _args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let url = setup.config.tracker.url.clone();
    let serves = !accounts::is_foreign(&setup);
    if serves && wire::is_served(&url).await {
        let message = format!("something answers at {url} already");
        return Err(Hinted::new(Exit::Unavailable, message)
            .help("stop the tracker that runs there, or set tracker.url and tracker.listen to another port")
            .into());
    }
    let stop = stop_on_signals()?;
    // The tracker outlives the workers, which release their leases through it.
    let last = CancellationToken::new();
    let mut kept = JoinSet::new();
    if serves {
        kept.spawn(keep(Kept::new(&setup, global, &["serve"]), last.clone()));
    }
    let ready = !serves
        || tokio::select! {
            ready = answers(&url) => ready,
            () = stop.cancelled() => false,
            ended = kept.join_next() => return Ok(ended.context("the tracker was started")??),
        };
    if !ready {
        last.cancel();
        kept.join_all().await;
        return Ok(if stop.is_cancelled() {
            Exit::Ok
        } else {
            Exit::Unavailable
        });
    }
    let mut workers = JoinSet::new();
    for persona in Persona::ALL {
        let worker = Kept::new(&setup, global, &["worker", "--role", persona.as_str()])
            .hiding(others(&setup, persona));
        workers.spawn(keep(worker, stop.clone()));
    }
    verify_regularly(&setup, global, &stop)?;
    if global.json {
        output::line(serde_json::json!({ "url": url, "workers": Persona::ALL }))?;
    } else {
        output::line(format_args!(
            "The tracker is at {url}; planner, coder, tester and reviewer are at work. Stop with Ctrl-C."
        ))?;
    }
    let mut exit = Exit::Ok;
    loop {
        tokio::select! {
            ended = workers.join_next() => match ended {
                Some(ended) => exit = worse(exit, ended?),
                None => break,
            },
            ended = kept.join_next(), if serves && !kept.is_empty() => exit = worse(exit, ended.context("the tracker was started")??),
            () = stop.cancelled(), if !stop.is_cancelled() => {}
        }
        // One that cannot work as it is configured will not by being started again.
        stop.cancel();
        if serves && kept.is_empty() {
            workers.join_all().await;
            break;
        }
    }
    last.cancel();
    kept.join_all().await;
    Ok(exit)
}

/// Returns the variables that hold credentials of other personas than this one.
fn others(setup: &Setup, persona: Persona) -> Vec<String> {
    let all = accounts::variables(setup);
    let own = |name: &String| {
        all.iter()
            .any(|(whose, own)| *whose == persona && own == name)
    };
    let names = all.iter().map(|(_, name)| name);
    names.filter(|name| !own(name)).cloned().collect()
}

/// Verifies everything when the configuration says so.
fn verify_regularly(
    setup: &Setup,
    global: &Global,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let text = &setup.config.verify.schedule;
    if text.is_empty() {
        return Ok(());
    }
    let schedule: Schedule = text.parse()?;
    let verify = Kept::new(setup, global, &["verify"]);
    let stop = stop.clone();
    tokio::spawn(async move {
        schedule
            .run(&stop, || {
                let verify = verify.clone();
                tokio::spawn(async move { verify.once().await });
            })
            .await;
    });
    Ok(())
}

/// Waits until the tracker answers; gives up after a while.
async fn answers(url: &str) -> bool {
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        if wire::is_served(url).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    error!(%url, "the tracker does not answer; is tracker.url where tracker.listen is?");
    false
}

/// Keeps a process running until `stop` is cancelled; returns early if it cannot work at all.
async fn keep(kept: Kept, stop: CancellationToken) -> Exit {
    let mut pause = PAUSES.0;
    loop {
        let started = Instant::now();
        let status = match kept.start() {
            Ok(mut child) => {
                tokio::select! {
                    status = child.wait() => status,
                    () = stop.cancelled() => return kept.end(child).await,
                }
            }
            Err(error) => Err(error),
        };
        match (&status, status.as_ref().ok().and_then(ExitStatus::code)) {
            (_, Some(code)) if code == i32::from(Exit::Usage.code()) => return Exit::Usage,
            (_, Some(code)) if code == i32::from(Exit::Refused.code()) => return Exit::Refused,
            (Ok(status), _) => {
                warn!(process = %kept.name, %status, ?pause, "ended; starting it again")
            }
            (Err(error), _) => {
                warn!(process = %kept.name, %error, ?pause, "did not start; trying again")
            }
        }
        if started.elapsed() > PAUSES.1 {
            pause = PAUSES.0;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return Exit::Ok,
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Returns the exit that tells more.
fn worse(one: Exit, other: Exit) -> Exit {
    if other.code() > one.code() {
        other
    } else {
        one
    }
}

impl Kept {
    /// Names a process of this executable on the same set-up.
    fn new(setup: &Setup, global: &Global, command: &[&str]) -> Self {
        let mut arguments: Vec<OsString> = vec!["--dir".into(), setup.layout.root().into()];
        arguments.extend(["--log-format", global.log_format.as_str()].map(OsString::from));
        if let Some(path) = &global.operator_key {
            arguments.extend(["--operator-key".into(), path.into()]);
        }
        arguments.extend(command.iter().map(OsString::from));
        Self {
            name: (*command.last().unwrap_or(&"trail")).to_owned(),
            arguments,
            hidden: Vec::new(),
        }
    }

    /// Keeps variables from the process.
    fn hiding(self, hidden: Vec<String>) -> Self {
        Self { hidden, ..self }
    }

    fn command(&self) -> std::io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(&self.arguments)
            .env(ATTACHED, std::process::id().to_string())
            // A human's token is for humans; no worker gets to see it.
            .env_remove("TRAIL_TOKEN")
            .stdin(Stdio::null())
            // What it would tell a person is told here, once; its log goes where ours goes.
            .stdout(Stdio::null())
            // Ctrl-C reaches this process alone, which then ends the others in order.
            .process_group(0)
            .kill_on_drop(true);
        for name in &self.hidden {
            command.env_remove(name);
        }
        Ok(command)
    }

    fn start(&self) -> std::io::Result<Child> {
        let child = self.command()?.spawn()?;
        info!(process = %self.name, pid = child.id(), "started");
        Ok(child)
    }

    /// Runs the process once and tells how it ended.
    async fn once(&self) {
        let status = match self.command() {
            Ok(mut command) => command.status().await,
            Err(error) => Err(error),
        };
        match status {
            Ok(status) if status.success() => info!(process = %self.name, "found nothing wrong"),
            Ok(status) => {
                error!(process = %self.name, %status, "found something wrong; run `trail verify`")
            }
            Err(error) => error!(process = %self.name, %error, "did not start"),
        }
    }

    /// Tells a process to end and waits for it; ends it by force if it takes too long.
    async fn end(&self, mut child: Child) -> Exit {
        let pid = child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            // It may have ended by itself in between.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
            warn!(process = %self.name, "did not end in time and is ended by force; its lease lapses by itself");
            let _ = child.kill().await;
        }
        Exit::Ok
    }
}
