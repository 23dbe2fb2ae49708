//! `trail worker`: one persona's process.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use trail_record::{Persona, WorkerId};
use trail_worker::{Bells, Hint, Worker};

use crate::cli::Global;
use crate::commands::serve::stop_on_signals;
use crate::config::TrackerKind;
use crate::listen::listen;
use crate::output::{Exit, usage};
use crate::private;
use crate::schedule::Schedule;
use crate::service::{self, Health, Hooks, Sender, Service};
use crate::setup::{self, Setup};
use crate::wire::{self, Account};

/// What the command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// The persona: planner, coder, tester or reviewer.
    #[arg(long, value_name = "PERSONA")]
    pub(crate) role: Persona,
    /// Tells several workers of one persona apart that share a set-up directory.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Where it answers for its health, metrics and webhooks, instead of personas.<role>.listen;
    /// port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Allow an address that other machines can reach, for a scraper or a proxy in front.
    #[arg(long)]
    pub(crate) allow_remote: bool,
}

/// How many hints may wait; more would only say the same.
const HINTS: usize = 64;

/// Works until SIGTERM or SIGINT, then finishes or releases what it holds.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    warn_of_operator_key(global, &setup);
    if let Some(name) = &args.name
        && (name.is_empty()
            || !name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)))
    {
        return Err(usage(
            format!("{name:?} is no name for a worker"),
            "use letters, digits, - and _",
        ));
    }
    let home = setup.layout.worker(args.role, args.name.as_deref());
    private::make_dir(&home)?;
    let id = worker_id(&home, args.role)?;
    let stop = stop_on_signals()?;
    let (worker, account) = tokio::select! {
        made = wire::remote_worker(&setup, args.role, id, &home) => made?,
        () = stop.cancelled() => return Ok(Exit::Ok),
    };
    let worker = Arc::new(worker);
    let sweep = Arc::new(Notify::new());
    let (bell, hints) = mpsc::channel(HINTS);
    let served = serve(&setup, &args, &worker, account, bell).await?;
    let text = &setup.config.worker.sweep;
    if !text.is_empty() {
        let schedule: Schedule = text.parse()?;
        let (stop, sweep) = (stop.clone(), Arc::clone(&sweep));
        tokio::spawn(async move {
            schedule.run(&stop, || sweep.notify_one()).await;
        });
    }
    let worked = worker.run(stop, Bells { sweep, hints }).await;
    if let Some(served) = served {
        // It answers until the worker is done, so that a probe sees it drain.
        served.stop.cancel();
        served.task.await??;
    }
    worked?;
    Ok(Exit::Ok)
}

/// The worker's own endpoints.
struct Served {
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

/// Answers for the worker's health, metrics and webhooks, if an address is set.
async fn serve(
    setup: &Setup,
    args: &Args,
    worker: &Worker,
    account: Account,
    bell: mpsc::Sender<Hint>,
) -> anyhow::Result<Option<Served>> {
    let own = setup.config.persona(args.role).listen.clone();
    let Some(address) = args.listen.clone().or(own) else {
        return Ok(None);
    };
    let listener = listen(&address, args.allow_remote).await?;
    tracing::info!(address = %listener.local_addr()?, "answers for its health and metrics");
    let service = Service {
        persona: args.role,
        pulse: worker.pulse(),
        health: Health::of(setup.config.worker.poll, setup.config.worker.backoff_cap),
        requests: Arc::new(move || account.requests()),
        hooks: hooks(setup, args.role, bell)?,
    };
    let last = CancellationToken::new();
    let task = tokio::spawn(service::serve(listener, service, last.clone()));
    Ok(Some(Served { stop: last, task }))
}

/// Returns what receives webhooks, if a secret is set and the tracker sends any.
fn hooks(setup: &Setup, role: Persona, bell: mpsc::Sender<Hint>) -> anyhow::Result<Option<Hooks>> {
    let Some(secret) = setup.webhook_secret()? else {
        return Ok(None);
    };
    let sender = match setup.config.tracker.kind {
        TrackerKind::Github => Sender::GitHub,
        TrackerKind::Plane => Sender::Plane,
        TrackerKind::Embedded => {
            return Err(usage(
                "webhooks.secret_file or webhooks.secret_env is set, but the embedded tracker sends no webhooks",
                "take it out; workers hear of changes at once without it",
            ));
        }
    };
    let peers = Persona::ALL
        .into_iter()
        .filter(|persona| *persona != role)
        .filter_map(|persona| setup.config.persona(persona).listen.clone())
        .collect();
    Hooks::new(sender, secret, bell, peers).map(Some)
}

/// Warns where this process could read what a worker must not: a human's token, with which it could
/// approve, or the operator's key, with which its persona's seal proves less.
fn warn_of_operator_key(global: &Global, setup: &Setup) {
    if matches!(setup::human_token(global), Ok(Some(_))) {
        tracing::warn!(
            "this worker could read your own token (TRAIL_TOKEN or --token-file) and approve as \
             you; start workers without it"
        );
    }
    if setup.config.worker.allow_readable_operator_key {
        return;
    }
    if let Some(path) = setup.operator_path(global).filter(|path| can_read(path)) {
        tracing::warn!(
            key = %path.display(),
            "this worker could read the operator's key; run workers as a user of their own, keep \
             the key on another machine, or set worker.allow_readable_operator_key = true"
        );
    }
}

/// Tells whether this process can read a file.
pub(crate) fn can_read(path: &Path) -> bool {
    std::fs::File::open(path).is_ok()
}

/// Returns the name under which this process holds leases; it stays the same over restarts, so that
/// a restarted worker goes on with what it held.
pub(crate) fn worker_id(home: &Path, persona: Persona) -> anyhow::Result<WorkerId> {
    let path = home.join("id");
    if let Ok(id) = std::fs::read_to_string(&path)
        && !id.trim().is_empty()
    {
        return Ok(WorkerId::new(id.trim()));
    }
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let system = rustix::system::uname();
    let host = system.nodename().to_string_lossy();
    let id = format!("{persona}@{host}:{}", hex::encode(random));
    private::replace(&path, &id).context("the worker needs a name")?;
    Ok(WorkerId::new(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_keeps_its_name_over_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let first = worker_id(dir.path(), Persona::Coder).unwrap();
        assert!(first.as_str().starts_with("coder@"), "{first}");
        assert_eq!(worker_id(dir.path(), Persona::Coder).unwrap(), first);
    }
}
