//! `trail reconcile`: where delivered work is now, after merges, squashes and rebases.

use std::path::PathBuf;

use trail_item::quote::visible;
use trail_reader::Story;
use trail_reader::reconcile::{self, Now, Patches, Sealings, Seen, Whereabouts};
use trail_workspace::{Changed, Commit, Lookup};

use crate::cli::Global;
use crate::commands::why::open;
use crate::output::{self, Exit, usage};
use crate::reading::{Reading, Source};

/// Most commits that are looked at.
const MOST: usize = 20_000;

/// Finds each delivered run in the repository, and complains of links that were lost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The items; all if none is named.
    #[arg(value_name = "ITEM")]
    items: Vec<String>,
    /// The revision or range that is searched.
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    rev: String,
    /// The repository, instead of the set-up's or, with --history, the one around.
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let reading = Reading::of(global, &args.source, &args.items).await?;
    let stories = reading.stories();
    let git = open(global, &args.source, args.repository.as_deref()).await?;
    let commits = git.range(&args.rev, MOST).await.map_err(|error| {
        usage(
            error.to_string(),
            "name a revision or range of the repository with --rev",
        )
    })?;
    let progress = output::progress(global.json, commits.len() as u64, "commits");
    let sealings = Sealings::of(&stories).with(&patches(&git, &stories).await?);
    let mut all = Vec::with_capacity(commits.len());
    for id in &commits {
        let commit = git.commit(id).await?;
        // What a sealed id or a tree binds needs no look at files and patches.
        let mut seen = seen(&commit, None);
        let mut binding = sealings.bind(&seen);
        if binding.sealed().is_none() {
            seen.files = git.files(&commit).await?;
            if let [parent] = commit.parents.as_slice() {
                seen.patch = git.patch(parent, id).await?;
            }
            binding = sealings.bind(&seen);
        }
        all.push((seen, binding));
        progress.inc(1);
    }
    progress.finish_and_clear();
    let found = reconcile::whereabouts(&all, &stories);
    let lost = found.iter().any(|own| !own.now.holds());
    output::show(global.json, &found, |found| {
        text(found, &args.rev, commits.len())
    })?;
    Ok(if lost { Exit::Findings } else { Exit::Ok })
}

/// Returns a commit as the reconciler wants it.
pub(crate) fn seen(commit: &Commit, files: Option<Changed>) -> Seen {
    Seen {
        id: commit.id.clone(),
        tree: commit.tree.clone(),
        parents: commit.parents.clone(),
        subject: commit.subject.clone(),
        trailers: commit.trailers.clone(),
        files,
        patch: None,
    }
}

/// Returns the patch ids of what was sealed, as far as the commits are still here.
pub(crate) async fn patches(git: &Lookup, stories: &[Story]) -> anyhow::Result<Patches> {
    let mut out = Patches::default();
    for story in stories {
        for commit in &story.commits {
            let body = &commit.body;
            if let Some(patch) = git.patch(&body.parent, &body.commit).await? {
                out.commits.insert(body.commit.clone(), patch);
            }
        }
        for run in &story.runs {
            let own = || story.commits.iter().filter(|own| own.run == *run);
            if let (Some(first), Some(last)) = (own().next(), own().next_back())
                && let Some(patch) = git.patch(&first.body.parent, &last.body.commit).await?
            {
                out.runs.insert(run.clone(), patch);
            }
        }
    }
    Ok(out)
}

fn text(found: &[Whereabouts], rev: &str, commits: usize) -> String {
    if found.is_empty() {
        return "nothing was delivered yet\n".to_owned();
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|own| {
            let list = |commits: &[trail_record::CommitId]| {
                let short: Vec<&str> = commits
                    .iter()
                    .map(|id| id.as_str().get(..12).unwrap_or(id.as_str()))
                    .collect();
                short.join(" ")
            };
            let (word, detail) = match &own.now {
                Now::Same => ("same", String::new()),
                Now::Rebased { commits } => ("rebased", list(commits)),
                Now::Squashed { commit, by } => (
                    "squashed",
                    format!("{} ({})", list(std::slice::from_ref(commit)), by.as_str()),
                ),
                Now::Partly { commits, missing } => (
                    "PARTLY LOST",
                    format!("here: {}; not here: {}", list(commits), list(missing)),
                ),
                Now::Altered { claiming } => (
                    "ALTERED",
                    format!(
                        "{} claims to be it and holds something else",
                        list(claiming)
                    ),
                ),
                Now::Missing => ("MISSING", "not merged yet, or lost".to_owned()),
            };
            vec![
                own.run.to_string(),
                list(std::slice::from_ref(&own.delivered)),
                word.to_owned(),
                detail,
            ]
        })
        .collect();
    format!(
        "{} of {} looked at for {}\n{}",
        trail_item::text::count(commits, "commit"),
        visible(rev),
        trail_item::text::count(found.len(), "delivered run"),
        output::columns(&rows)
    )
}
