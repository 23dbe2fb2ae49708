//! `trail file`: files a work item as the person who runs it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use trail_item::criteria;
use trail_port::tracker::NewItem;

use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::setup::Setup;
use crate::wire;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The title.
    #[arg(long, value_name = "TEXT", required_unless_present = "item")]
    pub(crate) title: Option<String>,
    /// A file with the body; `-` reads standard input.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "item",
        conflicts_with = "item"
    )]
    pub(crate) body_file: Option<PathBuf>,
    /// A Markdown file whose first line is `# Title` and the rest the body; `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "title")]
    pub(crate) item: Option<PathBuf>,
    /// A label, such as gate:plan; may be repeated.
    #[arg(long = "label", value_name = "LABEL")]
    pub(crate) labels: Vec<String>,
    /// File the item though workers will refuse its text.
    #[arg(long)]
    pub(crate) anyway: bool,
}

/// The most bytes of an item's text.
const LONGEST: u64 = 1024 * 1024;

/// Files the item.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let (title, body) = match (args.title, args.body_file, args.item) {
        (_, _, Some(file)) => split(&read(&file)?)?,
        (Some(title), Some(file), None) => (title, read(&file)?),
        (_, _, None) => {
            return Err(usage(
                "an item needs a title and a body",
                "give --title and --body-file, or --item",
            ));
        }
    };
    if let Err(problems) = criteria::parse(&body)
        && !args.anyway
    {
        let list: Vec<String> = problems
            .iter()
            .map(|problem| format!("\n  - {problem}"))
            .collect();
        return Err(usage(
            format!("workers would refuse this item:{}", list.concat()),
            "mend the text, or file it as it is with --anyway",
        ));
    }
    let tracker = wire::own_account(&setup, global)?.tracker();
    let mut labels = args.labels;
    let wanted = setup.config.tracker.label.as_ref();
    if let Some(wanted) = wanted.filter(|own| !own.is_empty() && !labels.contains(own)) {
        labels.push(wanted.clone());
    }
    let new = NewItem {
        title,
        body,
        labels,
    };
    let item = tracker.create(&new).await?;
    let value = serde_json::json!({ "id": item.id, "key": item.key, "title": item.title });
    output::show(global.json, &value, |_| {
        format!("{}  {}\n", item.key, item.title)
    })?;
    Ok(Exit::Ok)
}

/// Reads a file, or standard input for `-`.
fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LONGEST + 1)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|own| own.take(LONGEST + 1).read_to_string(&mut text))
    };
    let shown = file.display();
    let size =
        read.map_err(|error| usage(format!("{shown}: {error}"), "name a text file in UTF-8"))?;
    if size as u64 > LONGEST {
        return Err(usage(
            format!("{shown} is longer than {LONGEST} bytes"),
            "say less",
        ));
    }
    Ok(text)
}

/// Splits a Markdown file into title and body.
fn split(text: &str) -> anyhow::Result<(String, String)> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let title = first
        .trim_end()
        .strip_prefix("# ")
        .map(str::trim)
        .filter(|title| !title.is_empty());
    let title = title.ok_or_else(|| {
        usage(
            "the item's first line is no `# Title`",
            "write one, or use --title and --body-file",
        )
    })?;
    Ok((
        title.to_owned(),
        rest.trim_start_matches(['\r', '\n']).to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_heading_is_the_title() {
        let (title, body) = split("\n# Add a sheet \r\n\r\n- AC-1: x\n").unwrap();
        assert_eq!(
            (title.as_str(), body.as_str()),
            ("Add a sheet", "- AC-1: x\n")
        );
        for text in ["", "no heading", "## lower", "# \nbody"] {
            assert!(split(text).is_err(), "{text:?}");
        }
    }
}
