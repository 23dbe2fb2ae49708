//! Reads a tree: which files, and what stands in them. Follows no link, opens nothing but plain
//! files, runs nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::{DirEntry, WalkBuilder, WalkState};
use trail_source::{Language, Options, ProblemKind, Scan};

use crate::settings::Settings;
use crate::suppress::{self, Suppression};

/// The most bytes of a file that are read; larger ones are told, and not looked into.
pub const MAX_FILE: u64 = trail_source::MAX_FILE as u64;

/// How much of a file is looked at to tell whether it is text.
const HEAD: usize = 8 * 1024;

/// A file and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path from the root, `/`-separated.
    pub path: String,
    /// What stands in it.
    pub scan: Scan,
    /// Its suppressions.
    pub suppressions: Vec<Suppression>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Its path from the root, as far as it is known.
    pub path: Option<String>,
    /// Why.
    pub why: String,
}

/// What a walk brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The files that hold anything, by path.
    pub sources: Vec<Source>,
    /// What could not be read, by path.
    pub unread: Vec<Unread>,
    /// How many files were looked at.
    pub files: usize,
    /// The files that were looked at, by path, whether they hold anything or not.
    pub seen: Vec<String>,
}

/// Why a tree cannot be walked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A path is not there or cannot be opened.
    #[error("{path}: {source}")]
    Path {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A path is not within the tree.
    #[error("{path} is not inside {root}")]
    Outside {
        /// The path.
        path: PathBuf,
        /// The tree's root.
        root: PathBuf,
    },
}

/// What is walked, and how.
#[derive(Debug)]
pub struct Walk<'w> {
    root: PathBuf,
    /// What of it is looked at; everything if it is empty.
    paths: Vec<PathBuf>,
    settings: &'w Settings,
    threads: usize,
}

impl<'w> Walk<'w> {
    /// Walks the tree at `root`, or of it only `paths` (as given from here, or absolute).
    ///
    /// # Errors
    /// If a path is not there, or not inside the root once links are resolved.
    pub fn new(root: &Path, paths: &[PathBuf], settings: &'w Settings) -> Result<Self, Error> {
        let real = |path: &Path| {
            path.canonicalize().map_err(|source| Error::Path {
                path: path.to_owned(),
                source,
            })
        };
        let top = real(root)?;
        let mut inner = Vec::new();
        for path in paths {
            let own = real(path)?;
            if !own.starts_with(&top) {
                return Err(Error::Outside {
                    path: path.clone(),
                    root: root.to_owned(),
                });
            }
            if own != top {
                inner.push(own);
            } else {
                // The root itself is everything.
                inner.clear();
                break;
            }
        }
        Ok(Self {
            root: top,
            paths: inner,
            settings,
            threads: 2,
        })
    }

    /// Reads with so many threads; 2 if nothing is said.
    #[must_use]
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = if threads == 0 { 1 } else { threads };
        self
    }

    /// Tells whether the whole tree is looked at.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.paths.is_empty()
    }

    /// Reads the tree; `tick` is called once for each file, from several threads.
    #[must_use]
    pub fn read(&self, tick: &(dyn Fn() + Sync)) -> Tree {
        let (sources, unread) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let seen = Mutex::new(Vec::new());
        let files = AtomicUsize::new(0);
        let options = self.settings.options();
        self.builder().build_parallel().run(|| {
            let mut own = Kept::new(&sources, &unread, &seen);
            let (files, root) = (&files, &self.root);
            Box::new(move |entry| {
                match entry {
                    Ok(entry) if entry.file_type().is_some_and(|own| own.is_file()) => {
                        let path = relative(root, entry.path());
                        files.fetch_add(1, Ordering::Relaxed);
                        tick();
                        own.take(entry.path(), path, options);
                    }
                    // Folders are walked; links, pipes, sockets and devices are left alone.
                    Ok(_) => {}
                    Err(error) => own.unread.push(failed(root, &error)),
                }
                WalkState::Continue
            })
        });
        let mut tree = Tree {
            sources: sources.into_inner().unwrap_or_default(),
            unread: unread.into_inner().unwrap_or_default(),
            files: files.into_inner(),
            seen: seen.into_inner().unwrap_or_default(),
        };
        tree.sources
            .sort_by(|one: &Source, other| one.path.cmp(&other.path));
        tree.unread.sort();
        tree.seen.sort();
        tree
    }

    /// Only what lies in the tree decides what is walked: neither settings of the user nor files
    /// above the root. The walk always begins at the root, so that each `.gitignore` is met.
    fn builder(&self) -> WalkBuilder {
        let mut builder = WalkBuilder::new(&self.root);
        let (root, paths) = (self.root.clone(), self.paths.clone());
        let excludes = self.settings.exclude.clone();
        let threads = self.threads;
        builder
            .threads(threads)
            .follow_links(false)
            .parents(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .git_ignore(true)
            .require_git(false)
            .filter_entry(move |entry: &DirEntry| {
                let path = entry.path();
                let wanted = paths.is_empty()
                    || paths
                        .iter()
                        .any(|own| path.starts_with(own) || own.starts_with(path));
                wanted
                    && (entry.depth() == 0
                        || !trail_record::glob::any(&excludes, &relative(&root, path)))
            });
        builder
    }
}

