//! The comment as a whole: who, what, and the sealed entry at its end.

use std::fmt::Write as _;

use trail_record::Sealed;

use super::Note;
use crate::quote;

/// The info string of the code block that carries a sealed entry.
const INFO: &str = "trail-entry";

/// Writes the comment that carries `sealed`.
#[must_use]
pub fn comment(note: &Note, sealed: &Sealed) -> String {
    let entry = &sealed.entry;
    let mut out = format!("**Trail · {}** — {}\n", entry.persona, note.headline);
    if !note.body.is_empty() {
        write!(out, "\n{}\n", note.body.trim_end()).expect("a string takes all text");
    }
    write!(
        out,
        "\n<details><summary>Sealed entry {} · {} · {} records</summary>\n\n",
        entry.seq,
        sealed.digest.short(),
        entry.records.len(),
    )
    .expect("a string takes all text");
    // The envelope is canonical JSON on one line, so no line of it can close the block.
    out.push_str(&quote::fence(INFO, &sealed.envelope.to_json()));
    out.push_str("\n</details>\n");
    out
}

/// Tells whether a comment looks as if it carried a sealed entry.
#[must_use]
pub fn has_envelope(text: &str) -> bool {
    text.contains("trail-entry") || text.contains("application/vnd.in-toto+json")
}

/// Returns the JSON of the sealed entry that a comment carries: the last `trail-entry` block, which
/// is the one Trail writes; anything that looks like one in quoted text stands before it.
#[must_use]
pub fn envelope_of(text: &str) -> Option<&str> {
    let mut found = None;
    let mut rest = text;
    while let Some(at) = rest.find("```trail-entry") {
        let line_start = rest[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let own_line = rest[line_start..at].trim().is_empty();
        let after = &rest[at + "```trail-entry".len()..];
        let Some(body) = after.trim_start_matches('\r').strip_prefix('\n') else {
            rest = after;
            continue;
        };
        let end = body.find('\n').unwrap_or(body.len());
        if own_line {
            found = Some(body[..end].trim_end());
        }
        rest = &body[end..];
    }
    found
}
