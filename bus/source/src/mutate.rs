//! Where a single fault could be made in product code.

mod common;
mod go;
mod java;
mod order;
mod python;
mod rust;
mod script;

use std::ops::RangeInclusive;

use tree_sitter::{Node, Tree};

use crate::language::Grammar;
use crate::scan::MAX_FILE;
use crate::source::{Source, end_line, number};
use crate::{Options, holds, parse};

/// How many bytes the faults of one file may take together. Faults that hold others repeat their
/// text, which in a file of nested functions grows with the square of its length.
const MAX_TEXT: usize = 32 * 1024 * 1024;

/// One deliberate fault: some bytes of a file, replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// The line it begins in, from 1.
    pub line: u32,
    /// The first byte that is replaced, from 0.
    pub start: usize,
    /// What is replaced.
    pub before: String,
    /// What stands there instead.
    pub after: String,
    /// What kind of fault: `string-literal`, `return-value`, `comparison`, `negate-condition`,
    /// `remove-statement`, `logical`, `boolean-literal`, `arithmetic`, `number-literal`,
    /// `remove-branch`.
    pub operator: &'static str,
}

/// Returns the single faults that could be made in a file, inside the lines given (from 1); no lines
/// mean everywhere. Tests, comments, attributes, imports, types and log calls are left alone.
///
/// The order is settled: the first fault of each function comes first, then the second of each, and
/// so on; within a function the operators take turns, those that change most first. So a part of the
/// list covers much of the file. Rust, Python, JavaScript, TypeScript, Go and Java are understood; in
/// another language, in a file of tests, and in what is not UTF-8 there are none.
#[must_use]
pub fn mutations(path: &str, bytes: &[u8], lines: &[RangeInclusive<u32>]) -> Vec<Mutation> {
    if bytes.len() > MAX_FILE || !holds(path, bytes).product {
        return Vec::new();
    }
    let (Some(grammar), Ok(text)) = (Grammar::of(path), std::str::from_utf8(bytes)) else {
        return Vec::new();
    };
    let source = Source::new(path, text, Options::default());
    let Some(tree) = parse::parse(grammar, text) else {
        return Vec::new();
    };
    let mut found = Found {
        source: &source,
        lines,
        group: 0,
        left: MAX_TEXT,
        all: Vec::new(),
    };
    match grammar {
        Grammar::Rust => drive(&mut rust::Rust::default(), &tree, &mut found),
        Grammar::Python => drive(&mut python::Python, &tree, &mut found),
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => {
            drive(&mut script::Script, &tree, &mut found);
        }
        Grammar::Go => drive(&mut go::Go::default(), &tree, &mut found),
        Grammar::Java => drive(&mut java::Java::default(), &tree, &mut found),
        Grammar::Elixir => {}
    }
    order::ordered(found.all)
}

/// What a language knows of faults.
trait Faults {
    /// Whether a node begins a function.
    fn is_function(&self, kind: &str) -> bool;

    /// Looks for faults in a node; returns whether its children are looked at.
    fn visit(&mut self, found: &mut Found<'_>, node: Node<'_>) -> bool;
}

/// What was found.
struct Found<'s> {
    source: &'s Source<'s>,
    lines: &'s [RangeInclusive<u32>],
    /// The function, or the outermost declaration, that is looked at: where it begins.
    group: usize,
    /// How many bytes of replaced text may still be taken.
    left: usize,
    all: Vec<(usize, Mutation)>,
}

impl Found<'_> {
    /// Adds the fault that replaces a node.
    fn replace(&mut self, node: Node<'_>, after: impl Into<String>, operator: &'static str) {
        let (start, end) = (node.start_byte(), node.end_byte());
        let (first, last) = (number(node.start_position().row + 1), end_line(node));
        let inside = self.lines.is_empty()
            || self
                .lines
                .iter()
                .any(|lines| lines.contains(&first) && lines.contains(&last));
        let after = after.into();
        let before = self.source.text.get(start..end).unwrap_or_default();
        let cost = before.len() + after.len() + size_of::<Mutation>();
        if inside && before != after && cost <= self.left && !node.has_error() && !node.is_missing()
        {
            self.left -= cost;
            let mutation = Mutation {
                line: first,
                start,
                before: before.to_owned(),
                after,
                operator,
            };
            self.all.push((self.group, mutation));
        }
    }

    fn text(&self, node: Node<'_>) -> &str {
        self.source.text(node)
    }
}

fn drive(faults: &mut impl Faults, tree: &Tree, found: &mut Found<'_>) {
    let mut cursor = tree.walk();
    // The groups around: where each ends, and which it is.
    let mut groups: Vec<(usize, usize)> = Vec::new();
    loop {
        let node = cursor.node();
        while groups
            .last()
            .is_some_and(|(end, _)| *end <= node.start_byte())
        {
            groups.pop();
        }
        if faults.is_function(node.kind()) || cursor.depth() == 1 {
            groups.push((node.end_byte(), node.start_byte()));
        }
        found.group = groups.last().map_or(0, |(_, start)| *start);
        let into = !node.is_error() && faults.visit(found, node);
        if into && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
