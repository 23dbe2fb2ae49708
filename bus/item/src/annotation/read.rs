//! Reads annotations from the tokens of a language that is known.

use trail_record::body::Validates;

use super::lex::{Kind, Token};
use super::{Annotation, Language, from_comment, validates};

/// What a reader found at a place: how far it read and what it read.
type Read<T> = Option<(usize, T)>;

/// Tokens with their brackets matched once, so that hostile nesting stays cheap.
struct Source<'a> {
    tokens: &'a [Token<'a>],
    /// For each opening bracket that is closed, the place where.
    closed_at: Vec<Option<usize>>,
}

impl<'a> Source<'a> {
    fn new(tokens: &'a [Token<'a>]) -> Self {
        let mut closed_at = vec![None; tokens.len()];
        let mut open = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Mark('(' | '[' | '{') => open.push(at),
                Kind::Mark(')' | ']' | '}') => {
                    if let Some(opened) = open.pop() {
                        closed_at[opened] = Some(at);
                    }
                }
                Kind::Mark(_) | Kind::Word(_) | Kind::Text(_) | Kind::Comment(_) | Kind::End => {}
            }
        }
        Self { tokens, closed_at }
    }

    /// Returns the place of the bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> Option<usize> {
        self.closed_at.get(open).copied().flatten()
    }

    fn is_mark(&self, at: usize, mark: char) -> bool {
        self.kind(at) == Some(Kind::Mark(mark))
    }

    fn word_at(&self, at: usize) -> Option<&'a str> {
        match self.kind(at)? {
            Kind::Word(word) => Some(word),
            Kind::Text(_) | Kind::Comment(_) | Kind::Mark(_) | Kind::End => None,
        }
    }

    fn kind(&self, at: usize) -> Option<Kind<'a>> {
        self.tokens.get(at).map(|token| token.kind)
    }
}

