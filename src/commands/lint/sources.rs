//! What is linted: the tree, parts of it, or what is staged.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use indicatif::ProgressBar;
use trail_lint::Tree;
use trail_lint::walk::{MAX_FILE, Unread, Walk, is_code, source};
use trail_workspace::Lookup;

use super::{Args, Place};
use crate::cli::Global;
use crate::output::usage;

/// How many threads read at most.
const MOST_THREADS: usize = 8;

/// What was read.
pub(super) struct Sources {
    /// The files.
    pub(super) tree: Tree,
    /// Whether that is the whole tree.
    pub(super) whole: bool,
}

impl Sources {
    /// Reads what is asked for.
    pub(super) async fn read(global: &Global, args: &Args, place: &Place) -> anyhow::Result<Self> {
        if args.staged {
            let tree = staged(place).await?;
            return Ok(Self { tree, whole: false });
        }
        let walk = Walk::new(&place.root, &args.paths, &place.settings).map_err(|error| {
            usage(
                error.to_string(),
                "name files and folders of the repository; --repository names another one",
            )
        })?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let walk = walk.threads(threads.min(MOST_THREADS));
        let bar = if global.json || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner().with_message("files read")
        };
        let whole = walk.is_whole();
        let tree = tokio::task::block_in_place(|| walk.read(&|| bar.inc(1)));
        bar.finish_and_clear();
        Ok(Self { tree, whole })
    }

    /// Returns the files that were looked at, if that was not the whole tree.
    pub(super) fn seen(&self) -> Option<BTreeSet<String>> {
        (!self.whole).then(|| self.tree.seen.iter().cloned().collect())
    }
}

/// Reads what is staged, as the next commit would hold it.
async fn staged(place: &Place) -> anyhow::Result<Tree> {
    let git = Lookup::open(&place.root).await?;
    // git tells the hooks of `git commit -a` which index it prepares.
    let index = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from);
    let staged = git.staged(index.as_deref(), MAX_FILE).await?;
    let mut tree = Tree::default();
    let options = place.settings.options();
    for file in staged {
        if place.settings.excludes(&file.path) {
            continue;
        }
        tree.files += 1;
        match &file.bytes {
            Some(bytes) => tree.sources.push(source(&file.path, bytes, options)),
            None if is_code(&file.path) => tree.unread.push(Unread {
                path: Some(file.path.clone()),
                why: format!(
                    "it has {} bytes; files up to {MAX_FILE} are read",
                    file.size
                ),
            }),
            None => {}
        }
        tree.seen.push(file.path);
    }
    tree.sources.sort_by(|one, other| one.path.cmp(&other.path));
    tree.seen.sort();
    Ok(tree)
}
