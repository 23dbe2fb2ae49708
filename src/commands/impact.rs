//! `trail impact ITEM[/AC]`: what is suspect since a criterion changed, and the plan to verify it
//! again.

use std::path::PathBuf;

use trail_reader::Story;
use trail_reader::graph::Graph;
use trail_reader::impact::{self, Asked};
use trail_reader::sources::Sources;
use trail_record::{CommitId, CriterionId};
use trail_workspace::Lookup;

use crate::cli::Global;
use crate::commands::why::open;
use crate::output::{self, Exit, Hinted, usage};
use crate::reading::{Reading, Source, Trusting};

/// Tells what is suspect since a criterion changed, with lines, and the plan to verify it again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The item, or one criterion of it: `PROJ-1`, `PROJ-1/AC-3`.
    #[arg(value_name = "ITEM[/AC]")]
    what: String,
    /// What would be suspect if it changed now.
    #[arg(long)]
    if_changed: bool,
    /// The repository whose sources are read, instead of the set-up's or, with --history, the one
    /// around.
    #[arg(long, visible_alias = "repository", value_name = "DIR")]
    path: Option<PathBuf>,
    /// The sources as they are in this commit.
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    rev: String,
    /// Do not read the sources.
    #[arg(long, conflicts_with_all = ["path", "rev"])]
    no_sources: bool,
    #[command(flatten)]
    trusting: Trusting,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let (item, criterion) = asked(&args.what)?;
    let reading = Reading::of(global, &args.source, &[]).await?;
    let stories = reading.stories();
    let index = find(&stories, item)?;
    args.trusting.check_one(&reading, index)?;
    let story = &stories[index];
    let sources = if args.no_sources {
        None
    } else {
        let git = open(global, &args.source, args.path.as_deref()).await?;
        let at = resolve(&git, &args.rev).await?;
        Some(sources(&git, &at, &[story.key.as_str()]).await?)
    };
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    let impact = impact::of(&Asked {
        story,
        criterion: criterion.as_ref(),
        if_changed: args.if_changed,
        stories: &stories,
        graph: &graph,
        sources: sources.as_ref(),
    })
    .map_err(|error| {
        Hinted::new(Exit::Usage, error.to_string())
            .help("write it as PROJ-1/AC-3; `trail report ITEM` shows the criteria")
    })?;
    let open = impact.suspects.iter().any(|own| own.settled.is_none());
    output::show(global.json, &impact, impact::text)?;
    // What only would be suspect is no finding.
    Ok(if open && !args.if_changed {
        Exit::Findings
    } else {
        Exit::Ok
    })
}

/// Reads `ITEM` or `ITEM/AC-3`; a revision after it is left out.
fn asked(text: &str) -> anyhow::Result<(&str, Option<CriterionId>)> {
    let wrong = || {
        usage(
            format!("{text:?} names no item or criterion"),
            "write it as PROJ-1 or PROJ-1/AC-3",
        )
    };
    // A key may hold slashes of its own (`owner/name#7`); a criterion's id does not.
    let (item, id) = match text.rsplit_once('/') {
        Some((item, id)) if !id.contains('#') => (item, Some(id)),
        _ => (text, None),
    };
    let id = match id {
        None => None,
        Some(id) => {
            let id = id.split_once('@').map_or(id, |(id, _)| id);
            Some(trail_item::criteria::criterion_id(id).ok_or_else(wrong)?)
        }
    };
    if item.is_empty() {
        return Err(wrong());
    }
    Ok((item, id))
}

/// Returns the place of the item with this key.
pub(super) fn find(stories: &[Story], key: &str) -> anyhow::Result<usize> {
    let index = stories
        .iter()
        .position(|story| story.key.as_str().eq_ignore_ascii_case(key));
    index.ok_or_else(|| {
        let known: Vec<&str> = stories
            .iter()
            .take(12)
            .map(|story| story.key.as_str())
            .collect();
        Hinted::new(Exit::Usage, format!("there is no item {key:?} here"))
            .help(format!("there is: {}", known.join(", ")))
            .into()
    })
}

/// Returns the commit a revision names.
pub(super) async fn resolve(git: &Lookup, rev: &str) -> anyhow::Result<CommitId> {
    git.resolve(rev).await.map_err(|error| {
        usage(
            error.to_string(),
            "name a commit, branch or tag of the repository",
        )
    })
}

/// Reads the annotations of the files of a commit that hold one of the keys.
pub(super) async fn sources(git: &Lookup, at: &CommitId, keys: &[&str]) -> anyhow::Result<Sources> {
    let mut sources = Sources::default();
    for (path, bytes) in git.holding(keys, at).await? {
        sources.read(&path, &bytes);
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn an_item_or_a_criterion_of_it_is_named() {
        let told = |text| {
            let (item, id) = asked(text).unwrap();
            (item.to_owned(), id.map(|id| id.to_string()))
        };
        let ac = Some("AC-3".to_owned());
        assert_eq!(told("P-1"), ("P-1".to_owned(), None));
        assert_eq!(told("P-1/AC-3"), ("P-1".to_owned(), ac.clone()));
        assert_eq!(told("P-1/AC-3@2"), ("P-1".to_owned(), ac.clone()));
        assert_eq!(told("me/it#7"), ("me/it#7".to_owned(), None));
        assert_eq!(told("me/it#7/AC-3"), ("me/it#7".to_owned(), ac));
        for wrong in ["", "/AC-3", "P-1/", "P-1/what"] {
            assert!(asked(wrong).is_err(), "{wrong:?}");
        }
    }
}
