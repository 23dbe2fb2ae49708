//! Elixir: tags, comments, and what ExUnit runs.

use tree_sitter::Node;

use crate::comment::malformed;
use crate::literal::{Argument, Spelling, Value, make, not_decidable};
use crate::source::{Place, Source};
use crate::walk::{Around, Reader, Thing, Walk};
use crate::{Annotation, Role, TargetKind};

const SPELLING: Spelling = Spelling {
    work_item: "work item",
    by_place: false,
    example: "`@tag ROLE: {\"PROJ-12\", \"AC-3\"}`",
};

/// Reads Elixir.
#[derive(Default)]
pub(crate) struct Elixir {
    /// What the tags above say of the test that comes next.
    own: Vec<Annotation>,
    dead: Option<String>,
}

impl Elixir {
    /// Reads `@tag ...`, `@describetag ...` or `@moduletag ...`.
    fn tag(&mut self, walk: &mut Walk<'_>, node: Node<'_>) {
        let Some(call) = node
            .child_by_field_name("operand")
            .filter(|operand| operand.kind() == "call" && !operand.has_error())
        else {
            return;
        };
        let word = call
            .child_by_field_name("target")
            .map(|target| walk.source.text(target))
            .unwrap_or_default();
        if !matches!(word, "tag" | "describetag" | "moduletag") {
            return;
        }
        let (mut own, mut dead) = (Vec::new(), None);
        let mut open = children(call, "arguments");
        while let Some(part) = open.pop() {
            match part.kind() {
                "arguments" | "list" | "keywords" => {
                    let mut cursor = part.walk();
                    open.extend(part.named_children(&mut cursor));
                }
                "atom" if walk.source.text(part) == ":skip" => {
                    dead = Some(format!("it is marked `@{word} :skip`"));
                }
                "pair" => pair(walk, node, part, &mut own, &mut dead, word),
                _ => {}
            }
        }
        if word == "tag" {
            self.own.extend(own);
            self.dead = dead.or_else(|| self.dead.take());
        } else {
            walk.extend_scope(own, dead);
        }
    }

    fn call(&mut self, walk: &mut Walk<'_>, node: Node<'_>) {
        let Some(target) = node
            .child_by_field_name("target")
            .filter(|target| target.kind() == "identifier")
        else {
            return;
        };
        let arguments = children(node, "arguments").pop();
        let Some(first) = arguments.and_then(|arguments| arguments.named_child(0)) else {
            return;
        };
        let block = children(node, "do_block").pop();
        match walk.source.text(target) {
            "defmodule" if block.is_some() => {
                self.scope(walk, node, first, TargetKind::Item, Around::Module);
            }
            "describe" if block.is_some() && first.kind() == "string" => {
                self.scope(walk, node, first, TargetKind::Tests, Around::Block);
            }
            "test" | "property" if first.kind() == "string" => {
                let empty = block.is_none_or(|block| {
                    let mut cursor = block.walk();
                    block
                        .named_children(&mut cursor)
                        .all(|child| child.is_extra())
                });
                // `test "title", do: ...` has its body among the arguments.
                let short = arguments.is_some_and(|arguments| {
                    children(arguments, "keywords")
                        .into_iter()
                        .any(|keywords| walk.source.text(keywords).trim_start().starts_with("do:"))
                });
                let dead = self
                    .dead
                    .take()
                    .or_else(|| (empty && !short).then(|| "its body is empty".to_owned()));
                let own = std::mem::take(&mut self.own);
                self.declare(walk, node, first, (TargetKind::Test, own, dead));
            }
            "def" | "defp" | "defmacro" | "defmacrop" | "defguard" | "defdelegate"
                if walk.is_waiting() =>
            {
                let mut name = first;
                // `def name(a) when a > 1`, `def name(a)`, `def name`.
                while let Some(inner) = name
                    .child_by_field_name("left")
                    .or_else(|| name.child_by_field_name("target"))
                {
                    name = inner;
                }
                self.declare(walk, node, name, (TargetKind::Function, Vec::new(), None));
            }
            _ => {}
        }
    }

    fn declare(
        &self,
        walk: &mut Walk<'_>,
        node: Node<'_>,
        named_by: Node<'_>,
        (kind, own, dead): (TargetKind, Vec<Annotation>, Option<String>),
    ) {
        walk.declare(Thing {
            kind,
            name: title(walk.source, named_by).to_owned(),
            named_by,
            whole: node,
            start: node.start_byte(),
            dead,
            many: false,
            own,
        });
    }

