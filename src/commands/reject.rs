//! `trail reject`: refuses what an item waits for, and says why.

use super::approve::decide;
use crate::cli::Global;
use crate::output::{Exit, usage};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item.
    #[arg(value_name = "ITEM")]
    pub(crate) item: String,
    /// The code of exactly what you refuse, as the item shows it.
    #[arg(value_name = "CODE")]
    pub(crate) code: String,
    /// Why: the next attempt starts from it.
    #[arg(value_name = "WHY", required = true)]
    pub(crate) why: Vec<String>,
}

/// Shows what the code covers and posts the refusal.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let why = args.why.join(" ");
    if why.trim().is_empty() {
        return Err(usage(
            "a refusal says why",
            "the next attempt starts from your reason",
        ));
    }
    decide(global, "reject", &args.item, &args.code, &why).await
}
