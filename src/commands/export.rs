//! `trail export`: writes histories as files, for auditors and other verifiers.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};

/// Writes histories as a directory that needs neither tracker nor Trail to be read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Items by key; all if none is named.
    #[arg(value_name = "ITEM")]
    items: Vec<String>,
    /// The directory to write; it must not hold anything yet.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let taken = args
        .output
        .read_dir()
        .is_ok_and(|mut found| found.next().is_some());
    if taken {
        return Err(usage(
            format!("{} is not empty", args.output.display()),
            "name a directory that is not there yet",
        ));
    }
    let reading = Reading::of(global, &args.source, &args.items).await?;
    reading
        .history
        .write(&args.output)
        .context("cannot write the history")?;
    let items: Vec<&str> = reading
        .judged
        .iter()
        .map(|own| own.subject.key.as_str())
        .collect();
    let told = json!({ "dir": args.output, "items": items });
    output::show(global.json, &told, |_| {
        let keys = items.join(", ");
        format!(
            "wrote {keys} to {}\nany verifier of the format can read it, such as `trail verify {}`\n",
            args.output.display(),
            args.output.display()
        )
    })?;
    Ok(Exit::Ok)
}
