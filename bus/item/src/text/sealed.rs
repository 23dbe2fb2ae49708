//! The comment as a whole: who, what, and the sealed entry at its end.

use std::fmt::Write as _;

use trail_record::Sealed;

use super::{Note, count};
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
        "\n<details><summary>Sealed entry {} · {} · {}</summary>\n\n",
        entry.seq,
        sealed.digest.short(),
        count(entry.records.len(), "record"),
    )
    .expect("a string takes all text");
    // The envelope is canonical JSON on one line, so no line of it can close the block.
    out.push_str(&quote::fence(INFO, &sealed.envelope.to_json()));
    out.push_str("\n</details>\n");
    out
}

/// Returns the JSON of the sealed entry that a comment carries: the last `trail-entry` block, which
/// is the one Trail writes; anything that looks like one in quoted text stands before it.
#[must_use]
pub fn envelope_of(text: &str) -> Option<&str> {
    let opens = |line: &str| line.trim().strip_prefix("```") == Some(INFO);
    let mut lines = text.lines();
    let mut found = None;
    while let Some(line) = lines.next() {
        if opens(line) {
            found = lines.next().map(str::trim_end);
        }
    }
    found
}
