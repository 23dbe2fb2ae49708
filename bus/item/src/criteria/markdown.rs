//! Markdown as far as Trail reads it: which lines of a text are words, which are code or comment.

use std::borrow::Cow;

/// One line of a text, with what Markdown makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// The line's number, from 1.
    pub(crate) number: u32,
    /// The line; comments replaced by a blank, odd blanks by ordinary ones unless it is code.
    pub(crate) text: Cow<'a, str>,
    /// Whether it belongs to a fenced code block, the fences included.
    pub(crate) fenced: bool,
}

/// An open fence: its character and length.
#[derive(Debug, Clone, Copy)]
struct Fence {
    mark: u8,
    length: usize,
}

/// Splits a text into lines, marks fenced code and blanks HTML comments out.
///
/// A comment or fence that is never closed runs to the end, as browsers and Markdown have it. The
/// second value is the line that would close the last fence, if it is open.
pub(crate) fn lines(text: &str) -> (Vec<Line<'_>>, Option<String>) {
    let mut fence: Option<Fence> = None;
    let mut in_comment = false;
    let mut lines = Vec::new();
    for (index, raw) in split(text.strip_prefix('\u{feff}').unwrap_or(text)).enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let plain = plain(raw);
        if let Some(open) = fence {
            lines.push(Line {
                number,
                text: Cow::Borrowed(raw),
                fenced: true,
            });
            if closes(&plain, open) {
                fence = None;
            }
            continue;
        }
        if !in_comment {
            fence = opens(&plain);
        }
        if fence.is_none() {
            let masked = mask_comments(&plain, &mut in_comment);
            if !in_comment {
                fence = opens(&masked);
            }
            lines.push(Line {
                number,
                text: Cow::Owned(masked.into_owned()),
                fenced: fence.is_some(),
            });
        } else {
            lines.push(Line {
                number,
                text: Cow::Borrowed(raw),
                fenced: true,
            });
        }
    }
    let close = fence.map(|open| char::from(open.mark).to_string().repeat(open.length));
    (lines, close)
}

/// Splits at LF, CRLF and lone CR.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            None => {
                rest = None;
                Some(text)
            }
            Some(end) => {
                let width = if text[end..].starts_with("\r\n") {
                    2
                } else {
                    1
                };
                rest = Some(&text[end + width..]);
                Some(&text[..end])
            }
        }
    })
}

/// Replaces odd blanks by ordinary ones, tabs by four, and a full-width colon by a colon.
pub(crate) fn plain(line: &str) -> Cow<'_, str> {
    let odd = |c: char| c == '\t' || c == '：' || (c != ' ' && c.is_whitespace());
    if !line.contains(odd) {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\t' => plain.push_str("    "),
            '：' => plain.push(':'),
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// Returns the fence that a line opens.
fn opens(line: &str) -> Option<Fence> {
    let line = line.trim_start();
    let mark = *line.as_bytes().first()?;
    let length = line.bytes().take_while(|byte| *byte == mark).count();
    // "```x```" on one line is inline code.
    let inline = mark == b'`' && line[length.min(line.len())..].contains('`');
    (matches!(mark, b'`' | b'~') && length >= 3 && !inline).then_some(Fence { mark, length })
}

/// Returns whether a line closes the open fence.
fn closes(line: &str, open: Fence) -> bool {
    let line = line.trim();
    line.len() >= open.length && line.bytes().all(|byte| byte == open.mark)
}

/// Replaces the HTML comments of a line by a blank each; those inside inline code stay.
fn mask_comments<'a>(line: &'a str, in_comment: &mut bool) -> Cow<'a, str> {
    if !*in_comment && !line.contains("<!--") {
        return Cow::Borrowed(line);
    }
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        if *in_comment {
            match rest.find("-->") {
                None => break,
                Some(end) => rest = &rest[end + 3..],
            }
            *in_comment = false;
            masked.push(' ');
        } else if rest.starts_with("<!--") {
            // `<!-->` and `<!--->` are whole comments to a browser; to Trail they open one, which
            // hides more, never less.
            rest = &rest[4..];
            *in_comment = true;
        } else if let Some(span) = code_span(rest) {
            masked.push_str(&rest[..span]);
            rest = &rest[span..];
        } else {
            let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
            let step = ticks.max(rest.chars().next().map_or(1, char::len_utf8));
            masked.push_str(&rest[..step]);
            rest = &rest[step..];
        }
    }
    Cow::Owned(masked)
}

