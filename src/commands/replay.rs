//! `trail replay RUN`: the recorded run again, exactly; or, with an override, as a run of its own.

mod another;
mod scratch;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use trail_port::{Policy, Store, Workspace};
use trail_record::RunId;
use trail_replay::{Exact, House, MemoryStore, Recorded, Rerun};

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};
use crate::setup::Setup;
use crate::wire;
use scratch::Scratch;

/// Replays a recorded run: exactly, or with an override as a run of its own.
///
/// An exact replay calls no model and touches nothing outside; it says whether every record, commit
/// and the pull request come out the same. With an override the calls from one on go to another
/// model, in a place of their own; the original and its gates are never touched.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run, such as `PROJ-1.2`, or an item for its newest run.
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    source: Source,
    /// Run the recorded test runs again, in the sandbox of today, and compare how each test came out.
    #[arg(long)]
    rerun_tests: bool,
    /// Replay a history that does not verify; nothing that comes of it proves anything.
    #[arg(long)]
    unverified: bool,
    /// What is otherwise: `model=NAME` (a model of trail.toml) or `temperature=NUMBER`.
    #[arg(long = "override", value_name = "WHAT=VALUE", conflicts_with_all = ["rerun_tests", "unverified"])]
    overrides: Vec<String>,
    /// The first call that is asked anew; those before are answered from the record.
    #[arg(long, value_name = "N", requires = "overrides")]
    from: Option<u32>,
    /// Have this gate decided anew, by you on the terminal; else the original's decisions are
    /// carried over.
    #[arg(long, value_name = "GATE", requires = "overrides")]
    regate: Vec<String>,
    /// Where the new run is kept; by default a folder below `replays/` in the set-up directory.
    #[arg(long, value_name = "DIR", requires = "overrides")]
    out: Option<PathBuf>,
}

/// What came of an exact replay, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    exact: Exact,
    /// The test runs that were made again; none unless asked for.
    reruns: Option<Vec<Rerun>>,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let (item, run) = named(&args.run);
    let reading = Reading::of(global, &args.source, &[item]).await?;
    let [judged] = reading.judged.as_slice() else {
        return Err(usage("there are several items of this key", "name one"));
    };
    let recorded = Recorded::of(&reading.history, judged, run.as_ref(), args.unverified);
    let recorded = Arc::new(recorded.map_err(explained)?);
    if !args.overrides.is_empty() {
        return another::run(global, &setup, &args, recorded).await;
    }
    let bar = output::progress(global.json, recorded.steps.len() as u64, "replaying");
    let scratch = Scratch::temporary(&setup, &recorded).await?;
    let house = house(&setup, &scratch)?;
    let told = |done: usize, _: usize| bar.set_position(done as u64);
    let exact = trail_replay::exact(&recorded, &house, &told).await;
    bar.finish_and_clear();
    let exact = exact.map_err(explained)?;
    let reruns = if args.rerun_tests && exact.identical {
        let again = trail_replay::rerun(&recorded, house.workspace.as_ref(), &house.settings);
        Some(again.await.map_err(explained)?)
    } else {
        None
    };
    let same = reruns.iter().flatten().all(|own| own.same);
    let exit = if exact.identical && same {
        Exit::Ok
    } else {
        Exit::Findings
    };
    output::show(global.json, &Told { exact, reruns }, text)?;
    Ok(exit)
}

/// Returns what both runs of a replay are made with.
fn house(setup: &Setup, scratch: &Scratch) -> anyhow::Result<House> {
    let policy: Arc<dyn Policy> = wire::policy(setup)?;
    let workspace: Arc<dyn Workspace> = Arc::clone(&scratch.workspace) as _;
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    Ok(House {
        policies: vec![policy],
        prompts: wire::prompts(setup)?,
        settings: wire::settings(setup),
        prover: wire::prover(&workspace, &store),
        workspace,
    })
}

/// Tells the item's key and the run apart: a run is its item's key, a dot and what begins with a
/// digit.
fn named(text: &str) -> (String, Option<RunId>) {
    match text.rsplit_once('.') {
        Some((item, number)) if number.starts_with(|own: char| own.is_ascii_digit()) => {
            // Keys are written in capitals; what stands behind the dot is not.
            let item = item.to_uppercase();
            let run = RunId::new(format!("{item}.{number}"));
            (item, Some(run))
        }
        _ => (text.to_owned(), None),
    }
}

