//! Characters that a reader of the item cannot see, or that change what they see.

/// A character that hides or reorders text, with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    /// The character.
    pub character: char,
    /// The line it stands in, from 1.
    pub line: u32,
}

/// Returns the first hidden character of each line, at most `limit` of them.
///
/// Joiners and variation selectors count as hidden only where they change nothing that is shown:
/// between letters of scripts that need them and inside emoji they are ordinary text.
#[must_use]
pub fn find(text: &str, limit: usize) -> Vec<Hidden> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut told = false;
    let mut before = None;
    // A byte order mark at the very start is an editor's habit, not hidden text.
    let mut characters = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .chars()
        .peekable();
    while let Some(character) = characters.next() {
        if found.len() == limit {
            break;
        }
        if character == '\n' || (character == '\r' && characters.peek() != Some(&'\n')) {
            line += 1;
            told = false;
        } else if !told && is_hidden(before, character, characters.peek().copied()) {
            found.push(Hidden { character, line });
            told = true;
        }
        before = Some(character);
    }
    found
}

/// Returns the text without its hidden characters.
#[must_use]
pub fn remove(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !is_hidden(before, character, characters.peek().copied()) {
            kept.push(character);
        }
        before = Some(character);
    }
    kept
}

/// Returns whether a character between its neighbours is hidden text; the ends of lines are none.
#[must_use]
pub fn is_hidden(before: Option<char>, character: char, after: Option<char>) -> bool {
    character != '\r' && trail_record::hidden::hides_between(before, character, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_cannot_see_is_found() {
        for hidden in [
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{200b}b",
            "a\u{200d}b",
            "a\u{feff}b",
            "a\u{ad}b",
            "a\u{e0041}b",
            "a\u{0}b",
            "a\u{1b}[1m",
            "a\u{2028}b",
            "a\u{fe0f}b",
            "漢\u{fe00}\u{fe01}",
            "a\u{61c}b",
            "漢\u{200d}\u{200d}字",
            "a\u{3164}b",
        ] {
            assert_eq!(find(hidden, 9).len(), 1, "{hidden:?}");
            assert_eq!(find(&remove(hidden), 9), [], "{hidden:?}");
        }
    }

    #[test]
    fn ordinary_text_of_any_script_is_not_hidden() {
        for plain in [
            "a\tb\r\nc",
            "\u{feff}a",
            "می\u{200c}خواهم",
            "👩\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "é\u{a0}ü",
            "漢\u{e0100}",
        ] {
            assert_eq!(find(plain, 9), [], "{plain:?}");
        }
    }

    #[test]
    fn each_line_is_told_once_with_its_number() {
        let found = find("a\n\u{200b}\u{200b}\r\n\rb\u{202e}", 9);
        assert_eq!(
            found,
            [
                Hidden {
                    character: '\u{200b}',
                    line: 2
                },
                Hidden {
                    character: '\u{202e}',
                    line: 4
                }
            ]
        );
        assert_eq!(find(&"\u{200b}\n".repeat(99), 5).len(), 5);
    }
}
