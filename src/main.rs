//! The `trail` binary: the command line over the bus and its adapters.
//!
//! `main` does what must come first (the sandbox's helper, the TLS provider, logging), hands the
//! parsed command to `commands`, and folds whatever came of it into one exit code.

mod accounts;
mod check;
mod cli;
mod commands;
mod config;
mod demo;
mod founding;
mod labels;
mod layout;
mod listen;
mod logging;
mod memory;
mod nearest;
mod output;
mod private;
mod reading;
mod schedule;
mod service;
mod setup;
mod standing;
mod template;
mod trust;
mod wire;

use clap::Parser as _;

use crate::cli::Cli;
use crate::output::Exit;

fn main() -> std::process::ExitCode {
    // Before anything else: the helper must not inherit threads, and its arguments are no command's.
    trail_workspace::sandbox::enter_if_asked();
    // No client is made before this; whoever else installed one has installed the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let json = cli.global.json;
    let run = || -> anyhow::Result<Exit> {
        logging::start(cli.global.log_format, cli.command.is_service())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            // Blocking calls are data syncs and file reads; more threads would only cost memory.
            .max_blocking_threads(16)
            .enable_all()
            .build()?;
        let ended = runtime.block_on(cli.run());
        // A read of standard input or a sync that hangs must not keep the process.
        runtime.shutdown_background();
        ended
    };
    let exit = run().unwrap_or_else(|error| output::fold(&error, json));
    exit.into()
}
