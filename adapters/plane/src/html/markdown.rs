//! From HTML to Markdown: the same for every reader, readable by people and by `criteria::parse`.

use trail_record::hidden;

use super::inline::inline;
use super::tree::{Element, Node};

/// Turns a document into Markdown without a line feed at its end.
pub(crate) fn markdown(nodes: &[Node]) -> String {
    blocks(nodes).join("\n\n")
}

/// Returns the blocks of a document, each the Markdown of one.
fn blocks(nodes: &[Node]) -> Vec<String> {
    let mut out = Vec::new();
    let mut loose: Vec<Node> = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element) if element.is_unseen() => {}
            Node::Element(element) if holds_blocks(element) => {
                flush(&mut loose, &mut out);
                block(element, &mut out);
            }
            _ => loose.push(node.clone()),
        }
    }
    flush(&mut loose, &mut out);
    out
}

/// Tells whether an element is a block, or a wrapper of some.
fn holds_blocks(element: &Element) -> bool {
    element.is_block()
        || element.children.iter().any(|node| match node {
            Node::Element(element) => !element.is_unseen() && holds_blocks(element),
            Node::Text(_) => false,
        })
}

/// Ends a run of text that stands in no paragraph.
fn flush(loose: &mut Vec<Node>, out: &mut Vec<String>) {
    let text = inline(&std::mem::take(loose));
    if !text.is_empty() {
        out.push(text);
    }
}

fn block(element: &Element, out: &mut Vec<String>) {
    match element.name.as_str() {
        "p" | "summary" | "dt" => {
            // A paragraph holds no blocks, but editors have put code into some.
            if element
                .children
                .iter()
                .any(|node| matches!(node, Node::Element(own) if holds_blocks(own)))
            {
                out.extend(blocks(&element.children));
            } else {
                flush(&mut element.children.clone(), out);
            }
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            let level = usize::from(element.name.as_bytes()[1] - b'0');
            let text = inline(&element.children).replace('\n', " ");
            if !text.is_empty() {
                out.push(format!("{} {text}", "#".repeat(level)));
            }
        }
        "ul" | "ol" => {
            let text = list(element);
            if !text.is_empty() {
                out.push(text);
            }
        }
        "pre" => {
            let text = element.text();
            let text = text.strip_suffix('\n').unwrap_or(&text);
            let ticks = hidden::fence(text);
            out.push(format!("{ticks}\n{text}\n{ticks}"));
        }
        "blockquote" => {
            let inner = blocks(&element.children).join("\n\n");
            if !inner.is_empty() {
                out.push(prefixed(&inner, "> ", "> "));
            }
        }
        "hr" => out.push("---".to_owned()),
        "table" => {
            let text = table(element);
            if !text.is_empty() {
                out.push(text);
            }
        }
        _ => out.extend(blocks(&element.children)),
    }
}

/// Writes a list, one line or more for each item.
fn list(element: &Element) -> String {
    let ordered = element.name == "ol";
    let mut number: u64 = element
        .attribute("start")
        .and_then(|start| start.parse().ok())
        .unwrap_or(1);
    let mut items = Vec::new();
    for node in &element.children {
        let (content, task) = match node {
            Node::Element(own) if own.name == "li" => (blocks(&own.children), task(own)),
            Node::Element(own) if !own.is_unseen() => (blocks(std::slice::from_ref(node)), None),
            Node::Text(text) if !text.trim().is_empty() => {
                (vec![inline(std::slice::from_ref(node))], None)
            }
            _ => continue,
        };
        let mark = if ordered {
            format!("{number}. ")
        } else {
            "- ".to_owned()
        };
        number = number.saturating_add(1);
        let tick = match task {
            Some(true) => "[x] ",
            Some(false) => "[ ] ",
            None => "",
        };
        // A list or a second paragraph within an item follows on the next line.
        let text = content.join("\n");
        let hanging = " ".repeat(mark.len());
        items.push(prefixed(&format!("{tick}{text}"), &mark, &hanging));
    }
    items.join("\n")
}

/// Tells whether an item of a list is a task, and whether it is done.
fn task(element: &Element) -> Option<bool> {
    fn boxed(nodes: &[Node]) -> Option<bool> {
        nodes.iter().find_map(|node| match node {
            Node::Element(own) if own.name == "input" => {
                let checkbox = own.attribute("type") == Some("checkbox");
                checkbox.then(|| own.attribute("checked").is_some())
            }
            Node::Element(own) if matches!(own.name.as_str(), "label" | "div" | "p" | "span") => {
                boxed(&own.children)
            }
            _ => None,
        })
    }
    match element.attribute("data-checked") {
        Some(checked) => Some(checked == "true"),
        None => boxed(&element.children),
    }
}

/// Writes a table; its first row is the head.
fn table(element: &Element) -> String {
    fn rows<'a>(nodes: &'a [Node], out: &mut Vec<&'a Element>) {
        for node in nodes {
            match node {
                Node::Element(own) if own.name == "tr" => out.push(own),
                Node::Element(own) => rows(&own.children, out),
                Node::Text(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    rows(&element.children, &mut found);
    let mut lines = Vec::new();
    for (at, row) in found.into_iter().enumerate() {
        let cells: Vec<String> = row
            .children
            .iter()
            .filter_map(|node| match node {
                Node::Element(own) if matches!(own.name.as_str(), "td" | "th") => {
                    let text = blocks(&own.children).join(" ");
                    Some(text.replace('\n', " ").replace('|', "\\|"))
                }
                _ => None,
            })
            .collect();
        if cells.is_empty() {
            continue;
        }
        lines.push(format!("| {} |", cells.join(" | ")));
        if at == 0 {
            lines.push(format!("|{}", "---|".repeat(cells.len())));
        }
    }
    lines.join("\n")
}

/// Puts `first` before the first line and `rest` before the others; empty lines get no blanks.
fn prefixed(text: &str, first: &str, rest: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .enumerate()
        .map(|(at, line)| {
            let before = if at == 0 { first } else { rest };
            format!("{before}{line}").trim_end_matches(' ').to_owned()
        })
        .collect();
    lines.join("\n")
}
