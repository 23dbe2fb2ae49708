//! Finds the command in a comment.

use trail_record::ItemKey;

use super::suggest;
use super::{Command, Mistake, Parsed, Word};
use crate::code::Code;
use crate::criteria::{hidden, item_key, markdown};

/// A line that starts like a command.
#[derive(Debug)]
struct Line<'a> {
    /// The word after the slash, as written.
    word: &'a str,
    /// What follows on the line.
    rest: &'a str,
    /// Its index among the comment's lines.
    at: usize,
}

/// Reads a comment.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let shown = hidden::remove(text);
    let (lines, _) = markdown::lines(&shown);
    let commands = command_lines(&lines);
    let parsed = match commands.as_slice() {
        [] => without_slash(&lines),
        [line] => match command(line, &lines) {
            Ok(command) => Parsed::Command(command),
            Err(mistake) => Parsed::Mistake(mistake),
        },
        several => {
            let words = several.iter().map(|line| line.word.to_owned()).collect();
            Parsed::Mistake(Mistake::Several(words))
        }
    };
    // Hidden text counts wherever it stands: it may have shown its author another comment.
    if parsed != Parsed::Nothing && !hidden::find(text, 1).is_empty() {
        return Parsed::Mistake(Mistake::Hidden);
    }
    parsed
}

/// Returns the lines that start with `/word`.
fn command_lines<'a>(lines: &'a [markdown::Line<'_>]) -> Vec<Line<'a>> {
    let mut found = Vec::new();
    let mut blank = true;
    for (at, line) in lines.iter().enumerate() {
        let (indent, text) = markdown::indent(&line.text);
        // Four blanks after an empty line make Markdown show the line as code.
        let code = line.fenced || (indent >= 4 && blank);
        blank = text.trim().is_empty() || code;
        let Some(text) = text.strip_prefix('/').filter(|_| !code) else {
            continue;
        };
        let inside = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let end = text.find(|c: char| !inside(c)).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        // `/usr/bin`, `/etc.conf` and `/2` are paths and numbers, not commands.
        let ends = rest.is_empty()
            || rest.starts_with([' ', ',', ':', ';', '!', '?'])
            || (rest.starts_with('.') && rest[1..].trim_start().len() < rest.len() - 1)
            || rest == ".";
        if word.starts_with(char::is_alphabetic) && ends {
            found.push(Line { word, rest, at });
        }
    }
    found
}

/// Reads the command of a line.
fn command(line: &Line<'_>, lines: &[markdown::Line<'_>]) -> Result<Command, Mistake> {
    let lower = line.word.to_lowercase();
    let Some(word) = Word::ALL.into_iter().find(|word| word.as_str() == lower) else {
        let (word, did_you_mean) = (line.word.to_owned(), suggest::command(&lower));
        return Err(Mistake::UnknownCommand { word, did_you_mean });
    };
    let rest = line
        .rest
        .trim_start_matches([',', ':', ';', '.', '!', '?', ' ']);
    let (given, after) = rest.split_once(' ').unwrap_or((rest, ""));
    let why = |first: &str| reason(first, &lines[line.at + 1..]);
    let why_needed = |first: &str| why(first).ok_or(Mistake::MissingWhy { command: word });
    let code = || code(word, given);
    Ok(match word {
        Word::Start => Command::Start { code: code()? },
        Word::Approve => Command::Approve {
            code: code()?,
            why: why(after),
        },
        Word::Reject => Command::Reject {
            code: code()?,
            why: why_needed(after)?,
        },
        Word::Amend => Command::Amend { code: code()? },
        Word::Hold => Command::Hold { why: why(rest) },
        Word::Resume => Command::Resume,
        Word::Retry => Command::Retry,
        Word::Cancel => Command::Cancel { why: why(rest) },
        Word::Dispose => Command::Dispose {
            code: code()?,
            why: why_needed(after)?,
        },
        Word::Revert => {
            let bare = bare(given);
            let plain = bare.chars().all(|c| c.is_ascii_lowercase());
            if bare.parse::<Code>().is_err() && !looks_like_code(bare) || plain {
                // Without a code it only asks what it would do.
                Command::Revert {
                    code: None,
                    with: Vec::new(),
                    why: why(rest),
                }
            } else {
                let (with, after) = with(after);
                Command::Revert {
                    code: Some(code()?),
                    with,
                    why: why(after),
                }
            }
        }
    })
}

