//! Text that is read back byte for byte, whatever its HTML can say.
//!
//! Where rendering and reading give back the same text, the HTML is all there is. Else one block at
//! the end, `<pre><code>`, carries the text itself:
//!
//! ```text
//! trail-text 1 <base64url of the text before the envelope> [<base64url of the text after it>]
//! <the envelope of the sealed entry, one line of JSON, if the text has one>
//! ```
//!
//! The block is ASCII with only `&`, `<` and `>` escaped, which came back byte for byte even from
//! the pipeline that Plane sends bodies through (measured on Plane 1.3.1).
//! A carried text is believed only if it renders to exactly what is shown: who edits what people
//! read, or what machines read, cannot keep the other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use trail_item::text::envelope_of;

use super::markdown::markdown;
use super::render::{Form, escaped, render};
use super::tree::{Element, Node, parse};

/// How a carried block begins.
const MARK: &str = "trail-text 1 ";

/// What was read from HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The text.
    pub(crate) text: String,
    /// Whether the HTML is one this adapter writes; else what is shown and what is carried part, and
    /// the text is what is shown.
    pub(crate) whole: bool,
}

/// Writes HTML from which [`read`] gives back exactly `text`.
pub(crate) fn write(text: &str, form: Form) -> String {
    let plain = render(text, form, false);
    // Plane trims the ends, so a text that is nothing but blanks must be carried.
    if !plain.is_empty() && !text.contains(MARK) && shown(&parse(&plain), form) == text {
        return plain;
    }
    let envelope = envelope_of(text).filter(|own| own.is_ascii() && !own.is_empty());
    let mut html = render(text, form, envelope.is_some());
    html.push_str("<pre><code>");
    html.push_str(&escaped(&block(text, envelope)));
    html.push_str("</code></pre>");
    html
}

/// Reads HTML, by whomever it was written.
pub(crate) fn read(html: &str, form: Form) -> Carried {
    let mut nodes = unwrapped(parse(html.trim()));
    let Some(block) = nodes.last().and_then(carrier) else {
        return Carried {
            text: shown(&nodes, form),
            whole: true,
        };
    };
    if let Some(text) = opened(&block)
        && same(&nodes, &parse(&write(&text, form)))
    {
        return Carried { text, whole: true };
    }
    nodes.pop();
    let mut text = shown(&nodes, form);
    // An entry that lost its text is still to be found by those who look for it, as one that was
    // edited. A body carries none.
    if let (Form::Comment, Some(envelope)) = (form, block.split('\n').nth(1)) {
        text = format!("{text}\n\n```trail-entry\n{envelope}\n```\n");
    }
    Carried { text, whole: false }
}

/// Returns what is shown, as Markdown; a body ends with a line feed as files do.
fn shown(nodes: &[Node], form: Form) -> String {
    let mut text = markdown(nodes);
    if form == Form::Body && !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Writes the content of the block.
fn block(text: &str, envelope: Option<&str>) -> String {
    let split = envelope.and_then(|envelope| {
        let at = text.rfind(envelope)?;
        Some((&text[..at], envelope, &text[at + envelope.len()..]))
    });
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    match split {
        Some((before, envelope, after)) => {
            format!("{MARK}{} {}\n{envelope}", encode(before), encode(after))
        }
        None => format!("{MARK}{}", encode(text)),
    }
}

/// Reads the content of a block; none if it is none that this adapter writes.
fn opened(block: &str) -> Option<String> {
    let decode = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        String::from_utf8(bytes).ok()
    };
    let rest = block.strip_prefix(MARK)?;
    match rest.split_once('\n') {
        None => decode(rest),
        Some((first, envelope)) => {
            let (before, after) = first.split_once(' ')?;
            Some(format!("{}{envelope}{}", decode(before)?, decode(after)?))
        }
    }
}

/// Returns the content of the block that carries a text, if this node is one.
fn carrier(node: &Node) -> Option<String> {
    let Node::Element(pre) = node else {
        return None;
    };
    if pre.name != "pre" {
        return None;
    }
    let text = pre.text();
    text.starts_with(MARK).then_some(text)
}

/// Takes the `<div>` away that Plane wraps several roots in.
fn unwrapped(nodes: Vec<Node>) -> Vec<Node> {
    match <[Node; 1]>::try_from(nodes) {
        Ok([Node::Element(element)]) if element.name == "div" => element.children,
        Ok([node]) => vec![node],
        Err(nodes) => nodes,
    }
}

/// Tells whether two documents show the same: all elements, attributes and text alike, besides blank
/// text between blocks and what Plane adds to links.
fn same(one: &[Node], other: &[Node]) -> bool {
    let counts = |node: &&Node| match node {
        Node::Text(text) => !text.trim_matches(['\n', ' ']).is_empty(),
        Node::Element(_) => true,
    };
    let all = |nodes: &[Node]| nodes.iter().filter(counts).count();
    all(one) == all(other)
        && one
            .iter()
            .filter(counts)
            .zip(other.iter().filter(counts))
            .all(|pair| match pair {
                (Node::Text(one), Node::Text(other)) => one == other,
                (Node::Element(one), Node::Element(other)) => same_element(one, other),
                _ => false,
            })
}

fn same_element(one: &Element, other: &Element) -> bool {
    fn attributes(element: &Element) -> impl Iterator<Item = &(String, String)> {
        element
            .attributes
            .iter()
            .filter(|(name, _)| element.name != "a" || !matches!(name.as_str(), "rel" | "target"))
    }
    one.name == other.name
        && attributes(one).eq(attributes(other))
        && same(&one.children, &other.children)
}