    fn scope(
        &mut self,
        walk: &mut Walk<'_>,
        node: Node<'_>,
        named_by: Node<'_>,
        kind: TargetKind,
        around: Around,
    ) {
        let name = title(walk.source, named_by).to_owned();
        let declared = walk.declare(Thing {
            kind,
            name: name.clone(),
            named_by,
            whole: node,
            start: node.start_byte(),
            dead: None,
            many: false,
            own: Vec::new(),
        });
        walk.enter(declared, node, Some(name), around, None);
    }
}

impl<'s> Reader<'s> for Elixir {
    fn is_attribute(&self, walk: &Walk<'s>, node: Node<'_>) -> bool {
        is_attribute(walk.source, node)
    }

    fn visit(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        match node.kind() {
            "unary_operator" if is_attribute(walk.source, node) => {
                self.tag(walk, node);
                node.has_error()
            }
            "call" => {
                self.call(walk, node);
                true
            }
            "string" | "sigil" | "charlist" => node.has_error(),
            _ => true,
        }
    }
}

fn is_attribute(source: &Source<'_>, node: Node<'_>) -> bool {
    node.kind() == "unary_operator" && source.text(node).starts_with('@')
}

/// Reads one `key: value` of a tag.
fn pair(
    walk: &mut Walk<'_>,
    tag: Node<'_>,
    node: Node<'_>,
    own: &mut Vec<Annotation>,
    dead: &mut Option<String>,
    word: &str,
) {
    let (Some(key), Some(value)) = (
        node.child_by_field_name("key"),
        node.child_by_field_name("value"),
    ) else {
        return;
    };
    let key = walk.source.text(key).trim_end().trim_end_matches(':');
    if key == "skip" && !matches!(walk.source.text(value), "false" | "nil") {
        *dead = Some(format!("it is marked `@{word} skip`"));
    }
    let Some(role) = Role::of_word(key) else {
        return;
    };
    let tuples = match value.kind() {
        "list" => {
            let mut cursor = value.walk();
            value
                .named_children(&mut cursor)
                .filter(|child| !child.is_extra())
                .collect()
        }
        _ => vec![value],
    };
    if tuples.is_empty() {
        let at = walk.source.place(value);
        walk.problem(malformed(
            at,
            format!("the list is empty; write `@tag {key}: {{\"PROJ-12\", \"AC-3\"}}`"),
        ));
    }
    for tuple in tuples {
        if tuple.kind() != "tuple" {
            let at = walk.source.place(tuple);
            let problem = not_decidable(at, "the tag");
            walk.problem(problem);
            continue;
        }
        let arguments = arguments(walk.source, tuple);
        own.extend(make(walk, role, tag, SPELLING, &arguments));
    }
}

/// Reads `{"X-1", "AC-3"}`, `{"X-1", ["AC-3", "AC-4"]}` or `{"X-1", "AC-3", 2}`.
fn arguments<'s>(source: &Source<'s>, tuple: Node<'_>) -> Vec<Argument<'s>> {
    let names = [SPELLING.work_item, "criterion", "revision"];
    let mut cursor = tuple.walk();
    tuple
        .named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .enumerate()
        .map(|(index, child)| Argument {
            name: names.get(index).copied(),
            value: value(source, child),
            at: source.place(child),
        })
        .collect()
}

fn value<'s>(source: &Source<'s>, node: Node<'_>) -> Value<'s> {
    match node.kind() {
        "string" => text(source, node).map_or(Value::Computed, |(text, at)| Value::Text(text, at)),
        "integer" => Value::Number(source.text(node)),
        "nil" => Value::Nothing,
        "list" => {
            let mut cursor = node.walk();
            let all: Option<Vec<_>> = node
                .named_children(&mut cursor)
                .filter(|child| !child.is_extra())
                .map(|child| text(source, child))
                .collect();
            all.map_or(Value::Computed, Value::List)
        }
        _ => Value::Computed,
    }
}

/// Reads a string without interpolation; none of anything else.
fn text<'s>(source: &Source<'s>, node: Node<'_>) -> Option<(&'s str, Place)> {
    if node.kind() != "string" || !children(node, "interpolation").is_empty() {
        return None;
    }
    let whole = source.text(node);
    let inner = whole.strip_prefix('"')?.strip_suffix('"')?;
    Some((inner, source.place(node)))
}

fn title<'s>(source: &Source<'s>, node: Node<'_>) -> &'s str {
    let whole = source.text(node);
    whole
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(whole)
}

/// Returns the children of a kind.
fn children<'t>(node: Node<'t>, kind: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| child.kind() == kind)
        .collect()
}
