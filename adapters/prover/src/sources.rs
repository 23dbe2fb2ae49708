//! The sources that a report of tests is joined with.

use std::collections::BTreeSet;

use trail_port::Worktree;
use trail_port::workspace::Error;
use trail_proof::{SEARCH, Sources, Told};

/// How many hits of the search are looked at; every file is one or more.
const MOST_HITS: usize = 20_000;

/// Reads the sources that `told` is joined with from a worktree.
pub(crate) async fn of(worktree: &dyn Worktree, told: &Told) -> Result<Sources, Error> {
    let hits = worktree.search(SEARCH, "", MOST_HITS).await?;
    let mut paths: BTreeSet<String> = hits.into_iter().map(|hit| hit.path).collect();
    paths.extend(told.files());
    let mut sources = Sources::default();
    for path in paths {
        // What a report names need not be a file of the worktree.
        match worktree.read(&path).await {
            Ok(Some(bytes)) => sources.add(&path, bytes),
            Ok(None) | Err(Error::Outside { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sources)
}
