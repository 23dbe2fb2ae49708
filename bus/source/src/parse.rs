//! Parses a text, in bounded time and with one parser for each thread and grammar.

use std::cell::RefCell;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser, Tree};

use crate::language::Grammar;

/// How many steps of the parser are allowed for each byte of a text, besides [`ALWAYS`].
///
/// Ordinary source takes one or less, large tables up to six. Text made to be ambiguous takes more.
/// Steps are counted instead of time, so that the same bytes are always read the same way.
const STEPS_PER_BYTE: usize = 12;

/// How many steps are allowed for any text.
const ALWAYS: usize = 200_000;

/// For how many bytes one step of recovery from an error is allowed, besides [`ALWAYS`]: such a step
/// costs a hundred times what another one costs, and a text that is nothing but errors takes one for
/// every two bytes.
const BYTES_PER_RECOVERY: usize = 20;

/// How many steps the parser makes between two calls of its callback (parser.c,
/// `OP_COUNT_PER_PARSER_CALLBACK_CHECK`).
const STEPS_PER_CALL: usize = 100;

thread_local! {
    /// The parsers of this thread; making one costs as much as parsing a small file.
    static PARSERS: RefCell<[Option<Parser>; Grammar::COUNT]> = const { RefCell::new([const { None }; Grammar::COUNT]) };
}

/// Parses a text; none if it takes more steps than its length allows.
pub(crate) fn parse(grammar: Grammar, text: &str) -> Option<Tree> {
    PARSERS.with_borrow_mut(|parsers| {
        let parser = parsers[grammar as usize].get_or_insert_with(|| {
            let mut parser = Parser::new();
            parser
                .set_language(&grammar.load())
                .expect("the grammars are built for this version of tree-sitter");
            parser
        });
        let bytes = text.as_bytes();
        let mut left = (ALWAYS + STEPS_PER_BYTE.saturating_mul(bytes.len())) / STEPS_PER_CALL;
        let mut recoveries = (ALWAYS + bytes.len() / BYTES_PER_RECOVERY) / STEPS_PER_CALL;
        let mut count = |state: &tree_sitter::ParseState| {
            if left == 0 || recoveries == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            recoveries -= usize::from(state.has_error());
            ControlFlow::Continue(())
        };
        let tree = parser.parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(ParseOptions::new().progress_callback(&mut count)),
        );
        if tree.is_none() {
            // Otherwise the next text would go on where this one was left.
            parser.reset();
        }
        tree
    })
}
