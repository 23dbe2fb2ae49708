//! Splits source text into the few kinds of token that annotations are made of.

use super::Language;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A word: name, keyword or number.
    Word(&'a str),
    /// A string's content as written; escapes are not resolved, for ids and names have none.
    Text(&'a str),
    /// A comment's content.
    Comment(&'a str),
    /// Any other character.
    Mark(char),
    /// The end of a line outside of strings and comments; only in Python.
    End,
}

/// A token with its line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) line: u32,
}

/// Splits a text.
pub(super) fn tokens(language: Language, text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut line = 1;
    let mut before = None;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match language {
            Language::Rust => rust(rest, c),
            Language::Python => python(rest, c),
            Language::Script | Language::Other => script(rest, c, before),
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, line });
            if !matches!(kind, Kind::Comment(_)) {
                before = Some(kind);
            }
        }
        let breaks = text[at..at + length]
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count();
        line += u32::try_from(breaks).unwrap_or(u32::MAX);
        at += length;
    }
    tokens
}

/// A token, if the text there is one, and how many bytes it takes.
type Lexed<'a> = (Option<Kind<'a>>, usize);

fn rust(rest: &str, c: char) -> Lexed<'_> {
    if let Some(lexed) = slash_comment(rest, true) {
        return lexed;
    }
    let prefix = if c == 'b' || c == 'c' { 1 } else { 0 };
    match rest.as_bytes()[prefix..].first() {
        Some(b'r') => {
            let hashes = rest[prefix + 1..]
                .bytes()
                .take_while(|byte| *byte == b'#')
                .count();
            let start = prefix + 1 + hashes;
            if rest[start..].starts_with('"') {
                let close = format!("\"{}", "#".repeat(hashes));
                return until(rest, start + 1, &close);
            }
        }
        Some(b'"') => return quoted(rest, prefix, '"', true),
        Some(b'\'') => return character(rest, prefix),
        _ => {}
    }
    word_or_mark(rest, c)
}

/// Reads a character literal; what only looks like one is a lifetime.
fn character(rest: &str, prefix: usize) -> Lexed<'_> {
    let inner = &rest[prefix + 1..];
    let mut characters = inner.char_indices();
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), _) => quoted(rest, prefix, '\'', false),
        (Some(_), Some((end, '\''))) => (None, prefix + 1 + end + 1),
        _ => (Some(Kind::Mark('\'')), prefix + 1),
    }
}

fn python(rest: &str, c: char) -> Lexed<'_> {
    if c == '\n' {
        return (Some(Kind::End), 1);
    }
    if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
        return (None, rest.find('\n').map_or(1, |end| end + 1));
    }
    if c == '#' {
        return line_comment(rest, 1);
    }
    let prefix = rest
        .bytes()
        .take_while(|byte| b"rRbBfFuUtT".contains(byte))
        .count();
    if prefix <= 2 {
        for quote in ["\"\"\"", "'''"] {
            if rest[prefix..].starts_with(quote) {
                return triple(rest, prefix + 3, quote);
            }
        }
        if let Some(quote) = rest[prefix..]
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
        {
            return quoted(rest, prefix, quote, false);
        }
    }
    word_or_mark(rest, c)
}

fn script<'a>(rest: &'a str, c: char, before: Option<Kind<'a>>) -> Lexed<'a> {
    if let Some(lexed) = slash_comment(rest, false) {
        return lexed;
    }
    match c {
        '"' | '\'' => quoted(rest, 0, c, false),
        '`' => quoted(rest, 0, c, true),
        // A slash that follows no value opens a regular expression.
        '/' if !is_value(before) => {
            let (_, length) = quoted(rest, 0, '/', false);
            (None, length)
        }
        _ => word_or_mark(rest, c),
    }
}

/// Returns whether a division could follow a token.
fn is_value(before: Option<Kind<'_>>) -> bool {
    match before {
        Some(Kind::Word(word)) => {
            !matches!(word, "return" | "typeof" | "case" | "in" | "of" | "delete")
        }
        Some(Kind::Text(_)) => true,
        Some(Kind::Mark(mark)) => matches!(mark, ')' | ']' | '}'),
        Some(Kind::Comment(_) | Kind::End) | None => false,
    }
}

/// Reads `// ...` and `/* ... */`.
fn slash_comment(rest: &str, nests: bool) -> Option<Lexed<'_>> {
    if rest.starts_with("//") {
        return Some(line_comment(rest, 2));
    }
    let mut at = rest.strip_prefix("/*").map(|_| 2)?;
    let mut depth = 1;
    while depth > 0 {
        let next = rest[at..].find(['*', '/']).map(|next| at + next);
        let Some(next) = next else {
            return Some((None, rest.len()));
        };
        if rest[next..].starts_with("*/") {
            depth -= 1;
            at = next + 2;
        } else if nests && rest[next..].starts_with("/*") {
            depth += 1;
            at = next + 2;
        } else {
            at = next + 1;
        }
    }
    Some((Some(Kind::Comment(&rest[2..at - 2])), at))
}

/// Reads a comment up to the end of its line.
fn line_comment(rest: &str, mark: usize) -> Lexed<'_> {
    let end = rest.find('\n').unwrap_or(rest.len());
    (Some(Kind::Comment(rest[mark..end].trim_end())), end)
}

/// Reads a string that starts at `prefix` and ends at an unescaped quote, or with its line.
fn quoted(rest: &str, prefix: usize, quote: char, many_lines: bool) -> Lexed<'_> {
    let start = prefix + 1;
    let mut escaped = false;
    for (at, c) in rest[start..].char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return (Some(Kind::Text(&rest[start..start + at])), start + at + 1);
        } else if c == '\n' && !many_lines {
            return (None, start + at);
        }
    }
    (None, rest.len())
}

/// Reads a Python string in triple quotes.
fn triple<'a>(rest: &'a str, start: usize, quote: &str) -> Lexed<'a> {
    let mut at = start;
    while let Some(next) = rest[at..].find(['\\', '"', '\'']) {
        at += next;
        if rest[at..].starts_with(quote) {
            return (Some(Kind::Text(&rest[start..at])), at + 3);
        }
        let escape = rest[at..].starts_with('\\');
        at += 1;
        if escape {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    (None, rest.len())
}

/// Reads up to a closing text.
fn until<'a>(rest: &'a str, start: usize, close: &str) -> Lexed<'a> {
    match rest[start..].find(close) {
        Some(end) => (
            Some(Kind::Text(&rest[start..start + end])),
            start + end + close.len(),
        ),
        None => (None, rest.len()),
    }
}

/// Reads a word, a mark or a blank.
fn word_or_mark(rest: &str, c: char) -> Lexed<'_> {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    if inside(c) {
        let end = rest.find(|c: char| !inside(c)).unwrap_or(rest.len());
        (Some(Kind::Word(&rest[..end])), end)
    } else if c.is_whitespace() {
        (None, c.len_utf8())
    } else {
        (Some(Kind::Mark(c)), c.len_utf8())
    }
}
