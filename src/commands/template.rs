//! `trail template`: the work item template of a tracker.

use crate::cli::Global;
use crate::config::TrackerKind;
use crate::output::{self, Exit, usage};
use crate::setup::Setup;
use crate::template;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// For which tracker; that of the set-up if not given.
    #[arg(long, value_name = "TRACKER", value_parser = ["embedded", "github", "plane"])]
    pub(crate) tracker: Option<String>,
    /// Print the Markdown template instead of GitHub's form or Plane's HTML.
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Write GitHub's templates into the set-up's repository, where GitHub looks for them, instead
    /// of printing one; commit and push them yourself.
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) write: bool,
}

/// Prints or writes the template.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let kind = match args.tracker {
        Some(word) => TrackerKind::try_from(word)
            .map_err(|why| usage(why, "write embedded, github or plane"))?,
        None => Setup::open(global)?.config.tracker.kind,
    };
    if args.write {
        let setup = Setup::open(global)?;
        if template::files(kind).is_empty() {
            return Err(usage(
                format!("{} has no templates in the repository", kind.as_str()),
                "print the template without --write and paste it into a new item",
            ));
        }
        let made = template::write(&setup.repository(), kind)?;
        let value = serde_json::json!({ "written": made });
        output::show(global.json, &value, |_| written(&made))?;
        return Ok(Exit::Ok);
    }
    let text = match kind {
        _ if args.markdown => template::markdown(),
        TrackerKind::Embedded => template::markdown(),
        TrackerKind::Github => template::GITHUB_FORM,
        TrackerKind::Plane => template::PLANE,
    };
    let value = serde_json::json!({ "template": text });
    output::show(global.json, &value, |_| text.to_owned())?;
    Ok(Exit::Ok)
}

/// Says which files were written.
pub(crate) fn written(made: &[std::path::PathBuf]) -> String {
    if made.is_empty() {
        return "the templates are there already\n".to_owned();
    }
    let lines: Vec<String> = made
        .iter()
        .map(|path| format!("wrote {}\n", path.display()))
        .collect();
    lines.concat() + "commit and push them to the default branch, where GitHub looks for them\n"
}
