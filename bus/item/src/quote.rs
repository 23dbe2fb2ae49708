//! Text from outside, made safe to show: it can look like nothing but itself.
//!
//! Models, strangers and files write text that Trail repeats in comments and prompts. Here it is
//! fenced so that it cannot end its own fence, and characters that reorder or hide text are made
//! visible.

use std::fmt::Write as _;

/// Returns `text` with characters that hide, reorder or overwrite made visible as `<U+202E>`.
///
/// Line feeds and tabs stay; carriage returns before a line feed are dropped.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if character == '\r' && rest.peek() == Some(&'\n') {
            continue;
        }
        if hides(character) {
            write!(out, "<U+{:04X}>", u32::from(character)).expect("a string takes all text");
        } else {
            out.push(character);
        }
    }
    out
}

/// Tells whether a character shows as nothing, or changes how its neighbours show.
#[must_use]
pub const fn hides(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Controls, soft hyphen, combining grapheme joiner, Arabic letter mark, Mongolian separator.
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' => true,
        // Zero width, bidirectional marks, embeddings, overrides and isolates, invisible operators.
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        // Fillers, byte order mark, interlinear annotations, tags, variation selectors.
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{feff}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Fences `text` as a Markdown code block that its content cannot close.
#[must_use]
pub fn fence(language: &str, text: &str) -> String {
    let text = visible(text);
    let ticks = "`".repeat(longest_run(&text).max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{ticks}{language}\n{text}{end}{ticks}\n")
}

/// Shows `text` within a line as code, on one line, at most `max` characters.
#[must_use]
pub fn inline(text: &str, max: usize) -> String {
    let text = visible(text).replace(['\n', '\t'], " ");
    let text = cut(text.trim(), max);
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Shows `text` as a quotation: every line begins with `> `, and Markdown and HTML in it are inert.
#[must_use]
pub fn quotation(text: &str, max: usize) -> String {
    let text = cut(visible(text).trim(), max);
    let mut out = String::new();
    for line in text.lines() {
        out.push_str("> ");
        escape_into(line, &mut out);
        out.push('\n');
    }
    out
}

/// Escapes `text` for use inside a line of Markdown, on one line, at most `max` characters.
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let mut out = String::new();
    escape_into(
        &cut(visible(text).replace(['\n', '\t'], " ").trim(), max),
        &mut out,
    );
    out
}

/// Cuts `text` to `max` characters and says so.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => {
            let left = text[at..].chars().count();
            format!("{} [{left} characters more]", &text[..at])
        }
    }
}

fn escape_into(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '@' => {
                out.push('\\');
                out.push(character);
            }
            '&' => out.push_str("&amp;"),
            _ => out.push(character),
        }
    }
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(
            visible("a\u{202e}b\u{200b}c\r\nd"),
            "a<U+202E>b<U+200B>c\nd"
        );
    }

    proptest! {
        #[test]
        fn no_content_can_close_its_fence(text in "[`\\n a-z]{0,60}") {
            let block = fence("x", &text);
            let ticks = block.chars().take_while(|c| *c == '`').count();
            let closing: Vec<_> = block
                .lines()
                .skip(1)
                .filter(|line| line.trim_start().chars().take_while(|c| *c == '`').count() >= ticks)
                .collect();
            prop_assert_eq!(closing.len(), 1, "{}", block);
        }

        #[test]
        fn inline_text_stays_on_its_line_and_inside_its_ticks(text in "[`\\n a-z]{0,30}") {
            let shown = inline(&text, 200);
            prop_assert!(!shown.contains('\n'));
            let ticks = shown.chars().take_while(|c| *c == '`').count();
            let inner = &shown[ticks..shown.len() - ticks];
            prop_assert!(longest_run(inner) < ticks, "{}", shown);
        }

        #[test]
        fn every_line_of_a_quotation_is_quoted(text in ".{0,80}") {
            for line in quotation(&text, 1000).lines() {
                prop_assert!(line.starts_with("> "));
            }
        }
    }
}