/// Where threads hand over what they found.
type Shared<'k, T> = &'k Mutex<Vec<T>>;

/// What one thread found; it is handed over when the thread ends.
struct Kept<'k> {
    sources: Vec<Source>,
    unread: Vec<Unread>,
    seen: Vec<String>,
    to: (Shared<'k, Source>, Shared<'k, Unread>, Shared<'k, String>),
}

impl<'k> Kept<'k> {
    const fn new(
        sources: Shared<'k, Source>,
        unread: Shared<'k, Unread>,
        seen: Shared<'k, String>,
    ) -> Self {
        Self {
            sources: Vec::new(),
            unread: Vec::new(),
            seen: Vec::new(),
            to: (sources, unread, seen),
        }
    }

    fn take(&mut self, path: &Path, name: String, options: Options) {
        match read(path) {
            Ok(Some(bytes)) => {
                let source = source(&name, &bytes, options);
                if holds_anything(&source) {
                    self.sources.push(source);
                }
            }
            Ok(None) => {}
            Err(error) => self.unread.push(Unread {
                path: Some(name.clone()),
                why: error.to_string(),
            }),
        }
        self.seen.push(name);
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        fn hand<T>(to: &Mutex<Vec<T>>, own: &mut Vec<T>) {
            if let Ok(mut all) = to.lock() {
                all.append(own);
            }
        }
        hand(self.to.0, &mut self.sources);
        hand(self.to.1, &mut self.unread);
        hand(self.to.2, &mut self.seen);
    }
}

/// Reads what stands in bytes that are known already, such as those of git's index.
#[must_use]
pub fn source(path: &str, bytes: &[u8], options: Options) -> Source {
    let scan = trail_source::scan(path, bytes, &options);
    let suppressions = match std::str::from_utf8(bytes) {
        Ok(text) => suppress::find(scan.language, text),
        Err(_) if scan.language.is_some() => {
            suppress::find(scan.language, &String::from_utf8_lossy(bytes))
        }
        Err(_) => Vec::new(),
    };
    Source {
        path: path.to_owned(),
        scan,
        suppressions,
    }
}

/// Tells whether a file is of a language in which tests are written, so that not being able to read
/// it matters.
#[must_use]
pub fn is_code(path: &str) -> bool {
    match trail_source::language(path) {
        Language::Rust
        | Language::Python
        | Language::JavaScript
        | Language::TypeScript
        | Language::Go
        | Language::Java
        | Language::Elixir => true,
        Language::Markdown | Language::Text => false,
    }
}

/// Tells whether anything is to be said of a file: pictures and the like are no problem.
fn holds_anything(source: &Source) -> bool {
    let problems = &source.scan.problems;
    let unreadable =
        |kind: ProblemKind| matches!(kind, ProblemKind::NotText | ProblemKind::TooLarge);
    !source.scan.annotations.is_empty()
        || !source.scan.tests.is_empty()
        || !source.suppressions.is_empty()
        || problems
            .iter()
            .any(|own| is_code(&source.path) || !unreadable(own.kind))
}

/// Reads a plain file; none if it is plainly no text and none is expected there.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("it is no plain file any more"));
    }
    let code = path.to_str().is_none_or(is_code);
    if meta.len() > MAX_FILE {
        if code {
            return Err(io::Error::other(format!(
                "it has {} bytes; files up to {MAX_FILE} are read",
                meta.len()
            )));
        }
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0));
    if !code {
        file.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
        if bytes.contains(&0) {
            return Ok(None);
        }
    }
    // It may grow meanwhile.
    let rest = MAX_FILE.saturating_sub(bytes.len() as u64);
    file.take(rest).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Opens a file, unless it became a link; a pipe without a writer does not hold it up.
fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).expect("flags of open are few");
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

fn relative(root: &Path, path: &Path) -> String {
    let own = path.strip_prefix(root).unwrap_or(path);
    own.to_string_lossy().into_owned()
}

fn failed(root: &Path, error: &ignore::Error) -> Unread {
    let path = named(error).map(|own| relative(root, own));
    let why = match error.io_error() {
        Some(own) => own.to_string(),
        None => error.to_string(),
    };
    Unread { path, why }
}

/// Returns the path an error of the walk speaks of.
fn named(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            named(err)
        }
        ignore::Error::Partial(_)
        | ignore::Error::Loop { .. }
        | ignore::Error::Io(_)
        | ignore::Error::Glob { .. }
        | ignore::Error::UnrecognizedFileType(_)
        | ignore::Error::InvalidDefinition => None,
    }
}
