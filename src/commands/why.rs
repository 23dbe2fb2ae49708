//! `trail why FILE:LINE`: why a line is there.

use std::path::{Path, PathBuf};

use trail_reader::Story;
use trail_reader::graph::Graph;
use trail_reader::reconcile::Sealings;
use trail_reader::sources::Sources;
use trail_reader::why::{self, Line};
use trail_record::CommitId;
use trail_workspace::Lookup;

use crate::cli::Global;
use crate::commands::reconcile::{patches, seen};
use crate::output::{self, Exit, Hinted, usage};
use crate::reading::{Reading, Source, Trusting};
use crate::setup::Setup;

/// Tells which commit, decision, criterion, approvals and tests stand behind a line.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file and the line's number, from 1: `src/render.rs:42`.
    #[arg(value_name = "FILE:LINE")]
    place: String,
    /// The line as it is in this commit, instead of in the working copy.
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    /// The repository, instead of the set-up's or, with --history, the one around.
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    #[command(flatten)]
    trusting: Trusting,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let (file, number) = place(&args.place)?;
    let git = open(global, &args.source, args.repository.as_deref()).await?;
    let path = inside(&git, file)?;
    let at = match &args.rev {
        Some(rev) => Some(git.resolve(rev).await.map_err(|error| {
            usage(
                error.to_string(),
                "name a commit, branch or tag of the repository",
            )
        })?),
        None => None,
    };
    let blamed = git
        .blame(&path, number, at.as_ref())
        .await
        .map_err(|error| {
            usage(
                error.to_string(),
                "name a tracked file, relative to the repository's top, and one of its lines",
            )
        })?;
    let Some(commit) = &blamed.commit else {
        let message = format!("{path}:{number} is not committed yet: nothing is known of it");
        return Err(Hinted::new(Exit::Findings, message)
            .help("commit it, or ask for a line of a commit with --rev")
            .into());
    };
    let commit = git.commit(commit).await?;
    let files = git.files(&commit).await?;
    let mut seen = seen(&commit, files);
    let reading = Reading::of(global, &args.source, &[]).await?;
    let stories = reading.stories();
    let graph = Graph::of(&stories.iter().collect::<Vec<_>>());
    // Patches are computed only where nothing cheaper binds the commit.
    let sealings = Sealings::of(&stories);
    let mut binding = sealings.bind(&seen);
    if binding.sealed().is_none()
        && let [parent] = seen.parents.as_slice()
    {
        seen.patch = git.patch(parent, &seen.id).await?;
        let patches = patches(&git, &stories).await?;
        binding = sealings.with(&patches).bind(&seen);
    }
    let line = Line {
        path,
        number,
        text: blamed.text.clone(),
        path_then: blamed.path.clone(),
        number_then: blamed.line,
    };
    let around = around(&git, &line, at.as_ref()).await?;
    let (path, number) = (line.path.clone(), line.number);
    let mut why = why::of(line, &seen, binding, &stories, &graph);
    why.annotated = why::annotated(&path, number, &around, &stories);
    trusted(
        args.trusting,
        &reading,
        &stories,
        why.history.as_ref().map(|own| own.item.as_str()),
    )?;
    let answered = why.history.is_some();
    output::show(global.json, &why, why::text)?;
    Ok(if answered { Exit::Ok } else { Exit::Findings })
}

/// Reads the annotations of the file that a line stands in, as the file is where it was asked about.
async fn around(git: &Lookup, line: &Line, at: Option<&CommitId>) -> anyhow::Result<Sources> {
    let bytes = match (at, git.top()) {
        (Some(at), _) => git.content(&line.path, at).await?,
        // What blame showed was read from this very file.
        (None, Some(top)) => std::fs::read(top.join(&line.path)).ok(),
        (None, None) => {
            let head = git.resolve("HEAD").await?;
            git.content(&line.path, &head).await?
        }
    };
    let mut sources = Sources::default();
    if let Some(bytes) = bytes {
        sources.read(&line.path, &bytes);
    }
    Ok(sources)
}

/// Refuses an answer from an item whose history does not verify, unless it was asked for. Findings of
/// other items do not matter to this line.
fn trusted(
    trusting: Trusting,
    reading: &Reading,
    stories: &[Story],
    item: Option<&str>,
) -> anyhow::Result<()> {
    let index = stories
        .iter()
        .position(|story| Some(story.key.as_str()) == item);
    match index {
        Some(index) => trusting.check_one(reading, index),
        None => Ok(()),
    }
}

/// Opens the repository that is asked about.
pub(crate) async fn open(
    global: &Global,
    source: &Source,
    named: Option<&Path>,
) -> anyhow::Result<Lookup> {
    let path = match named {
        Some(path) => path.to_owned(),
        None if source.history.is_some() => std::env::current_dir()?,
        None => Setup::open(global)?.repository(),
    };
    Ok(Lookup::open(&path).await?)
}

/// Reads `FILE:LINE`.
fn place(text: &str) -> anyhow::Result<(&str, u32)> {
    let parts = text.rsplit_once(':');
    let read = parts.and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    read.filter(|(file, line)| !file.is_empty() && *line > 0)
        .ok_or_else(|| {
            usage(
                format!("{text:?} is no file and line"),
                "write them as src/render.rs:42; lines count from 1",
            )
        })
}

/// Returns the file's path from the repository's top: as given from here, if it lies there, else as
/// given from the top.
fn inside(git: &Lookup, file: &str) -> anyhow::Result<String> {
    let outside = || {
        usage(
            format!("{file:?} is not inside the repository"),
            "name the file by its path from the repository's top",
        )
    };
    let given = Path::new(file);
    if let Some(top) = git.top() {
        let here = std::env::current_dir()?;
        let whole = here.join(given);
        if let Ok(real) = std::fs::canonicalize(&whole)
            && let Ok(top) = std::fs::canonicalize(top)
            && let Ok(own) = real.strip_prefix(&top)
        {
            return own.to_str().map(str::to_owned).ok_or_else(outside);
        }
    }
    let plain = given.components().all(|part| {
        matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    });
    if plain && !file.starts_with(':') {
        Ok(file.trim_start_matches("./").to_owned())
    } else {
        Err(outside())
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_is_a_file_and_a_line() {
        assert_eq!(place("src/a.rs:12").unwrap(), ("src/a.rs", 12));
        assert_eq!(place("c:d.rs:1").unwrap(), ("c:d.rs", 1));
        for wrong in ["src/a.rs", ":4", "a:0", "a:-1", "a:99999999999", ""] {
            assert!(place(wrong).is_err(), "{wrong:?}");
        }
    }
}
