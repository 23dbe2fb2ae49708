//! What stands within a block: text and its marks, as Markdown.

use trail_record::hidden;

use super::tree::{Element, Node};

/// Turns nodes into the Markdown of one block; line breaks become line feeds.
///
/// Text is not escaped: what a person typed into Plane's editor, a path with stars for instance,
/// reads as typed.
pub(crate) fn inline(nodes: &[Node]) -> String {
    let mut out = String::new();
    add(nodes, &mut out);
    let lines: Vec<&str> = out.split('\n').map(|line| line.trim_matches(' ')).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn add(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => add_text(text, out),
            Node::Element(element) if element.is_unseen() => {}
            Node::Element(element) => add_element(element, out),
        }
    }
}

fn add_element(element: &Element, out: &mut String) {
    match element.name.as_str() {
        "br" => out.push('\n'),
        "strong" | "b" => marked("**", element, out),
        "em" | "i" => marked("*", element, out),
        "s" | "del" | "strike" => marked("~~", element, out),
        "code" | "kbd" | "samp" | "tt" => code(&element.text(), out),
        "a" => link(element, out),
        "img" => {
            let alt = element.attribute("alt").unwrap_or_default();
            let source = element.attribute("src").unwrap_or_default();
            out.push_str(&format!("![{}]({source})", alt.replace('\n', " ")));
        }
        "input" => {}
        // Plane's editor keeps whom a mention means in attributes; the API tells no name.
        "mention-component" => {
            let named = ["label", "entity_identifier", "id"]
                .iter()
                .find_map(|own| element.attribute(own));
            out.push('@');
            out.push_str(named.unwrap_or("somebody"));
        }
        _ => {
            let apart = element.is_block();
            if apart && !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            add(&element.children, out);
            if apart && !out.ends_with('\n') {
                out.push('\n');
            }
        }
    }
}

/// Adds text as a browser shows it: white space is one blank, a fixed blank is a blank, and what
/// editors insert to place their cursor is nothing.
fn add_text(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            ' ' | '\t' | '\n' | '\r' | '\u{c}' => {
                if !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
            '\u{a0}' | '\u{202f}' => out.push(' '),
            '\u{200b}' | '\u{feff}' | '\u{2060}' => {}
            other => out.push(other),
        }
    }
}

/// Adds an element's content between marks, the blanks at its ends outside of them.
fn marked(mark: &str, element: &Element, out: &mut String) {
    let mut inner = String::new();
    add(&element.children, &mut inner);
    let text = inner.trim_matches([' ', '\n']);
    if text.is_empty() || text.contains('\n') {
        out.push_str(&inner);
        return;
    }
    if inner.starts_with([' ', '\n']) && !out.ends_with([' ', '\n']) {
        out.push(' ');
    }
    out.push_str(mark);
    out.push_str(text);
    out.push_str(mark);
    if inner.ends_with([' ', '\n']) {
        out.push(' ');
    }
}

/// Adds code that its content cannot end.
fn code(text: &str, out: &mut String) {
    let text = text.replace('\n', " ");
    if text.is_empty() {
        return;
    }
    let ticks = "`".repeat(if text.contains('`') {
        hidden::longest_run(&text) + 1
    } else {
        1
    });
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    out.push_str(&format!("{ticks}{pad}{text}{pad}{ticks}"));
}

fn link(element: &Element, out: &mut String) {
    let mut text = String::new();
    add(&element.children, &mut text);
    let text = text.trim();
    match element.attribute("href") {
        Some(to) if to == text || to.strip_prefix("mailto:") == Some(text) => out.push_str(text),
        Some(to) if !to.is_empty() && !text.is_empty() => {
            out.push_str(&format!("[{text}]({to})"));
        }
        _ => out.push_str(text),
    }
}
