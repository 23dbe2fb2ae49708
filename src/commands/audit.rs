//! `trail audit`: what a run touched, and what it was refused.

use trail_item::quote::visible;
use trail_reader::address::Named;
use trail_reader::audit::{self, Audit, Filter, Row};
use trail_reader::graph::Graph;
use trail_record::Persona;

use crate::cli::Global;
use crate::commands::trace::{find, item_of};
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source, Trusting};

/// Shows every read, listing, search, staged change, command and model asked, violations first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A run such as `PROJ-1.1`, an item's key, or one call such as `PROJ-1.1#5`.
    #[arg(value_name = "RUN|ITEM|CALL")]
    what: String,
    /// Hold it against these globs instead of the sealed scope; may be given several times.
    #[arg(long, value_name = "GLOB")]
    scope: Vec<String>,
    /// Only this persona.
    #[arg(long, value_name = "PERSONA")]
    persona: Option<Persona>,
    /// Exit with 1 also if something was only tried and refused.
    #[arg(long)]
    strict: bool,
    /// Show violations and refusals alone.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    trusting: Trusting,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let reading = Reading::of(global, &args.source, &item_of(&args.what)).await?;
    args.trusting.check(&reading)?;
    let stories = reading.stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    let mut filter = Filter {
        persona: args.persona,
        ..Filter::default()
    };
    let story = match find(&args.what, &stories, &graph)? {
        Named::Item(story) => story,
        Named::Run(story, run) => {
            filter.run = Some(run);
            story
        }
        Named::Record(story, node) if node.call.is_some() => {
            filter.run = Some(node.run.clone());
            filter.call = node.call;
            story
        }
        Named::Record(..) | Named::Entry(..) => {
            return Err(usage(
                format!("{:?} is no item, run or call", args.what),
                "write an item's key, a run (PROJ-1.1) or a call (PROJ-1.1#5)",
            ));
        }
    };
    let scope = (!args.scope.is_empty()).then_some(args.scope.as_slice());
    let audit = audit::of(story, &filter, scope);
    let clean = audit.is_clean(args.strict);
    output::show(global.json, &audit, |audit| text(audit, args.quiet))?;
    Ok(if clean { Exit::Ok } else { Exit::Findings })
}

fn text(audit: &Audit, quiet: bool) -> String {
    let mut out = String::new();
    if !audit.verified {
        out.push_str("UNVERIFIED: this history has findings; see `trail verify`\n\n");
    }
    let of = audit
        .run
        .as_ref()
        .map_or_else(|| audit.item.to_string(), ToString::to_string);
    let globs = |globs: &[String], none: &str| {
        if globs.is_empty() {
            none.to_owned()
        } else {
            visible(&globs.join(", "))
        }
    };
    let whose = if audit.scope.sealed {
        "sealed scope"
    } else {
        "asked for"
    };
    let everything = if audit.scope.sealed {
        "everything in the repository"
    } else {
        "nothing"
    };
    out.push_str(&format!(
        "{of}, held against the {whose}: read {}; write {}\n",
        globs(&audit.scope.read, everything),
        globs(&audit.scope.write, "nothing"),
    ));
    section(&mut out, "Violations", &audit.violations);
    section(&mut out, "Refused", &audit.refusals);
    if !quiet {
        section(&mut out, "Done", &audit.accesses);
    }
    if audit.unread > 0 {
        out.push_str(&format!(
            "\n{} calls cannot be read: what they touched is not known\n",
            audit.unread
        ));
    }
    let totals: Vec<String> = audit
        .totals
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    out.push_str(&format!("\nIn all: {}\n", totals.join(", ")));
    out
}

fn section(out: &mut String, title: &str, rows: &[Row]) {
    if rows.is_empty() {
        out.push_str(&format!("\n{title}: none\n"));
        return;
    }
    out.push_str(&format!("\n{title} ({}):\n", rows.len()));
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let said = if row.verdict.allowed {
                row.verdict.rules.join(" ")
            } else {
                row.verdict.reason.clone()
            };
            let why = row.why.clone().unwrap_or_default();
            let what = match (row.access, &row.tool) {
                ("no-effect", Some(tool)) => tool.clone(),
                (access, _) => access.to_owned(),
            };
            let say = if why.is_empty() { said } else { why };
            vec![
                format!("#{}", row.call),
                row.persona.to_string(),
                visible(&what),
                cut(&row.target),
                cut(&row.detail),
                cut(&say),
            ]
        })
        .collect();
    for line in output::columns(&cells).lines() {
        out.push_str(&format!("  {line}\n"));
    }
}

fn cut(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    trail_item::quote::cut(&visible(&line.join(" ")), 80)
}