/// Says of an error what to do about it.
fn explained(error: trail_replay::Error) -> anyhow::Error {
    use trail_replay::Error;
    let help = match &error {
        Error::Unverified { .. } => {
            "look at `trail verify`; --unverified replays it all the same and marks the result"
        }
        Error::UnknownRun { .. } => "name one of these, or the item for its newest run",
        Error::MissingRecord { .. } => "get the whole history: `trail export` writes one",
        Error::Policy { .. } => "put the rules of then into policies/ of a copy of the set-up",
        Error::OtherRules { .. } => "use that version of trail",
        Error::SelfCheck(_) => "`trail replay` without an override shows more",
        Error::Asked(_) => "nothing was written",
        Error::History(_)
        | Error::Trust(_)
        | Error::Canonical(_)
        | Error::Written(_)
        | Error::Io { .. }
        | Error::Workspace(_)
        | Error::Worker(_) => return error.into(),
    };
    let exit = match &error {
        Error::Unverified { .. } | Error::MissingRecord { .. } | Error::SelfCheck(_) => {
            Exit::Findings
        }
        _ => Exit::Usage,
    };
    output::Hinted::new(exit, error.to_string())
        .help(help)
        .into()
}

fn text(told: &Told) -> String {
    let Told { exact, reruns } = told;
    let own = &exact.reproduced;
    let word = match (exact.identical, exact.verified) {
        (true, true) => "reproduced",
        (true, false) => "reproduced, but the history does NOT verify: this proves nothing",
        (false, _) => "NOT reproduced",
    };
    let mut out = format!("{}: {word}\n", exact.run);
    out.push_str(&format!(
        "  {} of {} entries and {} of {} records came out with the same digest: {} decisions, {} patchsets, {} commits, {} pull requests\n",
        own.entries, own.of_entries, own.records, own.of_records, own.decisions, own.patchsets, own.commits, own.pull_requests
    ));
    if let Some(head) = exact.head {
        out.push_str(&format!("  head: {head}\n"));
    }
    for named in &exact.digests {
        let object = match (&named.commit, &named.tree) {
            (Some(commit), Some(tree)) => format!(" (commit {commit}, tree {tree})"),
            (_, _) => String::new(),
        };
        out.push_str(&format!(
            "  entry {:>3}  {:<13} {}{object}\n",
            named.entry, named.kind, named.record
        ));
    }
    let taken = &exact.taken_from_record;
    out.push_str(&format!(
        "  taken from the record: {} answers, {} command results ({} test results), {} comments, {} times\n",
        taken.answers, taken.command_results, taken.test_results, taken.comments, taken.times
    ));
    for (why, count) in &taken.entries {
        out.push_str(&format!(
            "  entries taken whole, because what they came from is not in the record: {count} {why}\n"
        ));
    }
    if let Some(difference) = &exact.difference {
        let shown = trail_item::quote::visible(&difference.to_string());
        out.push_str(&format!("  first difference: {shown}\n"));
    }
    for rerun in reruns.iter().flatten() {
        let word = if rerun.same { "the same" } else { "OTHERWISE" };
        let place = if rerun.same_environment {
            ""
        } else {
            ", in another environment"
        };
        out.push_str(&format!(
            "  tests of entry {}, run again{place}: {word} ({} passed, {} failed; recorded {} and {})\n",
            rerun.entry, rerun.now.0, rerun.now.1, rerun.recorded.0, rerun.recorded.1
        ));
        for name in &rerun.differing {
            let name = trail_item::quote::visible(name);
            out.push_str(&format!("    {name}\n"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_from_an_item() {
        let run = |text: &str| Some(RunId::from(text));
        assert_eq!(named("vsme-142"), ("vsme-142".to_owned(), None));
        assert_eq!(
            named("vsme-142.1"),
            ("VSME-142".to_owned(), run("VSME-142.1"))
        );
        let replayed = named("VSME-142.1~0a1b2c3d");
        assert_eq!(
            replayed,
            ("VSME-142".to_owned(), run("VSME-142.1~0a1b2c3d"))
        );
        assert_eq!(named("my.site-7"), ("my.site-7".to_owned(), None));
    }
}
