//! `trail serve`: the embedded tracker behind HTTP, until it is told to stop.

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use trail_tracker::{Embedded, Project};

use crate::accounts;
use crate::cli::Global;
use crate::listen::listen;
use crate::output::{self, Exit, usage};
use crate::setup::Setup;

/// What the command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Where to listen, instead of tracker.listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Allow an address that other machines can reach. Tokens then travel unencrypted: put a TLS
    /// proxy in front.
    #[arg(long)]
    pub(crate) allow_remote: bool,
}

/// Serves the tracker until SIGTERM or SIGINT.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    if accounts::is_foreign(&setup) {
        let kind = setup.config.tracker.kind.as_str();
        return Err(usage(
            format!("this set-up's tracker is {kind}: there is nothing to serve"),
            "`trail up` runs the four workers, `trail worker --role ROLE` one of them",
        ));
    }
    let text = args.listen.as_ref().unwrap_or(&setup.config.tracker.listen);
    let listener = listen(text, args.allow_remote).await?;
    let address = listener.local_addr()?;
    let embedded = open(&setup).await?;
    let stop = stop_on_signals()?;
    if global.json {
        output::line(serde_json::json!({ "url": format!("http://{address}") }))?;
    } else {
        output::line(format_args!("The tracker is at http://{address}"))?;
    }
    trail_tracker::serve(embedded, listener, stop).await?;
    Ok(Exit::Ok)
}

/// Opens the tracker's directory.
async fn open(setup: &Setup) -> anyhow::Result<Embedded> {
    let dir = setup.layout.tracker();
    let project = Project {
        id: setup.project(),
        prefix: setup.config.project.key_prefix.clone(),
    };
    if !dir.is_dir() {
        return Err(usage(
            format!("{} is not there", dir.display()),
            "this set-up has no embedded tracker; make one with `trail init`",
        ));
    }
    let opened = tokio::task::spawn_blocking(move || Embedded::open(&dir, &project));
    Ok(opened.await??)
}

/// The variable by which `trail up` tells a process that it belongs to it: its own process id.
pub(crate) const ATTACHED: &str = "TRAIL_UP_PID";

/// Returns a token that SIGTERM and SIGINT cancel; a second signal ends the process at once.
pub(crate) fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    attach();
    let mut term = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut int = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let told = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if first {
                tracing::info!("stopping; a second signal stops at once");
                told.cancel();
            }
        }
        std::process::exit(130);
    });
    Ok(stop)
}

/// Makes sure that a process of `trail up` does not outlive it, even if that is killed.
fn attach() {
    let Some(parent) = std::env::var(ATTACHED)
        .ok()
        .and_then(|text| text.parse().ok())
    else {
        return;
    };
    let death =
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM));
    if let Err(error) = death {
        tracing::warn!(%error, "this process may outlive `trail up`");
    }
    // It may have gone before the signal was asked for.
    if rustix::process::getppid().map(rustix::process::Pid::as_raw_pid) != Some(parent) {
        tracing::warn!("`trail up` is gone; stopping");
        std::process::exit(i32::from(Exit::Unavailable.code()));
    }
}
