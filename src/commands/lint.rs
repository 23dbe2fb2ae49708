//! `trail lint [PATH...]`: holds annotations against the criteria of work items.

mod baseline;
mod known;
mod place;
mod sources;

use std::path::{Path, PathBuf};

use trail_lint::fix::{self, Fixes};
use trail_lint::settings::Neighbour;
use trail_lint::{Date, Format, Question, Report, Rule, Settings, Walk, check, format};
use trail_reader::Story;

use crate::cli::Global;
use crate::output::{self, Exit, columns, usage};
use crate::reading::Source;

use place::Place;
use sources::Sources;

/// Lints annotations: unknown, outdated, ambiguous, dead and missing ones.
///
/// Reads the repository around, or the set-up's, and runs nothing in it. What criteria there are is
/// taken from --criteria or --history, else from what this machine remembers of the set-up's items,
/// else from its tracker, else from `trail-criteria.json` in the repository.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files and folders to lint; the whole repository if none is named.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The repository's top, instead of the one around.
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    /// How findings are printed; human, or json with `--json`.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Formats>,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Warnings fail too.
    #[arg(long)]
    strict: bool,
    /// Lint what is staged, as the next commit would hold it.
    #[arg(long, conflicts_with_all = ["paths", "fix", "accept", "update_baseline"])]
    staged: bool,
    #[command(flatten)]
    criteria: Criteria,
    #[command(flatten)]
    ruling: Ruling,
    #[command(flatten)]
    accepted: baseline::Args,
    /// Propose annotations for tests that have none and claims of criteria that do not exist.
    #[arg(long)]
    fix: bool,
    /// Write what --fix proposes.
    #[arg(long, requires = "fix")]
    write: bool,
    /// Explain a rule, and do nothing else.
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// List the rules, and do nothing else.
    #[arg(long)]
    rules: bool,
}

/// Where the criteria come from.
#[derive(Debug, clap::Args)]
struct Criteria {
    /// Take them from this file, which --write-criteria wrote.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["history", "fresh"])]
    criteria: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// Ask the tracker, though this machine remembers items.
    #[arg(long, conflicts_with = "history")]
    fresh: bool,
    /// Write them to this file, for use where there is no set-up, and do nothing else.
    #[arg(long, value_name = "FILE")]
    write_criteria: Option<PathBuf>,
}

