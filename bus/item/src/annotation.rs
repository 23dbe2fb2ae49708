//! Finds the annotations by which tests say which criterion they validate.
//!
//! | language | form |
//! |---|---|
//! | Rust | `#[trail::validates(work_item = "X-1", criterion = "AC-3")]` above a function |
//! | Python | `@trail.validates(work_item="X-1", criterion="AC-3")` above a function or class |
//! | JavaScript, TypeScript | `trail.validates({ workItem: "X-1", criterion: "AC-3" }, ...)` around a test |
//! | any | a comment `trail:validates X-1 AC-3` directly above a test |
//!
//! This is a scanner of tokens, not a parser: it knows comments, strings and brackets of these
//! languages and nothing else. Tree-sitter replaces it where more must be known, such as the module
//! a test stands in. In other languages than those named, only the comment form is read and the
//! test's name is guessed from the line below.
//!
//! An annotation claims; it proves nothing. What is malformed is left out here and found by the
//! linter, which compares claims with criteria.

mod guess;
mod lex;
mod read;

use trail_record::ItemKey;
use trail_record::body::Validates;

use crate::criteria::criterion_id;

/// A test that names criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The test's own name: of its function, class or title, without the module around it.
    pub test: String,
    /// The criteria it names, sorted, each once.
    pub validates: Vec<Validates>,
    /// The line its name stands in, from 1.
    pub line: u32,
}

/// What a file is written in, as far as annotations differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Rust,
    Python,
    Script,
    Other,
}

/// Finds the annotations of a file, in the order of its lines.
#[must_use]
pub fn scan(path: &str, text: &str) -> Vec<Annotation> {
    // Most files have none; this keeps a whole repository cheap.
    if !(text.contains("validates") && text.contains("trail")) {
        return Vec::new();
    }
    let language = language(path);
    let mut found = match language {
        Language::Other => guess::lines(text),
        Language::Rust | Language::Python | Language::Script => {
            read::tokens(language, &lex::tokens(language, text))
        }
    };
    for annotation in &mut found {
        annotation.validates.sort();
        annotation.validates.dedup();
    }
    found
}

/// Returns a file's language by its ending.
fn language(path: &str) -> Language {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .as_deref()
    {
        Some("rs") => Language::Rust,
        Some("py" | "pyi") => Language::Python,
        Some("js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts") => Language::Script,
        _ => Language::Other,
    }
}

/// Makes the pair an annotation names; none if either half cannot be one.
fn validates(work_item: &str, criterion: &str) -> Option<Validates> {
    let work_item = work_item.trim();
    let fits = !work_item.is_empty()
        && work_item.len() <= 200
        && !work_item.contains(|c: char| c.is_whitespace() || c.is_control());
    let criterion = criterion_id(criterion)?;
    fits.then(|| Validates {
        work_item: ItemKey::from(work_item),
        criterion,
        revision: None,
    })
}

/// Reads the comment form: `trail:validates X-1 AC-3, AC-4`.
fn from_comment(comment: &str) -> Vec<Validates> {
    let words = comment.trim_start_matches(|c: char| "/#-*!;%".contains(c) || c.is_whitespace());
    let Some(words) = words.strip_prefix("trail:validates ") else {
        return Vec::new();
    };
    let mut words = words
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty());
    let Some(item) = words.next() else {
        return Vec::new();
    };
    words
        .map_while(|criterion| validates(item, criterion))
        .collect()
}

#[cfg(test)]
mod tests;
