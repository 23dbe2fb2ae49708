//! The arguments of a call, as they are written.

use tree_sitter::Node;

use crate::Problem;
use crate::comment::malformed;
use crate::literal::{Argument, Value, not_decidable};
use crate::source::{Place, Source};

/// Reads the arguments of a decorator.
pub(super) fn arguments<'s>(
    source: &Source<'s>,
    call: Node<'_>,
) -> Result<Vec<Argument<'s>>, Problem> {
    let Some(list) = call
        .child_by_field_name("arguments")
        .filter(|list| list.kind() == "argument_list")
    else {
        return Err(malformed(
            source.place(call),
            "it names nothing; write `@trail.validates(work_item=\"PROJ-12\", criterion=\"AC-3\")`"
                .to_owned(),
        ));
    };
    let mut cursor = list.walk();
    let mut arguments = Vec::new();
    for child in list.named_children(&mut cursor) {
        if child.is_extra() {
            continue;
        }
        let at = source.place(child);
        match child.kind() {
            "keyword_argument" => {
                let (Some(name), Some(value)) = (
                    child.child_by_field_name("name"),
                    child.child_by_field_name("value"),
                ) else {
                    continue;
                };
                arguments.push(Argument {
                    name: Some(source.text(name)),
                    value: self::value(source, value),
                    at,
                });
            }
            "dictionary_splat" | "list_splat" => return Err(not_decidable(at, "an argument")),
            _ => arguments.push(Argument {
                name: None,
                value: value(source, child),
                at,
            }),
        }
    }
    Ok(arguments)
}

fn value<'s>(source: &Source<'s>, node: Node<'_>) -> Value<'s> {
    match node.kind() {
        "string" => match text(source, node) {
            Some((text, place)) => Value::Text(text, place),
            None => Value::Computed,
        },
        "list" | "tuple" => {
            let mut cursor = node.walk();
            let all: Option<Vec<_>> = node
                .named_children(&mut cursor)
                .filter(|child| !child.is_extra())
                .map(|child| text(source, child))
                .collect();
            all.map_or(Value::Computed, Value::List)
        }
        "parenthesized_expression" => match node.named_child(0) {
            Some(inner) if inner.kind() == "string" => value(source, inner),
            Some(_) | None => Value::Computed,
        },
        "integer" => Value::Number(source.text(node)),
        "none" => Value::Nothing,
        _ => Value::Computed,
    }
}

/// Reads a plain string; none of anything else. A string without content has no content node.
fn text<'s>(source: &Source<'s>, node: Node<'_>) -> Option<(&'s str, Place)> {
    if node.kind() != "string" {
        return None;
    }
    let mut cursor = node.walk();
    let mut content = "";
    for child in node.children(&mut cursor) {
        match child.kind() {
            // A prefix other than `r` and `u` makes it bytes or an f-string.
            "string_start"
                if !source
                    .text(child)
                    .bytes()
                    .all(|byte| b"rRuU\"'".contains(&byte)) =>
            {
                return None;
            }
            "string_content" => content = source.text(child),
            "interpolation" => return None,
            _ => {}
        }
    }
    Some((content, source.place(node)))
}
