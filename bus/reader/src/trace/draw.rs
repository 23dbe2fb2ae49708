//! A trace as text for people, as Graphviz, as Mermaid.

use std::fmt::Write as _;

use trail_item::quote::visible;
use trail_record::{Digest, Kind, Record};

use super::{Step, Trace};
use crate::graph::Node;
use crate::report::short;

/// Characters of a label in drawings.
const LABEL: usize = 60;

/// Writes the trace as a tree: the record, what it saw, and what followed. Calls of one action that
/// follow one another are one line.
#[must_use]
pub fn tree(trace: &Trace) -> String {
    let mut out = String::new();
    let mut put = |line: &str| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    if !trace.verified {
        put("UNVERIFIED: this history has findings; see `trail verify`\n");
    }
    let of = &trace.of;
    put(&format!("{} {}", of.kind, of.label()));
    put(&format!(
        "  {}  by the {} in entry {} of {}, {}",
        of.digest.short(),
        of.persona,
        of.entry,
        of.run,
        of.at
    ));
    let said = &trace.said;
    for (name, text) in [
        ("said", &said.statement),
        ("chose", &said.choice),
        ("why", &said.rationale),
        ("model", &said.model),
    ] {
        if let Some(text) = text {
            put(&wrapped(name, text));
        }
    }
    if !said.alternatives.is_empty() {
        put(&wrapped("instead of", &said.alternatives.join("; ")));
    }
    if !said.criteria.is_empty() {
        put(&wrapped("for", &said.criteria.join(", ")));
    }
    for ask in &said.asks {
        let refused = if ask.allowed { "" } else { "  REFUSED" };
        put(&wrapped(
            "asked",
            &format!("{} {}{refused}", ask.tool, ask.about),
        ));
    }
    if !said.concluded.is_empty() {
        put(&wrapped("concluded", &said.concluded.join(", ")));
    }
    for (title, steps) in [("It saw", &trace.saw), ("From it followed", &trace.led_to)] {
        put("");
        if steps.is_empty() {
            put(&format!("{title}: nothing"));
            continue;
        }
        put(&format!("{title} ({}):", steps.len()));
        let mut drawn = String::new();
        branch(&mut drawn, steps, of.digest, 1);
        put(&drawn);
    }
    if !trace.loose.is_empty() {
        put(&format!(
            "\n{} inputs are not in this history: {}",
            trace.loose.len(),
            trace
                .loose
                .iter()
                .map(Digest::short)
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    out
}

/// Writes what was reached through `from`, and below it what was reached through that.
fn branch(out: &mut String, steps: &[Step], from: Digest<Record>, depth: usize) {
    let own: Vec<&Step> = steps.iter().filter(|step| step.through == from).collect();
    let mut index = 0;
    while index < own.len() {
        let first = own[index];
        let ends = |step: &Step| !steps.iter().any(|other| other.through == step.node.digest);
        let mut last = index;
        // Calls of one action in a row, from which nothing else was reached, are one line.
        while first.node.kind == Kind::Decision
            && ends(first)
            && own.get(last + 1).is_some_and(|next| {
                next.node.kind == Kind::Decision
                    && next.node.action == first.node.action
                    && next.node.run == first.node.run
                    && ends(next)
            })
        {
            last += 1;
        }
        let pad = "  ".repeat(depth.min(40));
        if last > index {
            let (low, high) = ends_of(&own[index..=last]);
            let what = visible(first.node.action.as_deref().unwrap_or_default());
            writeln!(
                out,
                "{pad}calls {low} to {high} ({what}, {} of them)",
                last - index + 1
            )
            .expect("a string takes all text");
        } else {
            let end = chain(steps, first);
            match (first.node.call, end.node.call) {
                (Some(from), Some(to)) if from != to => {
                    let what = visible(first.node.action.as_deref().unwrap_or_default());
                    writeln!(out, "{pad}calls {from} back to {to} ({what})")
                }
                _ => writeln!(out, "{pad}{}", line(&first.node)),
            }
            .expect("a string takes all text");
            branch(out, steps, end.node.digest, depth + 1);
        }
        index = last + 1;
    }
}

/// Follows calls of one action of which each was reached through the one before it, and nothing else
/// was; returns the last.
fn chain<'t>(steps: &'t [Step], first: &'t Step) -> &'t Step {
    let mut end = first;
    while end.node.kind == Kind::Decision {
        let mut next = steps.iter().filter(|step| step.through == end.node.digest);
        match (next.next(), next.next()) {
            (Some(only), None)
                if only.node.kind == Kind::Decision
                    && only.node.action == first.node.action
                    && only.node.run == first.node.run =>
            {
                end = only;
            }
            _ => break,
        }
    }
    end
}

fn ends_of(steps: &[&Step]) -> (u32, u32) {
    let calls = || steps.iter().filter_map(|step| step.node.call);
    (
        calls().min().unwrap_or_default(),
        calls().max().unwrap_or_default(),
    )
}

fn line(node: &Node) -> String {
    let action = node
        .action
        .as_ref()
        .map_or_else(String::new, |action| format!(", {}", visible(action)));
    let kind = if node.kind == Kind::Decision || node.label().starts_with(node.kind.as_str()) {
        String::new()
    } else {
        format!("{} ", node.kind)
    };
    let unread = if node.read {
        ""
    } else {
        "  (its bytes are missing)"
    };
    format!(
        "{kind}{}  [{}{action}, entry {}, {}]{unread}",
        node.label(),
        node.persona,
        node.entry,
        node.digest.short()
    )
}

/// Writes a named text, its further lines indented.
fn wrapped(name: &str, text: &str) -> String {
    let text = visible(text);
    let lines: Vec<&str> = text.lines().collect();
    format!("  {name:<10} {}", lines.join("\n             "))
}

/// Writes the trace in Graphviz's language, <https://graphviz.org/doc/info/lang.html>; edges go from
/// what was known to what followed.
#[must_use]
pub fn dot(trace: &Trace) -> String {
    let mut out = String::from(
        "digraph trail {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
    );
    for (node, start) in nodes(trace) {
        let style = if start { ", style=bold" } else { "" };
        writeln!(
            out,
            "  n{} [label=\"{}\"{style}];",
            node.digest.short(),
            quoted(&label(node))
        )
        .expect("a string takes all text");
    }
    for (from, to) in edges(trace) {
        writeln!(out, "  n{} -> n{};", from.short(), to.short()).expect("a string takes all text");
    }
    out.push_str("}\n");
    out
}

/// Writes the trace as a Mermaid flowchart, <https://mermaid.js.org/syntax/flowchart.html>.
#[must_use]
pub fn mermaid(trace: &Trace) -> String {
    let mut out = String::from("flowchart LR\n");
    for (node, start) in nodes(trace) {
        writeln!(
            out,
            "  n{}[\"{}\"]",
            node.digest.short(),
            entities(&label(node))
        )
        .expect("a string takes all text");
        if start {
            writeln!(out, "  style n{} stroke-width:3px", node.digest.short())
                .expect("a string takes all text");
        }
    }
    for (from, to) in edges(trace) {
        writeln!(out, "  n{} --> n{}", from.short(), to.short()).expect("a string takes all text");
    }
    out
}

/// Returns the records of a trace, each once, and whether it is the one traced.
fn nodes(trace: &Trace) -> impl Iterator<Item = (&Node, bool)> {
    std::iter::once((&trace.of, true)).chain(
        trace
            .saw
            .iter()
            .chain(&trace.led_to)
            .map(|step| (&step.node, false)),
    )
}

/// Returns all edges between the records of a trace, from input to user.
fn edges(trace: &Trace) -> Vec<(Digest<Record>, Digest<Record>)> {
    let shown: std::collections::HashSet<Digest<Record>> =
        nodes(trace).map(|(node, _)| node.digest).collect();
    nodes(trace)
        .flat_map(|(node, _)| node.inputs.iter().map(|input| (*input, node.digest)))
        .filter(|(from, _)| shown.contains(from))
        .collect()
}

fn label(node: &Node) -> String {
    let name = short(&node.label(), LABEL);
    if node.kind == Kind::Decision {
        format!("{name} ({})", node.persona)
    } else if name == node.kind.as_str() {
        name
    } else {
        format!("{}: {name}", node.kind)
    }
}

/// Escapes a text for a quoted string of Graphviz.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Escapes a text for a quoted string of Mermaid, which knows entities alone.
fn entities(text: &str) -> String {
    text.chars()
        .map(|own| match own {
            '"' | '#' | '<' | '>' | '&' | '`' | ';' | '\\' => format!("#{};", u32::from(own)),
            other => other.to_string(),
        })
        .collect()
}
