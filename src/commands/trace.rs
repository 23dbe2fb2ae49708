//! `trail trace`: why a record is what it is, and what followed from it.

use trail_reader::address::{self, Named};
use trail_reader::graph::Graph;
use trail_reader::trace::{self, Reach};
use trail_record::Kind;

use crate::cli::Global;
use crate::output::{self, Exit, Hinted, usage};
use crate::reading::{Reading, Source, Trusting};

/// Traces a record, a call, a conclusion or a whole item.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `library_choice`, `PROJ-1.1#5`, the start of a digest, or an item's key.
    #[arg(value_name = "RECORD|DECISION|ITEM")]
    what: String,
    /// Only what it rests on.
    #[arg(long, conflicts_with = "down")]
    up: bool,
    /// Only what followed from it.
    #[arg(long)]
    down: bool,
    /// At most so many steps away.
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// How it is drawn; `--json` is the same as json.
    #[arg(long, value_enum, default_value_t = Drawing::Tree)]
    format: Drawing,
    #[command(flatten)]
    trusting: Trusting,
    #[command(flatten)]
    source: Source,
}

/// How a trace is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Drawing {
    /// Text for people.
    Tree,
    /// One JSON value.
    Json,
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let reading = Reading::of(global, &args.source, &item_of(&args.what)).await?;
    args.trusting.check(&reading)?;
    let stories = reading.stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    let found = find(&args.what, &stories, &graph)?;
    let (story, node) = match found {
        Named::Record(story, node) => (story, node),
        Named::Item(story) | Named::Run(story, _) => {
            let run = match found {
                Named::Run(_, run) => Some(run),
                _ => None,
            };
            let spec = graph
                .nodes()
                .iter()
                .filter(|node| node.item == story.key && node.kind == Kind::Spec)
                .rfind(|node| run.as_ref().is_none_or(|run| *run == node.run));
            let spec = spec.ok_or_else(|| {
                Hinted::new(
                    Exit::Findings,
                    format!(
                        "{} was not taken up yet: there is nothing to trace",
                        story.key
                    ),
                )
            })?;
            (story, spec)
        }
        Named::Entry(_, digest) => {
            return Err(usage(
                format!(
                    "{} is an entry; a trace starts from a record",
                    digest.short()
                ),
                format!("`trail show {}` lists the records it seals", digest.short()),
            ));
        }
    };
    let far = args.depth.unwrap_or(u32::MAX);
    let reach = Reach {
        up: if args.down { 0 } else { far },
        down: if args.up { 0 } else { far },
    };
    let trace = trace::of(story, &graph, node, reach);
    match args.format {
        Drawing::Tree => output::show(global.json, &trace, trace::tree)?,
        Drawing::Json => output::show(true, &trace, trace::tree)?,
        Drawing::Dot => output::print(trace::dot(&trace))?,
        Drawing::Mermaid => output::print(trace::mermaid(&trace))?,
    }
    Ok(Exit::Ok)
}

/// Returns the item that an address begins with, if it names one; reading one item is cheaper than
/// reading all.
pub(crate) fn item_of(address: &str) -> Vec<String> {
    let place = address.split(['#', '/']).next().unwrap_or_default().trim();
    let key = place.split('.').next().unwrap_or_default();
    let number = key.rsplit_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !number.is_empty()
    });
    if number {
        vec![key.to_uppercase()]
    } else {
        Vec::new()
    }
}

/// Finds what an address names, with an error that says what there is.
pub(crate) fn find<'a>(
    what: &str,
    stories: &'a [trail_reader::Story],
    graph: &'a Graph,
) -> anyhow::Result<Named<'a>> {
    address::find(what, stories, graph).map_err(|error| {
        Hinted::new(Exit::Usage, error.to_string())
            .help(error.help())
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::item_of;

    #[test]
    fn the_item_is_taken_from_an_address() {
        for (address, item) in [
            ("vsme-142.1#5", Some("VSME-142")),
            ("VSME-142", Some("VSME-142")),
            ("VSME-142.1/library_choice", Some("VSME-142")),
            ("library_choice", None),
            ("schema-mapping", None),
            ("sha256:abcdef", None),
        ] {
            assert_eq!(
                item_of(address).first().map(String::as_str),
                item,
                "{address}"
            );
        }
    }
}
