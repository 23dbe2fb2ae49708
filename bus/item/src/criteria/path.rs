//! Paths and patterns as a body may name them.

use std::fmt;

/// What is wrong with a path or pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It starts at the root, a home directory or a drive.
    Absolute,
    /// It climbs out with `..`.
    Parent,
    /// It names git's own directory.
    Git,
    /// It separates by `\`.
    Backslash,
    /// It is a web address.
    Address,
    /// It has blanks but no backticks, so that it looks like a sentence.
    Blank,
    /// It has an empty part, as in `a//b`.
    EmptyPart,
    /// It has a character that no path here may have.
    Character,
    /// It is a word such as `everything`.
    Word,
    /// It lists alternatives in braces, which patterns here do not know.
    Braces,
    /// It has `**` beside other characters, where it means no more than `*`.
    Stars,
    /// It is a pattern where a file must be named.
    Pattern,
    /// It is too long.
    Long,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absolute => {
                "starts outside the repository; write it from the repository's root, such as `src/**`"
            }
            Self::Parent => "climbs out with `..`; write it from the repository's root",
            Self::Git => "names git's own directory, which no item may touch; leave it out",
            Self::Backslash => "has a `\\`; separate directories by `/`",
            Self::Address => "is a web address; name a file of the repository, or put it into the text",
            Self::Blank => {
                "does not look like a path; put paths with blanks into backticks and separate several by commas"
            }
            Self::EmptyPart => "has an empty part or a lone dot; write it plainly, such as `src/main.rs`",
            Self::Character => "has a character that paths may not have here; use letters, digits and `._-+@/`",
            Self::Word => "is not a path; write `**` if you mean all files of the repository",
            Self::Braces => "has braces, which are no pattern here; write one path for each alternative",
            Self::Stars => {
                "has `**` inside a name; let it stand alone between slashes, such as `src/**/*.rs`"
            }
            Self::Pattern => "is a pattern; name each file to be read first",
            Self::Long => "is longer than 1000 characters; use a shorter pattern",
        })
    }
}

/// Returns the normal form of a pattern: relative, `/`-separated, a directory as `dir/**`.
///
/// The patterns are those of [`trail_record::glob`]; what people know from elsewhere and what would
/// be taken literally there is refused.
pub(crate) fn pattern(text: &str) -> Result<String, Fault> {
    let mut path = checked(text)?;
    if path.is_empty() || path == "." {
        path = "**".to_owned();
    } else if path.ends_with('/') {
        path.push_str("**");
    }
    let braces = path
        .split_once('{')
        .is_some_and(|(_, rest)| rest.contains([',', '}']));
    if braces {
        return Err(Fault::Braces);
    }
    if path
        .split('/')
        .any(|part| part.contains("**") && part != "**")
    {
        return Err(Fault::Stars);
    }
    Ok(path)
}

/// Returns the normal form of the path of one file.
pub(crate) fn file(text: &str) -> Result<String, Fault> {
    let path = checked(text)?;
    if path.contains(['*', '?']) {
        return Err(Fault::Pattern);
    }
    let path = path.trim_end_matches('/');
    if path.is_empty() || path == "." {
        Err(Fault::EmptyPart)
    } else {
        Ok(path.to_owned())
    }
}

/// Refuses what leaves the repository or cannot be meant, and drops leading `./`.
fn checked(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    let mut path = text;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if text.len() > 1000 {
        Err(Fault::Long)
    } else if path.contains("://") || path.starts_with("www.") {
        Err(Fault::Address)
    } else if path.contains('\\') {
        Err(Fault::Backslash)
    } else if path.starts_with(['/', '~']) || drive {
        Err(Fault::Absolute)
    } else if path.split('/').any(|part| part == "..") {
        Err(Fault::Parent)
    } else if path
        .split('/')
        .any(|part| part.eq_ignore_ascii_case(".git"))
    {
        Err(Fault::Git)
    } else if path.contains("//") || (path != "." && path.split('/').any(|part| part == ".")) {
        Err(Fault::EmptyPart)
    } else if path.contains(|c: char| c.is_control() || "`<>\"|:".contains(c)) {
        Err(Fault::Character)
    } else {
        Ok(path.to_owned())
    }
}

/// One entry of a list of paths: the text, and whether backticks say that it is literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) literal: bool,
}

/// Splits a line of paths: code spans up to the first other word, or else at commas outside braces.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while let Some(length) = super::markdown::code_span(rest) {
        let (span, after) = rest.split_at(length);
        pieces.push(Piece {
            text: span.trim_matches('`').trim(),
            literal: true,
        });
        rest = after.trim_start_matches([',', ';', ' ']);
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
    }
    if pieces.is_empty() {
        let mut depth = 0_usize;
        let mut ticked = false;
        let separates = |c: char| {
            match c {
                '`' => ticked = !ticked,
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            matches!(c, ',' | ';') && depth == 0 && !ticked
        };
        for text in rest.split(separates).map(str::trim) {
            let span = super::markdown::code_span(text) == Some(text.len());
            let text = if span {
                text.trim_matches('`').trim()
            } else {
                link(text)
            };
            pieces.push(Piece {
                text,
                literal: span,
            });
        }
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// Returns the target of a Markdown link, or the text itself.
fn link(text: &str) -> &str {
    text.strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(')'))
        .and_then(|inner| inner.split_once("]("))
        .map_or(text, |(_, target)| target.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_put_into_normal_form_or_refused() {
        let table = [
            ("src/**", Ok("src/**")),
            ("./src/", Ok("src/**")),
            (".", Ok("**")),
            ("./", Ok("**")),
            ("a/**/[id].rs", Ok("a/**/[id].rs")),
            (".gitignore", Ok(".gitignore")),
            ("a..b/c", Ok("a..b/c")),
            ("/etc/passwd", Err(Fault::Absolute)),
            ("~/x", Err(Fault::Absolute)),
            ("C:/x", Err(Fault::Absolute)),
            ("src/../../x", Err(Fault::Parent)),
            ("..", Err(Fault::Parent)),
            (".//..", Err(Fault::Absolute)),
            (".git/config", Err(Fault::Git)),
            ("sub/.GIT/hooks", Err(Fault::Git)),
            ("src\\x", Err(Fault::Backslash)),
            ("https://x.org/a", Err(Fault::Address)),
            ("a//b", Err(Fault::EmptyPart)),
            ("a/./b", Err(Fault::EmptyPart)),
            ("src/{a,b}.rs", Err(Fault::Braces)),
            ("src/**.rs", Err(Fault::Stars)),
            ("a\u{7}b", Err(Fault::Character)),
        ];
        for (given, expected) in table {
            assert_eq!(pattern(given), expected.map(str::to_owned), "{given}");
        }
        assert_eq!(pattern(&"a".repeat(1001)), Err(Fault::Long));
        assert_eq!(file("docs/*.md"), Err(Fault::Pattern));
        assert_eq!(file("./docs/a.md"), Ok("docs/a.md".to_owned()));
    }

    #[test]
    fn lines_of_paths_are_split() {
        let texts = |line| {
            pieces(line)
                .into_iter()
                .map(|piece| piece.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts("a, b/{c,d} ;e"), ["a", "b/{c,d}", "e"]);
        assert_eq!(texts("`a b`, `c` and `d` - uses `e`"), ["a b", "c", "d"]);
        assert_eq!(texts("[the guide](docs/guide.md)"), ["docs/guide.md"]);
        assert_eq!(texts(" , "), Vec::<&str>::new());
    }
}
