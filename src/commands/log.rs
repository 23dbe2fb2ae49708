//! `trail log ITEM`: a run as lines: when, which call, who, what, why, at what cost.

use trail_reader::log;
use trail_record::RunId;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};

/// Shows an item's history, line by line.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item's key.
    #[arg(value_name = "ITEM")]
    item: String,
    /// Only this run, such as `PROJ-1.2`.
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let reading = Reading::of(global, &args.source, &[args.item]).await?;
    let story = reading.only()?;
    let run = args.run.map(RunId::new);
    if let Some(run) = run.as_ref().filter(|run| !story.runs.contains(run)) {
        let runs: Vec<&str> = story.runs.iter().map(RunId::as_str).collect();
        let help = format!(
            "its runs: {}",
            if runs.is_empty() {
                "none yet".to_owned()
            } else {
                runs.join(", ")
            }
        );
        return Err(usage(format!("{} has no run {run}", story.key), help));
    }
    let lines = log::lines(&story, run.as_ref());
    output::show(global.json, &lines, |lines| {
        lines.iter().map(|line| format!("{line}\n")).collect()
    })?;
    Ok(Exit::Ok)
}
