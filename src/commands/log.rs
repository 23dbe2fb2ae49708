//! `trail log ITEM`: a run as lines: when, which call, who, what, why, at what cost.

use std::time::Duration;

use trail_reader::Story;
use trail_reader::log::{self, Filter, KINDS};
use trail_record::{Moment, Persona, RunId};

use crate::cli::Global;
use crate::nearest::nearest;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};

/// How often the tracker is asked for more with --follow.
const AGAIN: Duration = Duration::from_secs(2);

/// Shows an item's history, line by line.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item's key, or one of its runs (`PROJ-1.2`).
    #[arg(value_name = "ITEM|RUN")]
    item: String,
    /// Only this run, such as `PROJ-1.2`.
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Only lines of these kinds: `call`, `committed`, `tested`, `gate-asked`, `gate-decided` ...
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<String>,
    /// Only lines of these personas.
    #[arg(long, value_name = "PERSONA", value_delimiter = ',')]
    persona: Vec<Persona>,
    /// Not before this time (2026-11-21T10:00:00Z).
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Not after this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// Only calls, patchsets and commits that touched such a path; may be given several times.
    #[arg(long, value_name = "GLOB")]
    path: Vec<String>,
    /// Go on and show what comes, until it is delivered or cancelled.
    #[arg(long, short, conflicts_with = "history")]
    follow: bool,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let (item, run) = match args.item.rsplit_once('.') {
        Some((item, _)) => (item.to_owned(), Some(args.item.to_uppercase())),
        None => (args.item.clone(), None),
    };
    let mut filter = Filter {
        run: args.run.clone().or(run).map(RunId::new),
        kinds: args.kind.clone(),
        personas: args.persona.clone(),
        since: args.since,
        until: args.until,
        paths: args.path.clone(),
        from: 0,
    };
    check(&filter)?;
    let mut first = true;
    loop {
        let reading = Reading::of(global, &args.source, std::slice::from_ref(&item)).await?;
        let story = reading.only()?;
        known(&story, filter.run.as_ref())?;
        let lines = log::lines(&story, &filter);
        if args.follow && global.json {
            // One line of JSON each, so that a reader need not wait for an end.
            for line in &lines {
                output::line(serde_json::to_string(line)?)?;
            }
        } else if first || !lines.is_empty() {
            output::show(global.json, &lines, |lines| {
                lines.iter().map(|line| format!("{line}\n")).collect()
            })?;
        }
        first = false;
        filter.from = story.entries.last().map_or(0, |last| last.seq + 1);
        let over =
            story.is_delivered() || matches!(story.state.stage, trail_item::Stage::Cancelled);
        if !args.follow || over {
            return Ok(Exit::Ok);
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Ok),
        }
    }
}

/// Refuses kinds that there are not.
fn check(filter: &Filter) -> anyhow::Result<()> {
    for kind in &filter.kinds {
        if !KINDS.contains(&kind.as_str()) {
            let help = match nearest(kind, KINDS) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("the kinds: {}", KINDS.join(", ")),
            };
            return Err(usage(format!("there are no lines of kind {kind:?}"), help));
        }
    }
    Ok(())
}

fn known(story: &Story, run: Option<&RunId>) -> anyhow::Result<()> {
    let Some(run) = run.filter(|run| !story.runs.contains(run)) else {
        return Ok(());
    };
    let runs: Vec<&str> = story.runs.iter().map(RunId::as_str).collect();
    let help = format!(
        "its runs: {}",
        if runs.is_empty() {
            "none yet".to_owned()
        } else {
            runs.join(", ")
        }
    );
    Err(usage(format!("{} has no run {run}", story.key), help))
}
