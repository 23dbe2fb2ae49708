//! Which source tests a told case can be, by its names.

use std::collections::HashMap;

use trail_source::Language;

use super::script::script;
use super::{Source, rust};
use crate::sources::{Sources, below};
use crate::told::ToldCase;

/// The source tests, found by name and by file.
pub(super) struct Index<'a> {
    by_name: HashMap<&'a str, Vec<Source<'a>>>,
    by_file: HashMap<&'a str, Vec<Source<'a>>>,
    sources: &'a Sources,
    root: Option<&'a str>,
    crates: rust::Crates<'a>,
    modules: Vec<GoModule<'a>>,
}

/// A `go.mod`.
struct GoModule<'a> {
    folder: &'a str,
    path: &'a str,
}

impl<'a> Index<'a> {
    pub(super) fn new(tests: &[Source<'a>], sources: &'a Sources, root: Option<&'a str>) -> Self {
        let mut by_name: HashMap<&str, Vec<Source<'a>>> = HashMap::new();
        let mut by_file: HashMap<&str, Vec<Source<'a>>> = HashMap::new();
        for own in tests {
            by_name.entry(&own.test.name).or_default().push(*own);
            by_file.entry(own.path).or_default().push(*own);
        }
        let modules = sources.named("go.mod").filter_map(|path| {
            let text = sources.text(path)?;
            let line = text.lines().find_map(|line| line.strip_prefix("module "))?;
            let name = line
                .split("//")
                .next()
                .unwrap_or(line)
                .trim()
                .trim_matches('"');
            Some(GoModule {
                folder: folder(path),
                path: name,
            })
        });
        Self {
            by_name,
            by_file,
            modules: modules.collect(),
            crates: rust::Crates::new(sources),
            sources,
            root,
        }
    }

    /// Returns the source tests the case can be.
    pub(super) fn meant(&self, case: &ToldCase) -> Vec<Source<'a>> {
        let file = case.file.as_deref().map(|told| below(told, self.root));
        let file = file.map(|told| self.sources.find(told).unwrap_or(told));
        let mut meant: Vec<Source<'a>> = Vec::new();
        let mut add = |own: &Source<'a>| {
            let known = meant
                .iter()
                .any(|one| one.path == own.path && std::ptr::eq(one.test, own.test));
            if !known && self.can_be(case, file, own) {
                meant.push(*own);
            }
        };
        for key in keys(&case.test) {
            self.by_name
                .get(key)
                .into_iter()
                .flatten()
                .for_each(&mut add);
        }
        let titles = file.and_then(|file| self.by_file.get(file));
        titles
            .into_iter()
            .flatten()
            .filter(|own| is_titled(own.language))
            .for_each(&mut add);
        // The very line decides between tests of one name in one file.
        if let (true, Some(line)) = (meant.len() > 1, case.line) {
            let at: Vec<Source<'a>> = meant
                .iter()
                .filter(|own| own.test.line == line)
                .copied()
                .collect();
            if at.len() == 1 {
                return at;
            }
        }
        meant
    }

    /// Tells whether a case can be a source test; `file` is the one it is told to stand in.
    fn can_be(&self, case: &ToldCase, file: Option<&str>, own: &Source<'_>) -> bool {
        match own.language {
            Language::Rust => self.crates.can_be(case, file, own),
            Language::Python => file.is_none_or(|file| file == own.path) && python(case, own),
            Language::JavaScript | Language::TypeScript => script(case, file, own),
            Language::Go => self.go(case, own),
            Language::Java => java(case, own),
            Language::Elixir => file.is_none_or(|file| file == own.path) && elixir(case, own),
            Language::Markdown | Language::Text => false,
        }
    }

    /// Go: the package is the folder, the function the first part of the name.
    fn go(&self, case: &ToldCase, own: &Source<'_>) -> bool {
        let function = case.test.split('/').next().unwrap_or(&case.test);
        if function != own.test.name {
            return false;
        }
        let package = case.suite.strip_suffix("_test").unwrap_or(&case.suite);
        let own_folder = folder(own.path);
        let known = self
            .modules
            .iter()
            .any(|module| below_module(&case.suite, module).is_some());
        if known {
            let folders = self
                .modules
                .iter()
                .filter_map(|module| below_module(&case.suite, module));
            return folders.into_iter().any(|folder| folder == own_folder);
        }
        // Without a go.mod only a folder that the package's name ends with is sure enough.
        !own_folder.is_empty()
            && (package == own_folder || package.ends_with(&format!("/{own_folder}")))
    }
}

