//! The sources a report is joined with.

use std::collections::BTreeMap;

use trail_source::{Language, Options, Scan, asserts_at, holds, scan};

use crate::told::{Spot, inside};

/// A regular expression that finds, one hit a file or more, the files a report is joined with: those
/// that hold annotations, and the manifests that say which folder a package is. Besides them belong
/// the files of [`Told::files`](crate::Told::files).
pub const SEARCH: &str =
    r"validates|Validates|trail:|\[(utest|itest|stest)->|@relation|^\[package\]|^module |#\[path";

/// Source files and manifests of one tree.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: BTreeMap<String, File>,
    options: Options,
}

/// One file.
#[derive(Debug, Clone)]
struct File {
    bytes: Vec<u8>,
    scan: Scan,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// Whether an assertion stands there.
    pub asserts: bool,
    /// Whether it is code of the product and not of its tests: what is asserted there is no
    /// assertion of a test.
    pub product: bool,
}

impl Sources {
    /// No sources, in which more is looked for than Trail's own annotations.
    #[must_use]
    pub fn with(options: Options) -> Self {
        Self {
            files: BTreeMap::new(),
            options,
        }
    }

    /// Adds the file at `path`, from the repository's root.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) {
        let scan = scan(path, &bytes, &self.options);
        self.files.insert(path.to_owned(), File { bytes, scan });
    }

    /// Tells whether a file is there.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Returns the files that hold tests or annotations, by path.
    pub fn scans(&self) -> impl Iterator<Item = (&str, &Scan)> {
        self.files
            .iter()
            .map(|(path, file)| (path.as_str(), &file.scan))
    }

    /// Returns a file's text, for manifests.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(&self.files.get(path)?.bytes).ok()
    }

    /// Returns the paths whose last part is `name`.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let paths = self.files.keys().map(String::as_str);
        paths.filter(move |path| path.rsplit('/').next() == Some(name))
    }

    /// Finds the file a told path means: the very file, or, for one told from another folder or from
    /// the machine's root, the only file whose path it ends with or that ends with it.
    #[must_use]
    pub fn find(&self, told: &str) -> Option<&str> {
        let told = told.strip_prefix("file://").unwrap_or(told);
        let told = told.strip_prefix("./").unwrap_or(told);
        if let Some((path, _)) = self.files.get_key_value(told) {
            return Some(path);
        }
        let ends = |long: &str, short: &str| {
            let rest = long.strip_suffix(short);
            !short.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let whole = told.starts_with('/');
        let mut meant = self.files.keys().filter(|path| {
            if whole {
                ends(told, path)
            } else {
                ends(path, told)
            }
        });
        let first = meant.next()?;
        match (meant.next(), whole) {
            (None, _) => Some(first),
            // `/w/a/b.rs` ends with `a/b.rs` and with `b.rs`: the root could be `/w` or `/w/a`.
            (Some(_), _) => None,
        }
    }

    /// Tells what stands at a place, if its file is here.
    #[must_use]
    pub fn site(&self, spot: &Spot) -> Option<Site> {
        let path = self.find(&spot.path)?;
        let file = self.files.get(path)?;
        if matches!(
            file.scan.language,
            None | Some(Language::Text | Language::Markdown)
        ) {
            return None;
        }
        let kind = holds(path, &file.bytes);
        // In a file that holds both, what stands in a test or below the first one is the tests'.
        let first = file.scan.tests.iter().map(|test| test.line).min();
        let product = kind.product
            && (!kind.tests || first.is_none_or(|first| spot.line < first.saturating_sub(1)));
        Some(Site {
            asserts: asserts_at(path, &file.bytes, spot.line, spot.column),
            product,
        })
    }
}

/// Returns the told path from the repository's root, where `root` says what that is.
pub(crate) fn below<'a>(told: &'a str, root: Option<&str>) -> &'a str {
    let told = told.strip_prefix("file://").unwrap_or(told);
    let told = told.strip_prefix("./").unwrap_or(told);
    let under = root.and_then(|root| told.strip_prefix(root)?.strip_prefix('/'));
    under.and_then(inside).unwrap_or(told)
}
