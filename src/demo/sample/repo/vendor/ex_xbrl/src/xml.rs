//! Characters of XML 1.0.

use crate::error::Error;

/// Returns `text` as it must stand in an element or a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// Refuses text that no escape can bring into XML 1.0 (section 2.2, `Char`).
pub(crate) fn holdable(text: &str) -> Result<(), Error> {
    let bad = text.chars().find(|c| {
        !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
    });
    bad.map_or(Ok(()), |c| Err(Error::Character(c)))
}