/// Returns the folder of a package in a module, from the repository's root.
fn below_module(package: &str, module: &GoModule<'_>) -> Option<String> {
    let rest = package.strip_prefix(module.path)?;
    let rest = match rest.strip_prefix('/') {
        Some(rest) => rest,
        None if rest.is_empty() => rest,
        None => return None,
    };
    let parts = [module.folder, rest];
    let parts = parts.iter().filter(|part| !part.is_empty());
    Some(parts.copied().collect::<Vec<_>>().join("/"))
}

/// Returns the names under which the source of a told test may be listed.
fn keys(test: &str) -> Vec<&str> {
    let unparametrized = test.split('[').next().unwrap_or(test);
    let before_slash = test.split('/').next().unwrap_or(test);
    let before_paren = unparametrized.split('(').next().unwrap_or(test);
    let last = test.rsplit("::").next().unwrap_or(test);
    let last_bare = unparametrized.rsplit("::").next().unwrap_or(test);
    let last_title = test.rsplit(" > ").next().unwrap_or(test);
    let elixir = test.strip_prefix("test ").unwrap_or(test);
    // `rstest` and `test_case` make a module of the function and a function for each case.
    let parent = last_parent(test);
    let mut keys = vec![
        test,
        unparametrized,
        before_slash,
        before_paren.trim_end(),
        last,
        last_bare,
        last_title,
        elixir,
        parent,
    ];
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Returns the last name but one of a path.
fn last_parent(path: &str) -> &str {
    let parent = path.rsplit_once("::").map_or("", |(parent, _)| parent);
    parent.rsplit("::").next().unwrap_or(parent)
}

pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Tells whether tests of a language have titles, so that what is told is put together of several.
const fn is_titled(language: Language) -> bool {
    matches!(
        language,
        Language::JavaScript | Language::TypeScript | Language::Elixir
    )
}

/// Python: the suite is the dotted module and the classes, told from some folder of the path.
fn python(case: &ToldCase, own: &Source<'_>) -> bool {
    let function = case.test.split('[').next().unwrap_or(&case.test);
    if function != own.test.name {
        return false;
    }
    let module = own.path.strip_suffix(".py").unwrap_or(own.path);
    let module = module.strip_suffix("/__init__").unwrap_or(module);
    let mut dotted = module.replace('/', ".");
    for name in &own.test.within {
        dotted.push('.');
        dotted.push_str(name);
    }
    let stem = module.rsplit('/').next().unwrap_or(module);
    let least = own.test.within.len() + 1;
    let told = case.suite.as_str();
    // At least the module's own name and the classes must have been told.
    told.split('.').count() >= least
        && told.split('.').nth_back(least - 1) == Some(stem)
        && ends_at(&dotted, told, '.')
}

/// Java: the class with its package, and the method.
fn java(case: &ToldCase, own: &Source<'_>) -> bool {
    let method = case.test.split(['(', '[', '{']).next().unwrap_or_default();
    if method.trim_end() != own.test.name {
        return false;
    }
    let path = own.path.strip_suffix(".java").unwrap_or(own.path);
    let package = folder(path).replace('/', ".");
    let class = own.test.within.join("$");
    let dotted = if package.is_empty() {
        class
    } else {
        format!("{package}.{class}")
    };
    // The folder holds the package after `src/test/java`: the told name is its end.
    case.suite
        .contains(own.test.within.first().map_or("", String::as_str))
        && ends_at(&dotted, &case.suite, '.')
}

/// Elixir: the module, and `test ` with the blocks' and the test's titles.
fn elixir(case: &ToldCase, own: &Source<'_>) -> bool {
    let Some((module, blocks)) = own.test.within.split_first() else {
        return false;
    };
    let suite = case.suite.strip_prefix("Elixir.").unwrap_or(&case.suite);
    let mut titles: Vec<&str> = blocks.iter().map(String::as_str).collect();
    titles.push(&own.test.name);
    let title = titles.join(" ");
    let told = case.test.strip_prefix("test ").unwrap_or(&case.test);
    suite == module && told == title
}

/// Tells whether `long` is `short`, or ends with it after `separator`.
fn ends_at(long: &str, short: &str, separator: char) -> bool {
    !short.is_empty()
        && long
            .strip_suffix(short)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with(separator))
}
