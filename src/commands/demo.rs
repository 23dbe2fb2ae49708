//! `trail demo`: plays the reference session on a sample repository.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use trail_reader::story::Standing;

use crate::cli::Global;
use crate::demo::{self, Figures, Options, Played, story};
use crate::output::{self, Exit, usage};

/// Plays the reference session: a work item from filing to pull request, sealed at every step.
///
/// Everything is made in --dir, or in a new temporary directory. Needs git and cargo; no network,
/// no keys.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Answer the gates as the sample's human; such decisions are sealed and reported as simulated.
    #[arg(long)]
    yes: bool,
    /// Play this script instead of the sample's own.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Ask the finished session what a reviewer would: why, trace, audit, replay, compare.
    #[arg(long)]
    story: bool,
    /// Remove the temporary directory at the end; what is in --dir always stays.
    #[arg(long)]
    discard: bool,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    if global.json && !args.yes {
        return Err(usage(
            "with --json nobody can be asked at the gates",
            "add --yes",
        ));
    }
    let temporary = match &global.dir {
        Some(_) => None,
        None => Some(
            tempfile::Builder::new()
                .prefix("trail-demo-")
                .tempdir()
                .context("cannot make a temporary directory")?,
        ),
    };
    let dir = match (&global.dir, &temporary) {
        (Some(dir), _) => dir.clone(),
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => unreachable!("one of the two is there"),
    };
    let options = Options {
        dir,
        yes: args.yes,
        script: args.script,
        quiet: global.json,
    };
    let discarded = args.discard && global.dir.is_none();
    let ended = tell(&options, args.story, global.json, discarded).await;
    match temporary.filter(|_| !args.discard) {
        Some(temporary) => {
            let kept = temporary.keep();
            ended.map_err(|error| error.context(format!("what was made is in {}", kept.display())))
        }
        None => ended,
    }
}

/// Plays the session, and has its questions answered if that is wanted.
async fn tell(options: &Options, story: bool, json: bool, discarded: bool) -> anyhow::Result<Exit> {
    let played = demo::play(options).await?;
    let mut well = played.chain == "verified" && played.stage == "delivered";
    if !json {
        output::print(text(&played))?;
    }
    let mut answers = None;
    if story {
        let answered = story::tell(&played.questions, json).await?;
        well &= answered.iter().all(story::Answer::is_well);
        answers = Some(answered);
    }
    if json {
        let told = Told {
            played,
            story: answers,
        };
        output::line(serde_json::to_string_pretty(&told)?)?;
    } else if !discarded {
        output::print(next(&played))?;
    }
    Ok(if well { Exit::Ok } else { Exit::Findings })
}

/// What the demo prints with `--json`.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    played: Played,
    /// The answers, with `--story`.
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<Vec<story::Answer>>,
}

fn text(played: &Played) -> String {
    let tests = |own: Option<Figures>| {
        own.map_or_else(
            || "none".to_owned(),
            |own| format!("{} passed, {} failed", own.passed, own.failed),
        )
    };
    let head = played
        .head
        .map_or_else(|| "none".to_owned(), |head| head.to_string());
    let simulated = if played.simulated {
        " (simulated: the demo answered as the sample's human)"
    } else {
        ""
    };
    format!(
        "\n{item} is {stage}.\n\n  \
         {decisions} decisions by a scripted model, {gates} gate decisions{simulated},\n  \
         {intermediate} intermediate records, {outside} outside action(s), sealed in {entries} entries and {records} records\n  \
         tests: first {first}; last {last}\n  \
         criteria: {criteria}\n  \
         lint of the delivered tree: {findings} in {files} files\n  \
         history: {chain}, head {head}\n",
        item = played.item,
        stage = played.stage,
        decisions = played.decisions,
        gates = played.gates,
        intermediate = played.intermediate,
        outside = played.outside_actions,
        entries = played.entries,
        records = played.records,
        first = tests(played.tests.first),
        last = tests(played.tests.last),
        criteria = criteria(played),
        findings = trail_item::text::count(played.lint.findings, "finding"),
        files = played.lint.files,
        chain = played.chain,
    )
}

/// Names what is open before what is proven: nothing hides in a count.
fn criteria(played: &Played) -> String {
    let of = |proven: bool| {
        let own = played.criteria.iter();
        own.filter(move |own| (own.standing == Standing::Proven) == proven)
    };
    let open = of(false).map(|own| format!("{}: {}; ", own.id, own.standing.as_str()));
    let proven: Vec<&str> = of(true).map(|own| own.id.as_str()).collect();
    format!("{}proven: {}", open.collect::<String>(), proven.join(", "))
}

/// Says where everything is, and what can be asked of it.
fn next(played: &Played) -> String {
    let dir = played.dir.display();
    let mut out = format!(
        "\nEverything is in {dir}:\n  \
         repo/        the repository; its branch trail/{run} is the pull request\n  \
         report.html  the report, and report.md\n  \
         delivered/   the delivered tree, checked out\n  \
         {item}.trail  the evidence as one file: {verdict}\n  \
         history/     the history as files, for any verifier of the format\n  \
         operator/    the operator's key and the tokens of the sample's people\n\n\
         Try next:\n  \
         trail --dir {dir} verify\n  \
         trail --dir {dir} log {item}\n  \
         trail --dir {dir} report {item}\n  \
         trail --dir {dir} show {item}\n  \
         trail verify {history}\n\nAnd ask:\n",
        run = played.run.as_ref().map_or("", |run| run.as_str()),
        item = played.item,
        verdict = played.bundle_verdict,
        history = played.history.display(),
    );
    for question in &played.questions {
        out.push_str(&format!(
            "  # {}\n  {}\n",
            question.question,
            question.shown()
        ));
    }
    out
}
