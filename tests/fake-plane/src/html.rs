//! What Plane does to HTML: nothing to comments but trimming, much to descriptions.
//!
//! Descriptions pass lxml and nh3 there. This comes near enough for what Trail writes and people type:
//! comments and unknown `data-*` go, entities of quotes become quotes, CRLF becomes LF, scripts go,
//! open tags are closed, and several roots get a `<div>` around them.

const VOID: [&str; 4] = ["br", "hr", "img", "input"];
const DROPPED: [&str; 5] = ["script", "style", "iframe", "object", "embed"];

/// Trims as Python's `str.strip` does.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}

/// Rewrites a description; none if it is refused.
pub(crate) fn description(html: &str) -> Option<String> {
    let html = html.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(html.len());
    let (mut open, mut roots, mut bare) = (Vec::<String>::new(), 0, false);
    let mut rest = html.trim();
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        bare |= keep_text(&mut out, text, open.is_empty());
        if tag.starts_with("<!--") {
            rest = tag.find("-->").map_or("", |end| &tag[end + 3..]);
            continue;
        }
        let Some(end) = end_of_tag(tag) else {
            out.push_str("&lt;");
            rest = &tag[1..];
            continue;
        };
        let (inside, after) = (&tag[1..end], &tag[end + 1..]);
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            let name = name.trim().to_ascii_lowercase();
            if let Some(place) = open.iter().rposition(|other| *other == name) {
                for name in open.drain(place..).rev() {
                    out.push_str(&format!("</{name}>"));
                }
            }
            continue;
        }
        let name = inside
            .split(|c: char| c.is_whitespace() || c == '/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if DROPPED.contains(&name.as_str()) {
            let close = format!("</{name}");
            let lower = rest.to_ascii_lowercase();
            let past = lower
                .find(&close)
                .and_then(|at| Some(at + rest[at..].find('>')? + 1));
            rest = past.map_or("", |past| &rest[past..]);
            continue;
        }
        roots += usize::from(open.is_empty());
        out.push_str(&format!("<{name}{}>", attributes(inside)));
        if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    bare |= keep_text(&mut out, rest, open.is_empty());
    for name in open.drain(..).rev() {
        out.push_str(&format!("</{name}>"));
    }
    match (roots, bare) {
        (0, false) => None,
        (0, true) => Some(format!("<p>{out}</p>")),
        (1, false) => Some(out.trim().to_owned()),
        _ => Some(format!("<div>{out}</div>")),
    }
}

/// Returns where a tag ends, quotes heeded; none if `<` opens no tag.
fn end_of_tag(tag: &str) -> Option<usize> {
    let first = tag[1..].chars().next()?;
    if !first.is_ascii_alphabetic() && first != '/' {
        return None;
    }
    let mut quote = None;
    for (at, c) in tag.char_indices().skip(1) {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// Writes text with the entities that lxml writes; tells whether it is text outside of all elements.
fn keep_text(out: &mut String, text: &str, outside: bool) -> bool {
    let plain = text
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&apos;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let written = plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    out.push_str(&written);
    outside && !plain.trim().is_empty()
}

/// Writes the attributes of a tag that are kept.
fn attributes(inside: &str) -> String {
    let mut out = String::new();
    let mut rest = inside
        .find(char::is_whitespace)
        .map_or("", |at| &inside[at..]);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return out;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => {
                    let body = &after[1..];
                    let end = body.find(quote).unwrap_or(body.len());
                    (&body[..end], body.get(end + 1..).unwrap_or(""))
                }
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
        } else if end == 0 {
            rest = rest.get(1..).unwrap_or("");
            continue;
        }
        let unsafe_address = value.trim().to_ascii_lowercase().starts_with("javascript:");
        if !name.starts_with("on") && !name.starts_with("data-") && !unsafe_address {
            out.push_str(&format!(" {name}=\"{}\"", value.replace('"', "&quot;")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{description, strip};

    #[test]
    fn descriptions_are_rewritten_as_measured() {
        for (sent, kept) in [
            ("<p>Goal</p>", "<p>Goal</p>"),
            ("<p>a</p><p>b</p>", "<div><p>a</p><p>b</p></div>"),
            ("<p>a<!-- gone --></p>", "<p>a</p>"),
            ("<p data-x=\"1\" class=\"k\">a</p>", "<p class=\"k\">a</p>"),
            ("<p>&quot;a&quot;\r\nb</p>", "<p>\"a\"\nb</p>"),
            ("<p>open", "<p>open</p>"),
            ("<P>up<BR>down</P>", "<p>up<br>down</p>"),
            ("plain & simple", "<p>plain &amp; simple</p>"),
            ("<p>1 < 2</p>", "<p>1 &lt; 2</p>"),
            ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
            (
                "<a href='javascript:x' onclick=\"y\" title=z>t</a>",
                "<a title=\"z\">t</a>",
            ),
        ] {
            assert_eq!(description(sent).as_deref(), Some(kept), "{sent}");
        }
        for refused in ["", "  ", "<!-- only -->"] {
            assert_eq!(description(refused), None, "{refused}");
        }
    }

    #[test]
    fn one_root_with_three_escapes_stays_byte_for_byte() {
        let sealed = "<pre><code>{\"a\": \"&lt;b&gt;&amp;amp; 'q' \\\"\"}\n  line\t</code></pre>";
        assert_eq!(description(sealed).as_deref(), Some(sealed));
    }

    #[test]
    fn stripping_is_pythons() {
        assert_eq!(strip(" \u{2028}\x1c\n<p> x </p>\u{a0}\r\n"), "<p> x </p>");
    }
}
