//! `trail worker`: one persona's process.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::Notify;
use trail_record::{Persona, WorkerId};
use trail_worker::Bells;

use crate::cli::Global;
use crate::commands::serve::stop_on_signals;
use crate::output::{Exit, usage};
use crate::private;
use crate::schedule::Schedule;
use crate::setup::Setup;
use crate::wire;

/// What the command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// The persona: planner, coder, tester or reviewer.
    #[arg(long, value_name = "PERSONA")]
    pub(crate) role: Persona,
    /// Tells several workers of one persona apart that share a set-up directory.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

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
    let worker = tokio::select! {
        worker = wire::remote_worker(&setup, args.role, id, &home) => Arc::new(worker?),
        () = stop.cancelled() => return Ok(Exit::Ok),
    };
    let sweep = Arc::new(Notify::new());
    let text = &setup.config.worker.sweep;
    if !text.is_empty() {
        let schedule: Schedule = text.parse()?;
        let (stop, sweep) = (stop.clone(), Arc::clone(&sweep));
        tokio::spawn(async move {
            schedule.run(&stop, || sweep.notify_one()).await;
        });
    }
    worker.run(stop, Bells::of(sweep)).await?;
    Ok(Exit::Ok)
}

/// Warns where this process could read the operator's key: then its persona's seal proves less.
fn warn_of_operator_key(global: &Global, setup: &Setup) {
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
fn worker_id(home: &Path, persona: Persona) -> anyhow::Result<WorkerId> {
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
