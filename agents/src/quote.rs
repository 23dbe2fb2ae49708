//! Quotes text from outside, so that it can be read but cannot pass for anything Trail says.
//!
//! Item bodies, files, comments, test output and what models wrote are data. They stand in a fence
//! that they cannot close, and characters that a reader would not see are written out.

use trail_record::hidden;

/// Returns `text` with characters that hide or reorder what is read written as `⟦U+202E⟧`.
///
/// That is: controls other than tab and newline, all breaks that are no newline, bidirectional
/// marks, zero-width and filler characters, variation selectors and tags.
#[must_use]
pub fn visible(text: &str) -> String {
    hidden::shown(text, "⟦", "⟧", hidden::hides)
}

/// Returns `text` as a fenced block that says it is data and names it by `label`.
///
/// The fence is longer than any run of backticks inside, so nothing inside can close it.
#[must_use]
pub fn fenced(label: &str, text: &str) -> String {
    let text = visible(text);
    let fence = hidden::fence(&text);
    let label = one_line(label);
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{fence}data: {label}\n{text}{end}{fence}")
}

/// Returns a short name from outside as inline code: one line, at most 120 characters.
#[must_use]
pub fn inline(name: &str) -> String {
    format!("`{}`", one_line(name))
}

/// Returns at most about `limit` bytes of `text`, from its start; what was left out is said.
#[must_use]
pub fn head(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit);
    format!(
        "{}\n[the last {} bytes are left out]\n",
        &text[..end],
        text.len() - end
    )
}

/// Returns at most about `limit` bytes of `text`, up to its end; what was left out is said.
#[must_use]
pub fn tail(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let start = text.ceil_char_boundary(text.len() - limit);
    format!("[the first {start} bytes are left out]\n{}", &text[start..])
}

fn one_line(text: &str) -> String {
    let mut out: String = visible(text)
        .chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            '`' => '\'',
            c => c,
        })
        .collect();
    if let Some((end, _)) = out.char_indices().nth(120) {
        out.truncate(end);
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a block as CommonMark does: the first line that closes the fence ends it.
    fn read(block: &str) -> (&str, String, &str) {
        let length = block.len() - block.trim_start_matches('`').len();
        let (opening, rest) = block.split_once('\n').unwrap();
        let mut at = 0;
        for line in rest.split('\n') {
            let bare = line.trim();
            if bare.len() >= length && bare.bytes().all(|b| b == b'`') {
                return (
                    &opening[length..],
                    rest[..at].to_owned(),
                    &rest[at + line.len()..],
                );
            }
            at += line.len() + 1;
        }
        panic!("never closed: {block}");
    }

    #[test]
    fn what_hides_or_reorders_is_written_out() {
        assert_eq!(
            visible("a\u{202E}b\u{200B}\r\n\tc\u{E0041}"),
            "a⟦U+202E⟧b⟦U+200B⟧⟦U+000D⟧\n\tc⟦U+E0041⟧"
        );
        assert_eq!(visible("Söner 日本 🌿"), "Söner 日本 🌿");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(head("abcdef", 3), "abc\n[the last 3 bytes are left out]\n");
        assert_eq!(tail("abcdef", 3), "[the first 3 bytes are left out]\ndef");
        assert_eq!(head("ööö", 3), "ö\n[the last 4 bytes are left out]\n");
        assert_eq!(tail("ööö", 3), "[the first 4 bytes are left out]\nö");
        assert_eq!(inline(&"`x\n".repeat(100)).matches('`').count(), 2);
    }

    proptest! {
        #[test]
        fn nothing_inside_a_fence_can_close_it(
            text in "[`~\\n\\r \\t\u{2028}\u{85}\u{0B}#>a-]{0,120}",
            label in "[`\\n a\u{202E}]{0,20}",
        ) {
            let block = fenced(&label, &text);
            let (info, inside, after) = read(&block);
            prop_assert!(info.starts_with("data: ") && !info.contains('`'));
            let shown = visible(&text);
            prop_assert_eq!(inside.trim_end_matches('\n'), shown.trim_end_matches('\n'));
            prop_assert_eq!(after, "");
        }

        #[test]
        fn quoted_text_shows_nothing_hidden(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(hidden::hides));
        }
    }
}
