//! The arguments of a wrapper, as they are written.

use tree_sitter::Node;

use super::Script;
use crate::comment::malformed;
use crate::literal::{Argument, Spelling, Value, make, not_decidable};
use crate::source::{Place, Source};
use crate::walk::Walk;
use crate::{Annotation, Problem, Role};

const SPELLING: Spelling = Spelling {
    work_item: "workItem",
    by_place: false,
    example: "`test(\"title\", trail.ROLE({ workItem: \"PROJ-12\", criterion: \"AC-3\" }, () => { ... }))`",
};

/// Returns the arguments of a call.
pub(super) fn arguments(call: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = call
        .child_by_field_name("arguments")
        .filter(|list| list.kind() == "arguments")
    else {
        return Vec::new();
    };
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .collect()
}

impl<'s> Script<'s> {
    /// Reads the annotations of a wrapper: it has one object, or several, before what it wraps.
    /// Returns the arguments that follow them.
    pub(super) fn wrapper<'t>(
        &mut self,
        walk: &mut Walk<'s>,
        role: Role,
        call: Node<'t>,
        own: &mut Vec<Annotation>,
    ) -> Vec<Node<'t>> {
        self.read.insert(call.id());
        let mut arguments = arguments(call);
        let objects = arguments
            .iter()
            .take_while(|argument| argument.kind() == "object")
            .count();
        let rest = arguments.split_off(objects);
        if arguments.is_empty() {
            let at = walk.source.place(call);
            let problem = match rest.first() {
                Some(first) if !matches!(first.kind(), "string" | "arrow_function") => {
                    not_decidable(walk.source.place(*first), "the argument")
                }
                _ => malformed(at, "it names nothing".to_owned()),
            };
            let example = SPELLING.example(role);
            walk.problem(Problem {
                message: format!("{}; write {example}", problem.message),
                ..problem
            });
        }
        for object in arguments {
            // A wrapper is as long as what it wraps: the annotation is its object.
            match pairs(walk.source, object) {
                Ok(pairs) => {
                    own.extend(make(walk, role, object, SPELLING, &pairs).map(|mut made| {
                        let at = walk.source.place(call);
                        (made.line, made.column) = (at.line, at.column);
                        made
                    }))
                }
                Err(problem) => walk.problem(problem),
            }
        }
        rest
    }

    /// Returns what is inside of wrappers, with their annotations.
    pub(super) fn unwrap<'t>(
        &mut self,
        walk: &mut Walk<'s>,
        mut node: Node<'t>,
        own: &mut Vec<Annotation>,
    ) -> Option<Node<'t>> {
        loop {
            match node.kind() {
                "call_expression" => {
                    let function = node.child_by_field_name("function")?;
                    let Some(role) = self.names.role(walk.source, function) else {
                        return Some(node);
                    };
                    node = self.wrapper(walk, role, node, own).pop()?;
                }
                "parenthesized_expression"
                | "as_expression"
                | "satisfies_expression"
                | "await_expression" => node = node.named_child(0)?,
                _ => return Some(node),
            }
        }
    }
}

/// Reads the pairs of an object.
fn pairs<'s>(source: &Source<'s>, object: Node<'_>) -> Result<Vec<Argument<'s>>, Problem> {
    let mut cursor = object.walk();
    let mut pairs = Vec::new();
    for child in object.named_children(&mut cursor) {
        if child.is_extra() {
            continue;
        }
        let at = source.place(child);
        let (key, value) = (
            child.child_by_field_name("key"),
            child.child_by_field_name("value"),
        );
        match (child.kind(), key, value) {
            ("pair", Some(key), Some(value)) if key.kind() != "computed_property_name" => {
                pairs.push(Argument {
                    name: Some(source.text(key).trim_matches(['"', '\''])),
                    value: self::value(source, value),
                    at,
                });
            }
            ("shorthand_property_identifier", ..) => pairs.push(Argument {
                name: Some(source.text(child)),
                value: Value::Computed,
                at,
            }),
            ("ERROR", ..) => {}
            _ => return Err(not_decidable(at, "an argument")),
        }
    }
    Ok(pairs)
}

fn value<'s>(source: &Source<'s>, node: Node<'_>) -> Value<'s> {
    if let Some((text, place)) = text(source, node) {
        return Value::Text(text, place);
    }
    match node.kind() {
        "number" => Value::Number(source.text(node)),
        "undefined" => Value::Nothing,
        "array" => {
            let mut cursor = node.walk();
            let all: Option<Vec<_>> = node
                .named_children(&mut cursor)
                .filter(|child| !child.is_extra())
                .map(|child| text(source, child))
                .collect();
            all.map_or(Value::Computed, Value::List)
        }
        "as_expression" | "satisfies_expression" => node
            .named_child(0)
            .and_then(|inner| text(source, inner))
            .map_or(Value::Computed, |(text, place)| Value::Text(text, place)),
        _ => Value::Computed,
    }
}

/// Reads a text without places to fill in; none of anything else.
pub(super) fn text<'s>(source: &Source<'s>, node: Node<'_>) -> Option<(&'s str, Place)> {
    let plain = match node.kind() {
        "string" => true,
        "template_string" => {
            let mut cursor = node.walk();
            !node
                .named_children(&mut cursor)
                .any(|child| child.kind() == "template_substitution")
        }
        _ => false,
    };
    let whole = source.text(node);
    let inner = whole.get(1..whole.len().saturating_sub(1))?;
    plain.then(|| (inner, source.place(node)))
}
