//! Reads a file as far as it can be read.

use std::borrow::Cow;

use crate::language::{Grammar, language};
use crate::source::Source;
use crate::walk::Walk;
use crate::{Language, Options, Problem, ProblemKind, Scan, comment};
use crate::{elixir, go, java, markdown, parse, plain, python, rust, script};

/// The most bytes a file may have to be read.
pub const MAX_FILE: usize = 8 * 1024 * 1024;

/// Finds the annotations and the tests of a file.
///
/// The same path and bytes give the same scan, always: nothing else is looked at. A file in which
/// the words of no annotation and no test occur is not parsed, so that what is broken in it is not
/// told either.
#[must_use]
pub fn scan(path: &str, bytes: &[u8], options: &Options) -> Scan {
    let mut scan = Scan {
        language: None,
        annotations: Vec::new(),
        tests: Vec::new(),
        problems: Vec::new(),
    };
    let mut problem = |kind, message: String| {
        scan.problems.push(Problem {
            kind,
            line: 1,
            column: 1,
            message,
        });
    };
    if bytes.len() > MAX_FILE {
        problem(
            ProblemKind::TooLarge,
            format!(
                "the file has {} bytes, and at most {MAX_FILE} are read; exclude it, or split it",
                bytes.len()
            ),
        );
        return scan;
    }
    if bytes.contains(&0) {
        problem(
            ProblemKind::NotText,
            "the file is binary; exclude it".to_owned(),
        );
        return scan;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            let line = bytes[..error.valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            scan.problems.push(Problem {
                kind: ProblemKind::NotText,
                line: crate::source::number(line + 1),
                column: 1,
                message: "the file is not UTF-8; what is not is read as `\u{fffd}`".to_owned(),
            });
            String::from_utf8_lossy(bytes)
        }
    };
    let language = language(path);
    scan.language = Some(language);
    let source = Source::new(path, &text, *options);
    if may_hold(language, &source) {
        let walk = walk(&source);
        scan.annotations = walk.annotations;
        scan.tests = walk.tests;
        scan.problems.extend(walk.problems);
        scan.annotations
            .sort_by_key(|annotation| (annotation.line, annotation.column));
        scan.tests.sort_by_key(|test| test.line);
        scan.problems
            .sort_by_key(|problem| (problem.line, problem.column));
    }
    scan
}

/// Returns whether a file may hold an annotation or a test: a look for words, without parsing.
fn may_hold(language: Language, source: &Source<'_>) -> bool {
    let text = source.text;
    let code = match language {
        Language::Markdown | Language::Text => return comment::may_say(text, source.options),
        Language::Rust => text.contains("test"),
        Language::Python | Language::Java => text.contains("test") || text.contains("Test"),
        Language::JavaScript | Language::TypeScript => {
            script::is_test_file(source.path)
                || ["test", "describe", "it(", "it."]
                    .iter()
                    .any(|word| text.contains(word))
        }
        Language::Go => source.path.ends_with("_test.go"),
        Language::Elixir => text.contains("test \"") || text.contains("validates:"),
    };
    code || text.contains("trail") || comment::may_say(text, source.options)
}

fn walk<'s>(source: &'s Source<'s>) -> Walk<'s> {
    let mut walk = Walk::new(source);
    let Some(grammar) = Grammar::of(source.path) else {
        if language(source.path) == Language::Markdown {
            markdown::read(&mut walk);
        } else {
            plain::read(&mut walk);
        }
        return walk;
    };
    let Some(tree) = parse::parse(grammar, source.text) else {
        walk.problem(Problem {
            kind: ProblemKind::Unparsed,
            line: 1,
            column: 1,
            message: "the file takes too long to parse, as no ordinary source does; nothing in it \
                      is seen"
                .to_owned(),
        });
        return walk;
    };
    match grammar {
        Grammar::Rust => walk.drive(&mut rust::Rust::new(source, &tree), &tree),
        Grammar::Python => walk.drive(&mut python::Python::new(source), &tree),
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => {
            walk.drive(&mut script::Script::new(source), &tree);
        }
        Grammar::Go => walk.drive(&mut go::Go::new(source), &tree),
        Grammar::Java => walk.drive(&mut java::Java::default(), &tree),
        Grammar::Elixir => walk.drive(&mut elixir::Elixir::default(), &tree),
    }
    walk
}
