//! `trail checkpoint`.

use crate::cli::Global;
use crate::output::{Exit, usage};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Not written yet.
pub(crate) async fn run(_global: &Global, _args: Args) -> anyhow::Result<Exit> {
    Err(usage(
        "`trail checkpoint` is not part of this build",
        "build a newer one",
    ))
}
