//! Reads the comment form line by line where the language is not known.

use trail_record::body::Validates;

use super::{Annotation, from_comment};

/// Reads the comment form where the language is not known: the next line of code names the test.
pub(super) fn lines(text: &str) -> Vec<Annotation> {
    let mut found = Vec::new();
    let mut pending: Vec<Validates> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let comment = ["//", "#", "--", ";", "%", "/*", "*"]
            .iter()
            .any(|mark| line.starts_with(mark));
        if comment {
            pending.extend(from_comment(line.trim_end_matches("*/")));
        } else if !(pending.is_empty() || line.is_empty() || line.starts_with(['@', '['])) {
            let validates = std::mem::take(&mut pending);
            if let Some(test) = guess(line) {
                let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
                found.push(Annotation {
                    test,
                    validates,
                    line,
                });
            }
        }
    }
    found
}

/// Guesses the name in a line that starts a test: its first text, or the word before `(` or after
/// the word that defines.
fn guess(line: &str) -> Option<String> {
    let (head, tail) = line.split_once('(').unwrap_or((line, ""));
    let quoted = |text: &str| {
        let quote = text
            .trim_start()
            .chars()
            .next()
            .filter(|c| "\"'`".contains(*c))?;
        text.trim_start()[1..]
            .split(quote)
            .next()
            .map(str::to_owned)
    };
    if let Some(title) = quoted(tail) {
        return Some(title);
    }
    let words: Vec<&str> = head.split_whitespace().collect();
    if let Some(at) = words.iter().position(|word| word.starts_with(['"', '\''])) {
        return quoted(&words[at..].join(" "));
    }
    let name = |word: &str| {
        let name = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
        (!name.is_empty()).then(|| name.to_owned())
    };
    // GoogleTest: `TEST(Suite, Name)`.
    if head.starts_with("TEST") && words.len() == 1 {
        let inner = tail.split(')').next()?;
        let parts: Vec<_> = inner
            .split(',')
            .filter_map(|part| name(part.trim()))
            .collect();
        return (!parts.is_empty()).then(|| parts.join("."));
    }
    let defines = [
        "fn",
        "fun",
        "func",
        "def",
        "sub",
        "function",
        "test",
        "class",
        "procedure",
    ];
    let after = words
        .iter()
        .position(|word| defines.contains(word))
        .map(|at| at + 1);
    // Go methods have their receiver between: `func (s *Suite) TestX()`.
    if after == Some(words.len()) && head.trim_end() == "func" {
        let rest = tail.split_once(')')?.1;
        return name(rest.split('(').next()?);
    }
    match after.and_then(|at| words.get(at)) {
        Some(word) => name(word),
        None if line.contains('(') => name(words.last()?),
        None => None,
    }
}
