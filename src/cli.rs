//! The command line: global options and one variant per command.
//!
//! What a command takes stands beside what it does, in `commands/<verb>.rs`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    approve, audit, bundle, checkpoint, comment, compare, demo, doctor, export, file, healthcheck,
    impact, ingest, init, keys, lint, log, matrix, prove, provision, reconcile, reject, replay,
    report, revert, serve, show, status, template, trace, up, verify, why, worker,
};
use crate::logging::Format;
use crate::output::Exit;

/// Exit codes: 0 ok; 1 findings or a negative answer; 2 usage or configuration; 3 something is
/// unreachable or in use; 4 refused by policy or permission.
const AFTER_HELP: &str = "\
Exit codes:
  0  ok
  1  findings, or a negative answer
  2  wrong usage or configuration
  3  something is unreachable or in use
  4  refused by policy or permission

Settings are layered: built-in defaults, trail.toml, then TRAIL_<SECTION>__<KEY> variables.
TRAIL_DIR names the set-up directory, TRAIL_TOKEN is your own tracker token,
TRAIL_OPERATOR_KEY the operator's key file, TRAIL_LOG filters the log (as in RUST_LOG).";

/// Lets AI agents write software that somebody must later defend.
#[derive(Debug, Parser)]
#[command(name = "trail", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The set-up directory; by default the nearest one upwards that holds a trail.toml, or has a
    /// sibling `<name>.trail` that does.
    #[arg(long, global = true, env = "TRAIL_DIR", value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Print JSON (see JSON.md) instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How log lines are written to standard error.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) log_format: Format,
    /// The operator's private key; by default `trail/<project>/operator.pem` in the user's
    /// configuration folder.
    #[arg(long, global = true, env = "TRAIL_OPERATOR_KEY", value_name = "PATH")]
    pub(crate) operator_key: Option<PathBuf>,
    /// A file that holds your own tracker token, instead of TRAIL_TOKEN.
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) token_file: Option<PathBuf>,
}

/// What `trail` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set Trail up for a repository: configuration, keys, policy, tracker and trust document.
    Init(Box<init::Args>),
    /// Play the reference session on a sample repository.
    Demo(demo::Args),
    /// Serve the embedded tracker.
    Serve(serve::Args),
    /// Work as one persona.
    Worker(worker::Args),
    /// Run the tracker and the four workers together.
    Up(up::Args),
    /// File a work item.
    File(file::Args),
    /// Print or write the work item template of a tracker.
    Template(template::Args),
    /// Comment on an item.
    Comment(comment::Args),
    /// Approve what an item waits for, after showing it.
    Approve(approve::Args),
    /// Refuse what an item waits for.
    Reject(reject::Args),
    /// Show where the items stand.
    Status(status::Args),
    /// Show one item.
    Show(show::Args),
    /// Show an item's history, entry by entry.
    Log(log::Args),
    /// Verify histories: bytes, seals, keys, order, approvals, checkpoints.
    Verify(verify::Args),
    /// Tell why a line is there.
    Why(why::Args),
    /// Lint annotations against the criteria of items.
    Lint(Box<lint::Args>),
    /// Find delivered work in the repository after merges, squashes and rebases.
    Reconcile(reconcile::Args),
    /// Trace a record: what it rests on and what followed from it.
    Trace(trace::Args),
    /// Tell what is suspect since a criterion changed, and how to verify it again.
    Impact(impact::Args),
    /// Show what taking a delivery back would undo; with --yes, say so in the item.
    Revert(revert::Args),
    /// Audit what a run touched, and what it was refused.
    Audit(audit::Args),
    /// Report on an item.
    Report(report::Args),
    /// Tell criteria by tests, proofs, commits and approvals, over all items.
    Matrix(matrix::Args),
    /// Try the tests of an item where they must fail, and tell what they prove.
    Prove(prove::Args),
    /// Join results of tests that were run elsewhere to criteria, and keep them as reported.
    Ingest(ingest::Args),
    /// Replay a run: exactly, or with another model in a place of its own.
    Replay(replay::Args),
    /// Compare runs: where they part, what each cost, what came of it.
    Compare(compare::Args),
    /// Write histories as files, for auditors and other verifiers.
    Export(export::Args),
    /// Write items with all that is needed to verify them as one file.
    Bundle(bundle::Args),
    /// List, make, rotate and revoke keys; issue trust documents.
    Keys(keys::Args),
    /// Sign how far the histories went.
    Checkpoint(checkpoint::Args),
    /// Write what one worker needs on its own machine or under its own user, and no more.
    Provision(provision::Args),
    /// Ask a worker on this machine whether it works.
    Healthcheck(healthcheck::Args),
    /// Check the set-up and say what to mend.
    Doctor(doctor::Args),
}

impl Command {
    /// Tells whether the command runs until it is stopped, and so logs what it does.
    pub(crate) const fn is_service(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Worker(_) | Self::Up(_))
    }
}

impl Cli {
    /// Runs the command.
    pub(crate) async fn run(self) -> anyhow::Result<Exit> {
        let global = &self.global;
        match self.command {
            Command::Init(args) => init::run(global, *args).await,
            Command::Demo(args) => demo::run(global, args).await,
            Command::Serve(args) => serve::run(global, args).await,
            Command::Worker(args) => worker::run(global, args).await,
            Command::Up(args) => up::run(global, args).await,
            Command::File(args) => file::run(global, args).await,
            Command::Template(args) => template::run(global, args).await,
            Command::Comment(args) => comment::run(global, args).await,
            Command::Approve(args) => approve::run(global, args).await,
            Command::Reject(args) => reject::run(global, args).await,
            Command::Status(args) => status::run(global, args).await,
            Command::Show(args) => show::run(global, args).await,
            Command::Log(args) => log::run(global, args).await,
            Command::Verify(args) => verify::run(global, args).await,
            Command::Why(args) => why::run(global, args).await,
            Command::Lint(args) => lint::run(global, *args).await,
            Command::Reconcile(args) => reconcile::run(global, args).await,
            Command::Trace(args) => trace::run(global, args).await,
            Command::Impact(args) => impact::run(global, args).await,
            Command::Revert(args) => revert::run(global, args).await,
            Command::Audit(args) => audit::run(global, args).await,
            Command::Report(args) => report::run(global, args).await,
            Command::Matrix(args) => matrix::run(global, args).await,
            Command::Prove(args) => prove::run(global, args).await,
            Command::Ingest(args) => ingest::run(global, args).await,
            Command::Replay(args) => replay::run(global, args).await,
            Command::Compare(args) => compare::run(global, args).await,
            Command::Export(args) => export::run(global, args).await,
            Command::Bundle(args) => bundle::run(global, args).await,
            Command::Keys(args) => keys::run(global, args).await,
            Command::Checkpoint(args) => checkpoint::run(global, args).await,
            Command::Provision(args) => provision::run(global, args).await,
            Command::Healthcheck(args) => healthcheck::run(global, args).await,
            Command::Doctor(args) => doctor::run(global, args).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
