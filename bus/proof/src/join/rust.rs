//! Rust: a test's name is the path of modules within its binary.
//!
//! The binary says where its modules begin: cargo tells the crate's root file; nextest only the
//! binary's name (`package`, `package::target`, `package::bin/name`), so the package's folder is
//! looked up in the manifests. Plain libtest tells neither; then only the path of modules is left.

use std::collections::HashMap;

use super::Source;
use super::named::folder;
use crate::sources::Sources;
use crate::told::ToldCase;

/// The packages, and modules that stand in files of other names.
pub(super) struct Crates<'a> {
    /// Package names with their folders.
    packages: Vec<(String, &'a str)>,
    /// Files named by `#[path]`, with the module's name and the file that says so.
    moved: HashMap<String, Vec<(&'a str, String)>>,
}

impl<'a> Crates<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        let packages = sources.named("Cargo.toml").filter_map(|path| {
            let name = package_name(sources.text(path)?)?;
            Some((name, folder(path)))
        });
        let mut moved: HashMap<String, Vec<(&'a str, String)>> = HashMap::new();
        for (path, _) in sources.scans().filter(|(path, _)| path.ends_with(".rs")) {
            for (file, module) in sources.text(path).into_iter().flat_map(moved_modules) {
                for target in targets(path, &file) {
                    moved
                        .entry(target)
                        .or_default()
                        .push((path, module.clone()));
                }
            }
        }
        Self {
            packages: packages.collect(),
            moved,
        }
    }

    /// Tells whether a case can be a source test; `root` is the root file of its binary.
    pub(super) fn can_be(&self, case: &ToldCase, root: Option<&str>, own: &Source<'_>) -> bool {
        let inner = inner(own);
        let roots = match root {
            Some(root) => vec![root.to_owned()],
            None if case.suite.is_empty() => return self.can_be_anywhere(case, own, &inner),
            None => self.roots(&case.suite),
        };
        roots.iter().any(|root| {
            let mut paths = Vec::new();
            self.modules(own.path, root, &mut paths, 0);
            let told = case.test.as_str();
            paths
                .iter()
                .any(|modules| is_test(told, modules, &inner, own))
        })
    }

    /// Tells the same where no binary is told: the modules of the file must end what was told
    /// before the function, all but the crate's folder.
    fn can_be_anywhere(&self, case: &ToldCase, own: &Source<'_>, inner: &[&str]) -> bool {
        let mut folders = vec![String::new()];
        let mut at = 0;
        while let Some(slash) = own.path[at..].find('/') {
            at += slash + 1;
            folders.push(own.path[..at - 1].to_owned());
        }
        folders.iter().any(|folder| {
            let stem = own.path.rsplit('/').next().unwrap_or(own.path);
            let in_folder = |name: &str| join(folder, name);
            let roots = [in_folder("lib.rs"), in_folder(stem)];
            // `src/a.rs` is module `a` of `src/lib.rs`; `tests/a.rs` is a root of its own.
            let own_root = matches!(
                folder.rsplit('/').next(),
                Some("tests" | "examples" | "benches" | "bin")
            );
            let roots: &[String] = if own_root { &roots } else { &roots[..1] };
            roots.iter().any(|root| {
                let mut paths = Vec::new();
                self.modules(own.path, root, &mut paths, 0);
                let rooted = matches!(stem, "main.rs") && folder_of(own.path) == folder;
                if rooted {
                    paths.push(Vec::new());
                }
                let sensible = own_root || folder.is_empty() || folder.ends_with("src");
                sensible
                    && paths
                        .iter()
                        .any(|modules| is_test(&case.test, modules, inner, own))
            })
        })
    }

    /// Returns the files a binary's root can be.
    fn roots(&self, binary: &str) -> Vec<String> {
        let mut roots = Vec::new();
        for (name, dir) in &self.packages {
            let Some(rest) = binary.strip_prefix(name.as_str()) else {
                continue;
            };
            let below = |path: &str| join(dir, path);
            if rest.is_empty() {
                roots.push(below("src/lib.rs"));
            } else if let Some(target) = rest.strip_prefix("::") {
                let (kind, target) = match target.split_once('/') {
                    Some(("bin", name)) => ("src/bin", name),
                    Some(("example", name)) => ("examples", name),
                    Some(("bench", name)) => ("benches", name),
                    Some(_) => continue,
                    None => ("tests", target),
                };
                roots.push(below(&format!("{kind}/{target}.rs")));
                roots.push(below(&format!("{kind}/{target}/main.rs")));
                if kind == "src/bin" {
                    roots.push(below("src/main.rs"));
                }
            }
        }
        roots
    }

    /// Collects the paths of modules that a file can be in the crate with this root.
    fn modules(&self, file: &str, root: &str, paths: &mut Vec<Vec<String>>, depth: usize) {
        if file == root {
            paths.push(Vec::new());
            return;
        }
        for (by, module) in self.moved.get(file).into_iter().flatten() {
            // A chain of `#[path]`s that is longer is a circle.
            if depth < 16 {
                let mut outer = Vec::new();
                self.modules(by, root, &mut outer, depth + 1);
                paths.extend(outer.into_iter().map(|mut path| {
                    path.push(module.clone());
                    path
                }));
            }
        }
        let rest = match folder(root) {
            "" => Some(file),
            dir => file
                .strip_prefix(dir)
                .and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(rest) = rest.and_then(|rest| rest.strip_suffix(".rs")) else {
            return;
        };
        let rest = rest.strip_suffix("/mod").unwrap_or(rest);
        paths.push(rest.split('/').map(str::to_owned).collect());
    }
}