/// What is looked for, and where.
#[derive(Debug, clap::Args)]
struct Ruling {
    /// Take [lint] from this file instead of the set-up's trail.toml or the repository's
    /// trail-lint.toml.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Paths in which each test must name a criterion, besides those of the settings.
    #[arg(long, value_name = "GLOB")]
    governed: Vec<String>,
    /// Read a neighbour's annotations too.
    #[arg(long, value_enum, value_name = "TOOL")]
    neighbour: Vec<Neighbours>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Formats {
    /// Text for people.
    Human,
    /// JSON, see JSON.md.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit's XML, for CI servers.
    Junit,
    /// GitHub's workflow commands.
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Neighbours {
    /// OpenFastTrace's tags.
    OpenFastTrace,
    /// StrictDoc's relations.
    StrictDoc,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    if let Some(word) = &args.explain {
        let rule: Rule = word.parse().map_err(|error: trail_lint::rule::NoRule| {
            usage(error.to_string(), "`trail lint --rules` lists them")
        })?;
        output::print(rule.explain())?;
        return Ok(Exit::Ok);
    }
    if args.rules {
        output::print(listed())?;
        return Ok(Exit::Ok);
    }
    let place = Place::find(global, &args)?;
    let (known, notes) = known::of(global, &args.criteria, &place).await?;
    if let Some(file) = &args.criteria.write_criteria {
        return known::write(global, &known, &notes, file);
    }
    let today = today()?;
    let sources = Sources::read(global, &args, &place).await?;
    let question = Question {
        known: &known,
        settings: &place.settings,
        tree: &sources.tree,
        whole: sources.whole,
        today,
    };
    let mut report = check(&question);
    report.notes = notes;
    args.accepted.apply(&place, &sources, &mut report, today)?;
    if args.fix {
        let root = &place.root;
        let fixes = fix::propose(&question, &report, |path| std::fs::read(root.join(path)));
        return fixed(global, &args, &place, &fixes);
    }
    told(global, &args, &report)
}

/// Lints a folder against the items whose stories are told.
pub(crate) fn of_stories(
    stories: &[Story],
    root: &Path,
    settings: &Settings,
) -> anyhow::Result<Report> {
    let mut notes = Vec::new();
    let known = known::known(stories, &mut notes)?;
    let tree = Walk::new(root, &[], settings)?.read(&|| {});
    let question = Question {
        known: &known,
        settings,
        tree: &tree,
        whole: true,
        today: today()?,
    };
    let mut report = check(&question);
    report.notes = notes;
    Ok(report)
}

/// Prints the report.
fn told(global: &Global, args: &Args, report: &Report) -> anyhow::Result<Exit> {
    let format = match args.format {
        Some(Formats::Json) => Format::Json,
        Some(Formats::Sarif) => Format::Sarif,
        Some(Formats::Junit) => Format::Junit,
        Some(Formats::Github) => Format::Github,
        None if global.json => Format::Json,
        Some(Formats::Human) | None => Format::Human,
    };
    let text = format::write(report, format, env!("CARGO_PKG_VERSION"));
    match &args.output {
        Some(file) => std::fs::write(file, text).map_err(|error| {
            usage(
                format!("{}: {error}", file.display()),
                "name a file that can be written",
            )
        })?,
        None => output::print(text)?,
    }
    Ok(if report.fails(args.strict) {
        Exit::Findings
    } else {
        Exit::Ok
    })
}

/// Shows what is proposed, and writes it if that was asked for.
fn fixed(global: &Global, args: &Args, place: &Place, fixes: &Fixes) -> anyhow::Result<Exit> {
    if args.write {
        for file in &fixes.files {
            place.replace(&file.path, &file.before, &file.after)?;
        }
    }
    output::show(global.json, fixes, |own| shown(own, args.write))?;
    let open = !fixes.left.is_empty() || (!args.write && !fixes.files.is_empty());
    Ok(if open { Exit::Findings } else { Exit::Ok })
}

fn shown(fixes: &Fixes, written: bool) -> String {
    let clean =
        |text: &str| trail_record::hidden::shown(text, "<", ">", trail_record::hidden::hides);
    let mut out = String::new();
    for file in &fixes.files {
        out.push_str(&file.diff);
        for own in &file.proposals {
            let (item, criterion, text) = (&own.work_item, &own.criterion, clean(&own.text));
            let near = own.score * 100.0;
            let thing = clean(&own.thing);
            out.push_str(&format!(
                "  {thing}: {item} {criterion}, {near:.0} of 100 near: {text}\n"
            ));
        }
    }
    for own in &fixes.left {
        let (path, thing, why) = (clean(&own.path), clean(&own.thing), &own.why);
        out.push_str(&format!("{path}:{}: {thing}: {why}\n", own.line));
    }
    let proposals: usize = fixes.files.iter().map(|own| own.proposals.len()).sum();
    let done = if written {
        "written"
    } else {
        "proposed; read them, then add --write"
    };
    out.push_str(&format!(
        "{proposals} {done}; nothing is near for {}\n",
        fixes.left.len()
    ));
    out
}

fn listed() -> String {
    let row = |own: Rule| {
        [
            own.id().to_owned(),
            own.level().as_str().to_owned(),
            own.summary().to_owned(),
        ]
        .to_vec()
    };
    columns(&Rule::ALL.map(row))
}

/// Returns the day, by UTC, so that it is the same on all machines.
fn today() -> anyhow::Result<Date> {
    Ok(chrono::Utc::now().format("%Y-%m-%d").to_string().parse()?)
}

impl From<Neighbours> for Neighbour {
    fn from(own: Neighbours) -> Self {
        match own {
            Neighbours::OpenFastTrace => Self::OpenFastTrace,
            Neighbours::StrictDoc => Self::StrictDoc,
        }
    }
}