/// Returns the length of the inline code a text starts with.
pub(crate) fn code_span(text: &str) -> Option<usize> {
    let open = text.bytes().take_while(|byte| *byte == b'`').count();
    if open == 0 {
        return None;
    }
    let mut at = open;
    while let Some(next) = text[at..].find('`') {
        at += next;
        let run = text[at..].bytes().take_while(|byte| *byte == b'`').count();
        at += run;
        if run == open {
            return Some(at);
        }
    }
    None
}

/// Returns how far a line is indented and what follows.
pub(crate) fn indent(line: &str) -> (usize, &str) {
    let rest = line.trim_start_matches(' ');
    (line.len() - rest.len(), rest)
}

/// Returns what follows a list marker: `-`, `*`, `+`, `•`, `1.` or `1)`, and a check box.
pub(crate) fn list_item(text: &str) -> Option<&str> {
    let rest = if let Some(rest) = text.strip_prefix(['-', '*', '+', '•']) {
        rest
    } else {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 9 {
            return None;
        }
        text[digits..].strip_prefix(['.', ')'])?
    };
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let rest = rest.trim_start();
    let unboxed = ["[ ]", "[x]", "[X]", "[]"]
        .iter()
        .find_map(|mark| rest.strip_prefix(mark));
    Some(unboxed.map_or(rest, str::trim_start))
}

/// Returns the level and words of a `#` heading.
pub(crate) fn heading(text: &str) -> Option<(usize, &str)> {
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &text[level..];
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    Some((level, rest.trim().trim_end_matches('#').trim_end()))
}

/// Returns whether a line is a rule or the underline of a heading.
pub(crate) fn is_rule(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 3
        && ['-', '*', '_', '=']
            .iter()
            .any(|mark| text.chars().all(|c| c == *mark || c == ' '))
        && !text.contains("  ")
}

/// Returns the level of the heading that a line underlines: 1 for `===`, 2 for `---`.
pub(crate) fn underline(text: &str) -> Option<usize> {
    let text = text.trim();
    if text.len() >= 3 && text.bytes().all(|byte| byte == b'=') {
        Some(1)
    } else if text.len() >= 3 && text.bytes().all(|byte| byte == b'-') {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let (lines, _) = lines(text);
        lines
            .into_iter()
            .filter(|line| !line.fenced)
            .map(|line| line.text.into_owned())
            .collect()
    }

    #[test]
    fn fences_and_comments_are_no_words() {
        let table: &[(&str, &[&str])] = &[
            ("a\r\nb\rc\n", &["a", "b", "c", ""]),
            ("a\n```\nb\n```\nc", &["a", "c"]),
            ("a\n~~~ sh\nb\n```\n~~~~\nc", &["a", "c"]),
            ("a\n```\nb", &["a"]),
            ("```x``` a", &["```x``` a"]),
            ("a <!-- b --> c", &["a   c"]),
            ("a <!-- b\nc\nd --> e", &["a ", "", "  e"]),
            ("a <!-- b\nc", &["a ", ""]),
            ("a `<!--` b\nc", &["a `<!--` b", "c"]),
            ("<!-- \n```\n-->\nb", &["", "", " ", "b"]),
            ("<!-- x -->```\nb\n```\nc", &["c"]),
            ("a\u{a0}b\tc：d", &["a b    c:d"]),
        ];
        for (text, expected) in table {
            assert_eq!(words(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn an_open_fence_says_how_to_close_it() {
        assert_eq!(lines("a\n  ````rust\nb\n```").1, Some("````".to_owned()));
        assert_eq!(lines("a\n~~~\nb\n~~~").1, None);
    }

    #[test]
    fn list_markers_and_headings_are_read() {
        for item in [
            "- a",
            "* a",
            "+ a",
            "• a",
            "1. a",
            "23) a",
            "- [ ] a",
            "1. [x]  a",
        ] {
            assert_eq!(list_item(item), Some("a"), "{item}");
        }
        for other in ["-a", "a", "**a**", "1.5 a", "#1 a", ""] {
            assert_eq!(list_item(other), None, "{other}");
        }
        assert_eq!(heading("## Scope ##"), Some((2, "Scope")));
        assert_eq!(heading("#scope"), None);
        assert_eq!(heading("####### a"), None);
    }
}
