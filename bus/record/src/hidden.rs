//! Text that does not show what it is: hidden characters made visible, and a fence that its content
//! cannot close. The one list of such characters for comments, prompts and item texts.

use std::fmt::Write as _;

/// Tells whether a character shows as nothing, or changes how its neighbours show.
///
/// Line feeds and tabs do not hide; carriage returns do. See [`hides_between`] for the characters
/// that scripts and emoji need.
#[must_use]
pub const fn hides(character: char) -> bool {
    match character {
        '\t' | '\n' => false,
        // Controls, soft hyphen, combining grapheme joiner, Arabic letter mark.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' => true,
        // Fillers, invisible vowels, Mongolian selectors, braille blank.
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' => true,
        '\u{2800}' | '\u{3164}' | '\u{ffa0}' => true,
        // Zero width, bidirectional marks, embeddings, overrides and isolates, invisible operators.
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        // Variation selectors, byte order mark, specials, shorthand and musical controls, tags.
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' => true,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Tells whether a character between its neighbours is hidden text.
///
/// Joiners and variation selectors hide only where they change nothing that is shown: between
/// letters of scripts that need them and inside emoji they are ordinary text.
#[must_use]
pub fn hides_between(before: Option<char>, character: char, after: Option<char>) -> bool {
    let foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_joiner(c));
    match character {
        // Zero-width joiner and non-joiner: Persian, Indic scripts and emoji need them.
        '\u{200c}' | '\u{200d}' => !(foreign(before) || is_selector(before)) || !foreign(after),
        // Variation selectors; `1` and the like carry one when they become a keycap.
        '\u{fe0e}' | '\u{fe0f}' => {
            (!foreign(before) || is_selector(before)) && after != Some('\u{20e3}')
        }
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => {
            !foreign(before) || is_selector(before)
        }
        _ => hides(character),
    }
}

/// Returns `text` with each character that hides written between `open` and `close` as `U+202E`.
#[must_use]
pub fn shown(text: &str, open: &str, close: &str, hides: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if hides(character) {
            let code = u32::from(character);
            write!(out, "{open}U+{code:04X}{close}").expect("a string takes all text");
        } else {
            out.push(character);
        }
    }
    out
}

/// Returns backticks that fence `text` as a Markdown code block: longer than any run in it, so that
/// nothing inside can close the fence.
#[must_use]
pub fn fence(text: &str) -> String {
    "`".repeat(longest_run(text).max(2) + 1)
}

/// Returns the length of the longest run of backticks in `text`.
#[must_use]
pub fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Tells whether a character is a zero-width joiner or non-joiner.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Tells whether a character is a variation selector.
fn is_selector(c: Option<char>) -> bool {
    c.is_some_and(|c| matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_written_out_and_all_else_stays() {
        assert_eq!(
            shown("a\u{202e}b\n\tc\u{e0041}\r", "<", ">", hides),
            "a<U+202E>b\n\tc<U+E0041><U+000D>"
        );
        assert_eq!(shown("Söner 日本 🌿", "<", ">", hides), "Söner 日本 🌿");
    }

    #[test]
    fn joiners_and_selectors_hide_only_where_they_show_nothing() {
        assert!(!hides_between(Some('⚠'), '\u{fe0f}', None));
        assert!(!hides_between(Some('1'), '\u{fe0f}', Some('\u{20e3}')));
        assert!(!hides_between(Some('م'), '\u{200c}', Some('خ')));
        assert!(hides_between(Some('a'), '\u{fe0f}', Some('b')));
        assert!(hides_between(Some('a'), '\u{200d}', Some('b')));
        assert!(hides_between(Some('\u{fe0f}'), '\u{fe0e}', None));
    }

    #[test]
    fn a_fence_is_longer_than_any_run_inside() {
        assert_eq!(fence("plain"), "```");
        assert_eq!(fence("a ```` b ``"), "`````");
    }
}
