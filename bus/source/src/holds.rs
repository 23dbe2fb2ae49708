//! Whether a file holds tests, product code, or both.

use tree_sitter::Node;

use crate::language::{Grammar, file_name};
use crate::scan::MAX_FILE;
use crate::{Language, Options, language, parse, scan, script};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds {
    /// Tests, or what only tests use: helpers, fixtures, snapshots.
    pub tests: bool,
    /// Code of the product, in a language that is understood.
    pub product: bool,
}

/// Returns what a file holds, by its path and, where the path leaves it open, by its content.
///
/// Anything under a folder of tests (`tests`, `test`, `__tests__`, `testdata`, Ruby's and
/// JavaScript's `spec`) is the tests'; so is a file named as the language's runner wants it. In Rust
/// a file is the tests' if nothing in it stands outside of `#[cfg(test)]`.
/// A text that is no source, outside of such a folder, holds neither.
#[must_use]
pub fn holds(path: &str, bytes: &[u8]) -> Holds {
    const TESTS: Holds = Holds {
        tests: true,
        product: false,
    };
    let language = language(path);
    let name = file_name(path);
    if in_test_folder(path, language) || is_named_as_test(path, name, language) {
        return TESTS;
    }
    if matches!(language, Language::Markdown | Language::Text) {
        return Holds::default();
    }
    let seen = scan(path, bytes, &Options::default());
    if seen.language.is_none() {
        // Binary, or too large to be read.
        return Holds::default();
    }
    if language == Language::Rust {
        return rust(bytes, !seen.tests.is_empty());
    }
    if language == Language::Java && !seen.tests.is_empty() {
        // A class of tests is nothing else.
        return TESTS;
    }
    Holds {
        tests: !seen.tests.is_empty(),
        product: true,
    }
}

fn in_test_folder(path: &str, language: Language) -> bool {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    folders.iter().any(|folder| match *folder {
        "tests" | "__tests__" | "testdata" | "__snapshots__" | "__fixtures__" | "__mocks__" => true,
        // In Rust `src/test` is a module like any other.
        "test" => language != Language::Rust,
        "spec" => {
            matches!(language, Language::JavaScript | Language::TypeScript) || path.ends_with(".rb")
        }
        _ => false,
    })
}

fn is_named_as_test(path: &str, name: &str, language: Language) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match language {
        Language::Rust => stem == "tests" || stem.ends_with("_tests"),
        Language::Python => {
            stem == "conftest"
                || stem.starts_with("test_")
                || stem.ends_with("_test")
                || stem == "tests"
        }
        Language::JavaScript | Language::TypeScript => script::is_test_file(path),
        Language::Go => name.ends_with("_test.go"),
        Language::Java => false,
        Language::Elixir => name.ends_with("_test.exs") || name == "test_helper.exs",
        Language::Markdown => false,
        Language::Text => stem.ends_with("_spec") || stem.ends_with("_test"),
    }
}

/// Looks at the items of a file: those under `#[cfg(test)]` and tests are the tests'.
fn rust(bytes: &[u8], has_tests: bool) -> Holds {
    let product = Holds {
        tests: has_tests,
        product: true,
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return product;
    };
    if !text.contains("test") || bytes.len() > MAX_FILE {
        return product;
    }
    let Some(tree) = parse::parse(Grammar::Rust, text) else {
        return product;
    };
    let mut found = Holds::default();
    let mut above = false;
    let mut cursor = tree.walk();
    let root = tree.root_node();
    for node in root.named_children(&mut cursor) {
        let whole = text.get(node.byte_range()).unwrap_or_default();
        match node.kind() {
            "line_comment" | "block_comment" => continue,
            "inner_attribute_item" => {
                if is_test_attribute(whole) {
                    return Holds {
                        tests: true,
                        product: false,
                    };
                }
                continue;
            }
            "attribute_item" => {
                above |= is_test_attribute(whole);
                continue;
            }
            // They belong to whatever uses them.
            "use_declaration" | "extern_crate_declaration" => {}
            _ if above => found.tests = true,
            "macro_invocation" if has_tests && gives_tests(text, node) => found.tests = true,
            _ => found.product = true,
        }
        above = false;
    }
    found.tests |= has_tests;
    // An empty file is the product's.
    found.product |= !found.tests;
    found
}

fn gives_tests(text: &str, node: Node<'_>) -> bool {
    text.get(node.byte_range())
        .is_some_and(|whole| whole.starts_with("proptest") && whole.contains("#[test]"))
}

/// Returns whether an attribute, with its brackets, makes what is below it a test or a part of tests.
pub(crate) fn is_test_attribute(attribute: &str) -> bool {
    let plain: String = attribute.chars().filter(|c| !c.is_whitespace()).collect();
    let inner = plain
        .trim_start_matches('#')
        .trim_start_matches('!')
        .trim_start_matches('[')
        .trim_end_matches(']');
    if let Some(condition) = inner.strip_prefix("cfg(") {
        return condition.starts_with("test)")
            || condition.starts_with("all(test,")
            || condition.starts_with("any(test,");
    }
    let path = inner.split(['(', '=']).next().unwrap_or(inner);
    let last = path.rsplit("::").next().unwrap_or(path);
    last == "test" || last == "rstest" || last == "test_case" || last.ends_with("_test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_tests_or_product_code_or_both() {
        let table = [
            ("src/a.rs", "pub fn a() {}", "p"),
            (
                "src/a.rs",
                "pub fn a() {}\n#[cfg(test)]\nmod tests { #[test] fn b() { c(); } }",
                "tp",
            ),
            (
                "src/a.rs",
                "use x;\n#[cfg(all(test, unix))]\nmod tests {}",
                "t",
            ),
            ("src/a.rs", "#![cfg(test)]\nfn helper() {}", "t"),
            ("src/a.rs", "#[cfg(not(test))]\nfn a() {}", "p"),
            ("src/a/tests.rs", "fn helper() {}", "t"),
            ("tests/common/mod.rs", "fn helper() {}", "t"),
            ("src/test/mod.rs", "fn a() {}", "p"),
            ("pages/slug.py", "def slug(): pass", "p"),
            (
                "pages/slug.py",
                "class A(TestCase):\n    def test_a(self): x()\n",
                "tp",
            ),
            ("pages/test_slug.py", "x = 1", "t"),
            ("tests/data/report.txt", "", "t"),
            ("data/report.txt", "", ""),
            ("conftest.py", "", "t"),
            ("src/a.ts", "export const a = 1;", "p"),
            ("src/a.test.ts", "", "t"),
            ("src/__tests__/a.js", "", "t"),
            ("a.go", "package a", "p"),
            ("a_test.go", "package a", "t"),
            ("src/main/java/A.java", "class A {}", "p"),
            ("src/test/java/A.java", "class A {}", "t"),
            ("lib/a.ex", "defmodule A do\nend", "p"),
            ("test/a_test.exs", "", "t"),
            ("spec/a_spec.rb", "", "t"),
            ("docs/spec/a.md", "", ""),
            ("README.md", "", ""),
        ];
        for (path, text, expected) in table {
            let Holds { tests, product } = holds(path, text.as_bytes());
            let found = format!(
                "{}{}",
                if tests { "t" } else { "" },
                if product { "p" } else { "" }
            );
            assert_eq!(found, expected, "{path}: {text}");
        }
        assert_eq!(holds("a.py", b"\0"), Holds::default());
    }
}
