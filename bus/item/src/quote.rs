//! Text from outside, made safe to show: it can look like nothing but itself.
//!
//! Models, strangers and files write text that Trail repeats in comments and prompts. Here it is
//! fenced so that it cannot end its own fence, and characters that reorder or hide text are made
//! visible.

use trail_record::hidden;

/// Returns `text` with characters that hide, reorder or overwrite made visible as `<U+202E>`.
///
/// Line feeds and tabs stay; carriage returns before a line feed are dropped. Joiners and variation
/// selectors stay where scripts and emoji need them.
#[must_use]
pub fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if hidden::hides_between(before, character, rest.peek().copied()) {
            let mut buffer = [0; 4];
            out.push_str(&hidden::shown(
                character.encode_utf8(&mut buffer),
                "<",
                ">",
                |_| true,
            ));
        } else {
            out.push(character);
        }
        before = Some(character);
    }
    out
}

/// Fences `text` as a Markdown code block that its content cannot close.
#[must_use]
pub fn fence(language: &str, text: &str) -> String {
    let text = visible(text);
    let ticks = hidden::fence(&text);
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{ticks}{language}\n{text}{end}{ticks}\n")
}

/// Shows `text` within a line as code, on one line, at most `max` characters.
#[must_use]
pub fn inline(text: &str, max: usize) -> String {
    let text = visible(text).replace(['\n', '\t'], " ");
    let text = cut(text.trim(), max);
    let ticks = "`".repeat(hidden::longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Shows `text` as a quotation: every line begins with `> `, and Markdown and HTML in it are inert.
#[must_use]
pub fn quotation(text: &str, max: usize) -> String {
    let text = cut(visible(text).trim(), max);
    let mut out = String::new();
    for line in text.lines() {
        out.push_str("> ");
        escape_into(line.trim_start(), &mut out);
        out.push('\n');
    }
    out
}

/// Escapes `text` for use inside a line of Markdown, on one line, at most `max` characters.
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let mut out = String::new();
    escape_into(
        &cut(visible(text).replace(['\n', '\t'], " ").trim(), max),
        &mut out,
    );
    out
}

/// Cuts `text` to `max` characters and says so.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => {
            let left = text[at..].chars().count();
            format!("{} [{left} characters more]", &text[..at])
        }
    }
}

/// Escapes one line of text, so that it shows as written wherever in a line it stands; what stands
/// in backticks stays code.
fn escape_into(text: &str, out: &mut String) {
    let mut rest = text;
    let mut begins = true;
    while let Some(at) = rest.find('`') {
        let (bare, from) = rest.split_at(at);
        escape_bare(bare, begins, out);
        let ticks = from.len() - from.trim_start_matches('`').len();
        match closing(&from[ticks..], ticks) {
            Some(end) => {
                out.push_str(&inline(&from[ticks..ticks + end], usize::MAX));
                rest = &from[ticks + end + ticks..];
            }
            None => {
                out.push_str(&"\\`".repeat(ticks));
                rest = &from[ticks..];
            }
        }
        begins = false;
    }
    escape_bare(rest, begins, out);
}

/// Returns where the run of exactly `ticks` backticks is that ends a code span.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut at = 0;
    loop {
        let run = at + text[at..].find('`')?;
        let length = text[run..].len() - text[run..].trim_start_matches('`').len();
        if length == ticks {
            return Some(run);
        }
        at = run + length;
    }
}

/// Adds a code span, apart from one that stands before it.
fn own_span(span: &str, out: &mut String) {
    if out.ends_with('`') {
        out.push(' ');
    }
    out.push_str(span);
}

/// Escapes text that holds no backticks.
fn escape_bare(text: &str, begins: bool, out: &mut String) {
    let mut before = (!begins).then_some(' ');
    let mut rest = text.chars().peekable();
    // Digits so far, while nothing else stood on the line: `1.` and `1)` begin a list.
    let mut numbered = begins.then_some(0);
    while let Some(character) = rest.next() {
        let next = rest.peek().copied();
        let begins = before.is_none();
        match character {
            // A backslash does not keep a forge from reading these as a mention or a reference.
            '@' if !before.is_some_and(char::is_alphanumeric)
                && next.is_some_and(char::is_alphanumeric) =>
            {
                own_span("`@`", out);
            }
            '#' if next.is_some_and(|c| c.is_ascii_digit()) => own_span("`#`", out),
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '@' | '$' => {
                out.push('\\');
                out.push(character);
            }
            // Neither a comment of HTML nor an image, whatever a reader makes of backslashes.
            '!' if before == Some('<') || next == Some('[') => out.push_str("\\!"),
            '-' | '+' | '=' if begins => {
                out.push('\\');
                out.push(character);
            }
            '.' | ')' if numbered.is_some_and(|digits| digits > 0) => {
                out.push('\\');
                out.push(character);
            }
            '&' => out.push_str("&amp;"),
            _ => out.push(character),
        }
        numbered = numbered
            .filter(|_| character.is_ascii_digit())
            .map(|digits| digits + 1);
        if !(begins && character.is_whitespace()) {
            before = Some(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(
            visible("a\u{202e}b\u{200b}c\r\nd"),
            "a<U+202E>b<U+200B>c\nd"
        );
        assert_eq!(visible("\u{26a0}\u{fe0f} ok"), "\u{26a0}\u{fe0f} ok");
    }

    #[test]
    fn nothing_in_plain_text_is_markdown_html_or_a_mention() {
        for (text, shown) in [
            ("<b>x</b> &lt;", r"\<b\>x\</b\> &amp;lt;"),
            ("see [x](y) and ![z](w)", r"see \[x\](y) and \!\[z\](w)"),
            ("ask @ada, not a@b.c", r"ask `@`ada, not a\@b.c"),
            ("as #12 and C#", r"as `#`12 and C\#"),
            ("<!-- x", r"\<\!-- x"),
            ("- a", r"\- a"),
            ("  + a", r"\+ a"),
            ("12. a", r"12\. a"),
            ("3) a", r"3\) a"),
            ("===", r"\==="),
            ("$x$", r"\$x\$"),
            ("1.5 of 2.5", r"1\.5 of 2.5"),
            ("set `a <b>` and ``c`d``", "set `a <b>` and ``c`d``"),
            ("an `open one", r"an \`open one"),
            ("``` `x` ```", "`` `x` ``"),
            ("`x`@ada", "`x` `@`ada"),
            ("`` a ` b", r"\`\` a \` b"),
        ] {
            assert_eq!(plain(text, 100), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_content_can_close_its_fence(text in "[`\\n a-z]{0,60}") {
            let block = fence("x", &text);
            let ticks = block.chars().take_while(|c| *c == '`').count();
            let closing: Vec<_> = block
                .lines()
                .skip(1)
                .filter(|line| line.trim_start().chars().take_while(|c| *c == '`').count() >= ticks)
                .collect();
            prop_assert_eq!(closing.len(), 1, "{}", block);
        }

        #[test]
        fn inline_text_stays_on_its_line_and_inside_its_ticks(text in "[`\\n a-z]{0,30}") {
            let shown = inline(&text, 200);
            prop_assert!(!shown.contains('\n'));
            let ticks = shown.chars().take_while(|c| *c == '`').count();
            let inner = &shown[ticks..shown.len() - ticks];
            prop_assert!(hidden::longest_run(inner) < ticks, "{}", shown);
        }

        #[test]
        fn every_line_of_a_quotation_is_quoted(text in ".{0,80}") {
            for line in quotation(&text, 1000).lines() {
                prop_assert!(line.starts_with("> "));
            }
        }
    }
}