/// Returns the names around a test within its file, and its own.
fn inner<'a>(own: &Source<'a>) -> Vec<&'a str> {
    let within = own.test.within.iter().map(String::as_str);
    within.chain([own.test.name.as_str()]).collect()
}

/// Tells whether a told path is that of modules, inner names; one more name for each case of a
/// parametrized test.
fn is_test(told: &str, modules: &[String], inner: &[&str], own: &Source<'_>) -> bool {
    let mut told = told.split("::");
    let own_path = modules
        .iter()
        .map(String::as_str)
        .chain(inner.iter().copied());
    for name in own_path {
        if told.next() != Some(name) {
            return false;
        }
    }
    told.next().is_none() || own.test.many && told.next().is_none()
}

fn join(dir: &str, path: &str) -> String {
    if dir.is_empty() {
        path.to_owned()
    } else {
        format!("{dir}/{path}")
    }
}

fn folder_of(path: &str) -> &str {
    folder(path)
}

/// Reads `name` of `[package]` from a manifest.
fn package_name(manifest: &str) -> Option<String> {
    let mut lines = manifest
        .lines()
        .skip_while(|line| line.trim() != "[package]");
    lines.next()?;
    let own = lines.take_while(|line| !line.trim_start().starts_with('['));
    own.filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == "name")
        .map(|(_, value)| value.split('#').next().unwrap_or(value).trim())
        .map(|value| value.trim_matches(['"', '\'']).to_owned())
}

/// Finds `#[path = "x.rs"] mod y;`, on one line or two.
fn moved_modules(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("#[path") {
        rest = &rest[at + "#[path".len()..];
        let Some((inside, after)) = rest.split_once(']') else {
            break;
        };
        let file = inside
            .trim()
            .strip_prefix('=')
            .map(|own| own.trim().trim_matches('"'));
        let words = after.trim_start().split(';').next().unwrap_or_default();
        let module = words.rsplit_once("mod ").map(|(_, name)| name.trim());
        if let (Some(file), Some(module)) = (file, module)
            && module.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            found.push((file.to_owned(), module.to_owned()));
        }
    }
    found
}

/// Returns where the file of a `#[path]` in `by` can be: beside `by`, or, inside an inline module,
/// below the folder of its modules; both are tried, a file that is not there harms nothing.
fn targets(by: &str, file: &str) -> Vec<String> {
    let stem = by.strip_suffix(".rs").unwrap_or(by);
    [folder(by), stem]
        .into_iter()
        .filter_map(|dir| normal(&join(dir, file)))
        .collect()
}

/// Resolves `.` and `..`.
fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{moved_modules, normal, package_name, targets};

    #[test]
    fn a_package_is_named_in_its_own_table() {
        let manifest = "[workspace]\nname = \"no\"\n[package]\nversion = \"1\"\nname = 'shop' # own\n[lib]\nname = \"other\"\n";
        assert_eq!(package_name(manifest), Some("shop".to_owned()));
        assert_eq!(package_name("[workspace]\n"), None);
    }

    #[test]
    fn modules_in_files_of_other_names_are_found() {
        let text = "#[cfg(test)]\n#[path = \"foreign/tests.rs\"]\nmod tests;\n#[path=\"x.rs\"] pub mod y;\n#[path = 3] fn z();";
        assert_eq!(
            moved_modules(text),
            [
                ("foreign/tests.rs".to_owned(), "tests".to_owned()),
                ("x.rs".to_owned(), "y".to_owned()),
            ]
        );
        assert_eq!(
            targets("src/config.rs", "foreign/tests.rs"),
            ["src/foreign/tests.rs", "src/config/foreign/tests.rs"]
        );
        assert_eq!(normal("a/../../b"), None);
    }
}