/// Reads the code of a command.
fn code(command: Word, given: &str) -> Result<Code, Mistake> {
    let bare = bare(given);
    // `everything` could be read as a code; a word without digit, hyphen or capitals is none.
    let plain = bare.chars().all(|c| c.is_ascii_lowercase());
    match bare.parse::<Code>() {
        Ok(code) if !plain => Ok(code),
        _ if looks_like_code(bare) => Err(Mistake::MalformedCode {
            command,
            given: bare.chars().take(40).collect(),
        }),
        _ => Err(Mistake::MissingCode { command }),
    }
}

/// Reads `with KEY, KEY and KEY` from the front; returns the keys, and what follows them.
fn with(text: &str) -> (Vec<ItemKey>, &str) {
    let Some(mut rest) = text.trim_start().strip_prefix("with ") else {
        return (Vec::new(), text);
    };
    let mut keys = Vec::new();
    loop {
        rest = rest.trim_start();
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let key = item_key(word.trim_matches([',', ';', '`', '*', '.', ':']));
        match key {
            Some(key) if !keys.contains(&key) => keys.push(key),
            Some(_) => {}
            None if !keys.is_empty() && word == "and" => {}
            None => break,
        }
        rest = after;
    }
    // `with regret` names nothing: all of it is the reason.
    if keys.is_empty() {
        (keys, text)
    } else {
        (keys, rest)
    }
}

/// Drops what surrounds a code: emphasis, backticks, brackets, quotes, trailing punctuation.
fn bare(given: &str) -> &str {
    given.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Returns whether a word was probably meant as a code.
fn looks_like_code(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
    let capitals = word.chars().all(|c| !c.is_lowercase());
    let digits = word.contains(|c: char| c.is_ascii_digit());
    let hyphen = word
        .char_indices()
        .any(|(at, c)| !c.is_alphanumeric() && (4..=6).contains(&at));
    (digits && (5..=14).contains(&letters))
        || (capitals && (8..=14).contains(&letters))
        || (hyphen && (9..=11).contains(&letters))
        || word.eq_ignore_ascii_case("code")
}

/// Returns the reason: the rest of the line and what follows it, without quotes.
fn reason(first: &str, following: &[markdown::Line<'_>]) -> Option<String> {
    let first = first
        .trim()
        .trim_start_matches([',', ':', ';', '–', '—'])
        .trim();
    let first = first.strip_prefix("- ").unwrap_or(first);
    let mut reason = first.to_owned();
    for line in following {
        if !line.fenced && line.text.trim_start().starts_with('>') {
            continue;
        }
        reason.push('\n');
        reason.push_str(line.text.trim_end());
    }
    let reason = reason.trim();
    // A reason has words; dots and dashes are none.
    reason
        .contains(char::is_alphanumeric)
        .then(|| reason.to_owned())
}

/// Looks for a command that only lacks its slash: a command's word and a code, nothing looser.
fn without_slash(lines: &[markdown::Line<'_>]) -> Parsed {
    for line in lines.iter().filter(|line| !line.fenced) {
        let mut words = line.text.split_whitespace();
        let (Some(first), Some(second)) = (words.next(), words.next()) else {
            continue;
        };
        let lower = first.trim_end_matches([':', ',']).to_lowercase();
        let command = Word::ALL
            .into_iter()
            .find(|word| word.takes_code() && word.as_str() == lower);
        if let Some(command) = command
            && code(command, second).is_ok()
        {
            return Parsed::Mistake(Mistake::MissingSlash { command });
        }
    }
    Parsed::Nothing
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