/// Reads the annotations of a file whose language is known.
pub(super) fn tokens(language: Language, tokens: &[Token<'_>]) -> Vec<Annotation> {
    let source = &Source::new(tokens);
    let mut found: Vec<Annotation> = Vec::new();
    let mut pending = Vec::new();
    let mut at = 0;
    while let Some(kind) = source.kind(at) {
        if let Kind::Comment(comment) = kind {
            pending.extend(comment.lines().flat_map(from_comment));
            at += 1;
            continue;
        }
        let annotation = match language {
            Language::Rust => attribute(source, at),
            Language::Python => decorator(source, at),
            Language::Script | Language::Other => None,
        };
        if let Some((next, more)) = annotation {
            pending.extend(more);
            at = next;
            continue;
        }
        if language == Language::Script
            && let Some((next, annotation)) = wrapper(source, at)
        {
            found.push(annotation);
            at = next;
            continue;
        }
        if pending.is_empty() {
            at += 1;
            continue;
        }
        match named(language, source, at) {
            Named::Here(next, test) => {
                let line = tokens[next - 1].line;
                found.push(Annotation {
                    test,
                    validates: std::mem::take(&mut pending),
                    line,
                });
                at = next;
            }
            Named::Later(next) => at = next,
            Named::Never => {
                // Something else stands between: the annotation annotates nothing.
                pending.clear();
                at += 1;
            }
        }
    }
    found
}

/// How many tokens behind a wrapper its title may stand.
const NEAR: usize = 200;

/// Where a test's name is.
enum Named {
    /// The name, and the place after it.
    Here(usize, String),
    /// Not yet: what stands here may stand between an annotation and its test.
    Later(usize),
    /// Not at all.
    Never,
}

/// Looks for the name of a test that stands below an annotation.
fn named(language: Language, source: &Source<'_>, at: usize) -> Named {
    let word = match source.tokens[at].kind {
        Kind::Word(word) => word,
        Kind::End => return Named::Later(at + 1),
        // The string of `extern "C"`, the brackets of `pub(crate)`.
        Kind::Text(_) if language == Language::Rust => return Named::Later(at + 1),
        Kind::Mark('(' | ')') if language == Language::Rust => return Named::Later(at + 1),
        Kind::Mark(_) | Kind::Text(_) | Kind::Comment(_) => return Named::Never,
    };
    let next = |test: Option<&str>, at: usize| match test {
        Some(test) => Named::Here(at, test.to_owned()),
        None => Named::Never,
    };
    match (language, word) {
        (Language::Rust, "fn")
        | (Language::Python, "def" | "class")
        | (Language::Script, "function" | "class") => next(source.word_at(at + 1), at + 2),
        (
            Language::Rust,
            "pub" | "crate" | "super" | "self" | "in" | "async" | "const" | "unsafe" | "extern",
        )
        | (Language::Python, "async")
        | (Language::Script, "async" | "export" | "default" | "await") => Named::Later(at + 1),
        (Language::Script, "const" | "let" | "var") => next(source.word_at(at + 1), at + 2),
        (Language::Script, _) => title(source, at),
        _ => Named::Never,
    }
}

/// Reads the title of `test("title", ...)`, `it.only("title", ...)` and the like.
fn title(source: &Source<'_>, mut at: usize) -> Named {
    at += 1;
    while source.is_mark(at, '.') && source.word_at(at + 1).is_some() {
        at += 2;
    }
    match (source.is_mark(at, '('), source.kind(at + 1)) {
        (true, Some(Kind::Text(title))) => Named::Here(at + 2, title.to_owned()),
        _ => Named::Never,
    }
}

/// Reads a Rust attribute; what it names of `trail::validates`, also inside `cfg_attr`.
fn attribute(source: &Source<'_>, at: usize) -> Read<Vec<Validates>> {
    if !(source.is_mark(at, '#') && source.is_mark(at + 1, '[')) {
        return None;
    }
    let end = source.closing(at + 1)?;
    let mut read = Vec::new();
    for place in at + 2..end {
        let path = source.word_at(place) == Some("trail")
            && source.is_mark(place + 1, ':')
            && source.is_mark(place + 2, ':')
            && source.word_at(place + 3) == Some("validates")
            && source.is_mark(place + 4, '(');
        if path && let Some(close) = source.closing(place + 4) {
            read.extend(arguments(&source.tokens[place + 5..close]));
        }
    }
    Some((end + 1, read))
}

/// Reads a Python decorator; what it names if it is `trail.validates`.
fn decorator(source: &Source<'_>, at: usize) -> Read<Vec<Validates>> {
    if !source.is_mark(at, '@') || !starts_line(source, at) {
        return None;
    }
    let ours = source.word_at(at + 1) == Some("trail")
        && source.is_mark(at + 2, '.')
        && source.word_at(at + 3) == Some("validates")
        && source.is_mark(at + 4, '(');
    if ours && let Some(close) = source.closing(at + 4) {
        return Some((close + 1, arguments(&source.tokens[at + 5..close])));
    }
    // Another decorator: it ends with its line, but not within brackets.
    let mut place = at + 1;
    while let Some(kind) = source.kind(place).filter(|kind| *kind != Kind::End) {
        place = match kind {
            Kind::Mark('(' | '[' | '{') => source.closing(place)? + 1,
            _ => place + 1,
        };
    }
    Some((place, Vec::new()))
}

/// Returns whether only the end of a line, or nothing, stands before a token.
fn starts_line(source: &Source<'_>, at: usize) -> bool {
    at == 0 || source.kind(at - 1) == Some(Kind::End)
}

/// Reads `trail.validates({ ... }, ...)` with the title of the test it wraps or stands in.
fn wrapper(source: &Source<'_>, at: usize) -> Read<Annotation> {
    let ours = source.word_at(at) == Some("trail")
        && !(at > 0 && source.is_mark(at - 1, '.'))
        && source.is_mark(at + 1, '.')
        && source.word_at(at + 2) == Some("validates")
        && source.is_mark(at + 3, '(');
    if !ours {
        return None;
    }
    let mut read = Vec::new();
    let mut next = at + 4;
    while source.is_mark(next, '{') {
        let close = source.closing(next)?;
        read.extend(arguments(&source.tokens[next + 1..close]));
        next = close + 1;
        if source.is_mark(next, ',') {
            next += 1;
        }
    }
    // `test("title", trail.validates(...))` has its title before, the others behind.
    let before = at >= 2 && source.is_mark(at - 1, ',');
    let title = match source.tokens[..at]
        .get(at.wrapping_sub(2))
        .map(|token| (token.kind, token.line))
    {
        Some((Kind::Text(title), line)) if before => Some((title, line)),
        _ => source.tokens[next..]
            .iter()
            .take(NEAR)
            .find_map(|token| match token.kind {
                Kind::Text(title) => Some((title, token.line)),
                Kind::Word(_) | Kind::Comment(_) | Kind::Mark(_) | Kind::End => None,
            }),
    };
    let (test, line) = title?;
    (!read.is_empty()).then(|| {
        (
            next,
            Annotation {
                test: test.to_owned(),
                validates: read,
                line,
            },
        )
    })
}

/// Reads named arguments in any order; a list of criteria counts, and two texts without names.
fn arguments(tokens: &[Token<'_>]) -> Vec<Validates> {
    let (mut item, mut criteria, mut bare) = (None, Vec::new(), Vec::new());
    let mut key = "";
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Word(word) if is_mark(tokens, at + 1, '=') || is_mark(tokens, at + 1, ':') => {
                key = word
            }
            Kind::Text(text) if is_mark(tokens, at + 1, ':') => key = text,
            Kind::Text(text) => match key {
                "work_item" | "workItem" => item = Some(text),
                "criterion" | "criteria" => criteria.push(text),
                "" => bare.push(text),
                _ => {}
            },
            Kind::Word(_) | Kind::Comment(_) | Kind::Mark(_) | Kind::End => {}
        }
    }
    if let (None, [first, rest @ ..]) = (item, bare.as_slice()) {
        item = Some(first);
        criteria.extend(rest);
    }
    let Some(item) = item else { return Vec::new() };
    criteria
        .into_iter()
        .filter_map(|criterion| validates(item, criterion))
        .collect()
}

/// Returns whether a mark stands at a place.
fn is_mark(tokens: &[Token<'_>], at: usize, mark: char) -> bool {
    tokens
        .get(at)
        .is_some_and(|token| token.kind == Kind::Mark(mark))
}
