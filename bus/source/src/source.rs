//! A text, and the places in it.

use std::cell::OnceCell;

use tree_sitter::Node;

use crate::Options;

/// A file's text.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    pub(crate) options: Options,
    lines: OnceCell<u32>,
}

/// The longest line, in bytes, in which columns are counted in characters. Behind it they are
/// counted in bytes: nobody looks there, and counting would take the square of the length.
const LONG_LINE: usize = 16 * 1024;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, in characters, from 1.
    pub(crate) column: u32,
}

impl<'a> Source<'a> {
    pub(crate) fn new(path: &'a str, text: &'a str, options: Options) -> Self {
        Self {
            path,
            text,
            options,
            lines: OnceCell::new(),
        }
    }

    /// Returns how many lines there are, at least 1.
    pub(crate) fn lines(&self) -> u32 {
        *self
            .lines
            .get_or_init(|| number(self.text.lines().count().max(1)))
    }

    /// Returns what a node covers.
    pub(crate) fn text(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Returns where a node begins.
    pub(crate) fn place(&self, node: Node<'_>) -> Place {
        let at = node.start_position();
        let start = node.start_byte();
        let before = if at.column > LONG_LINE {
            at.column
        } else {
            self.text
                .get(start.saturating_sub(at.column)..start)
                .map_or(at.column, |before| before.chars().count())
        };
        Place {
            line: number(at.row + 1),
            column: number(before + 1),
        }
    }

    /// Returns whether nothing but blanks stands before a node in its line.
    pub(crate) fn begins_line(&self, node: Node<'_>) -> bool {
        let start = node.start_byte();
        let column = node.start_position().column;
        let before = start.saturating_sub(column);
        column <= LONG_LINE
            && self
                .text
                .get(before..start)
                .is_some_and(|before| before.chars().all(|c| c.is_whitespace() || c == '\u{feff}'))
    }
}

/// Returns the line a node ends in, from 1. A node that takes the end of its last line with it, as
/// comments do in some grammars, ends in that line.
pub(crate) fn end_line(node: Node<'_>) -> u32 {
    let end = node.end_position();
    let row = if end.column == 0 && end.row > node.start_position().row {
        end.row - 1
    } else {
        end.row
    };
    number(row + 1)
}

/// Makes a count that fits.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
