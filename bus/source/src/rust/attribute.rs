//! Attributes, `cfg_attr` included.

use tree_sitter::Node;

use super::Above;
use super::import::Names;
use crate::Problem;
use crate::comment::malformed;
use crate::literal::{Argument, Spelling, Value, make, not_decidable};
use crate::source::{Place, Source};
use crate::walk::Walk;

const SPELLING: Spelling = Spelling {
    work_item: "work_item",
    by_place: false,
    example: "`#[trail::ROLE(work_item = \"PROJ-12\", criterion = \"AC-3\")]`",
};

/// How many `cfg_attr` may stand in each other.
const CONDITIONS: usize = 4;

/// Reads `#[...]` into what stands above an item.
pub(super) fn read<'s>(walk: &mut Walk<'s>, names: &Names<'s>, node: Node<'_>, above: &mut Above) {
    let mut cursor = node.walk();
    let Some(attribute) = node
        .named_children(&mut cursor)
        .find(|child| child.kind() == "attribute")
    else {
        return;
    };
    if attribute.has_error() {
        return;
    }
    let Some(path) = attribute.named_child(0) else {
        return;
    };
    let arguments = attribute.child_by_field_name("arguments");
    let path = walk.source.text(path);
    one(walk, names, node, path, arguments, above);
}

/// Reads the attributes among tokens: `#` followed by `[...]`. Returns whether there was one.
pub(super) fn of_tokens<'s>(
    walk: &mut Walk<'s>,
    names: &Names<'s>,
    bracket: Node<'_>,
    above: &mut Above,
) {
    let inner = inner(bracket);
    from_tokens(walk, names, &inner, above);
}

/// Reads one attribute of its path and its arguments.
fn one<'s>(
    walk: &mut Walk<'s>,
    names: &Names<'s>,
    whole: Node<'_>,
    path: &str,
    arguments: Option<Node<'_>>,
    above: &mut Above,
) {
    let path: String = path.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(role) = names.role(&path) {
        let read = arguments.map_or(Ok(Vec::new()), |tokens| {
            self::arguments(walk.source, tokens)
        });
        match read {
            Ok(arguments) => above
                .own
                .extend(make(walk, role, whole, SPELLING, &arguments)),
            Err(problem) => walk.problem(problem),
        }
        return;
    }
    let last = path.rsplit("::").next().unwrap_or(&path);
    match last {
        "cfg_attr" => {
            if let Some(tokens) = arguments
                && above.conditions < CONDITIONS
            {
                above.conditions += 1;
                let inner = inner(tokens);
                // The first is the condition.
                for part in inner.split(|node| node.kind() == ",").skip(1) {
                    let before = above.dead.clone();
                    from_tokens(walk, names, part, above);
                    above.dead = before;
                }
                above.conditions -= 1;
            }
        }
        "ignore" => {
            above.dead = Some("it is marked `#[ignore]`".to_owned());
        }
        "rstest" => above.test = true,
        "test_case" | "test_matrix" => {
            above.test = true;
            above.many = true;
        }
        "case" | "cases" | "values" => above.many = true,
        _ if last == "test" || last.ends_with("_test") => above.test = true,
        _ => {}
    }
}

/// Reads one attribute of its tokens: a path, and perhaps `(...)`.
fn from_tokens<'s>(walk: &mut Walk<'s>, names: &Names<'s>, tokens: &[Node<'_>], above: &mut Above) {
    let Some(first) = tokens.first() else { return };
    let arguments = tokens
        .iter()
        .find(|token| token.kind() == "token_tree")
        .copied();
    let path_end = arguments.map_or_else(
        || {
            tokens
                .iter()
                .find(|token| token.kind() == "=")
                .map_or(tokens[tokens.len() - 1].end_byte(), Node::start_byte)
        },
        |arguments| arguments.start_byte(),
    );
    let path = walk
        .source
        .text
        .get(first.start_byte()..path_end)
        .unwrap_or_default();
    one(walk, names, *first, path, arguments, above);
}

/// Returns what stands between the brackets of a token tree, comments left out.
pub(super) fn inner<'t>(tree: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = tree.walk();
    let mut all: Vec<_> = tree
        .children(&mut cursor)
        .filter(|child| !child.is_extra())
        .collect();
    if all.len() >= 2 {
        all.pop();
        all.remove(0);
    }
    all
}

/// Reads `(work_item = "X-1", criterion = "AC-3")`.
fn arguments<'s>(source: &Source<'s>, tokens: Node<'_>) -> Result<Vec<Argument<'s>>, Problem> {
    let inner = inner(tokens);
    let mut arguments = Vec::new();
    for part in inner.split(|node| node.kind() == ",") {
        let Some(first) = part.first() else { continue };
        let at = source.place(*first);
        match part {
            [name, equals, rest @ ..] if name.kind() == "identifier" && equals.kind() == "=" => {
                let value = match rest {
                    [] => return Err(malformed(at, "an argument has no value".to_owned())),
                    [value] => self::value(source, *value),
                    _ => Value::Computed,
                };
                arguments.push(Argument {
                    name: Some(source.text(*name)),
                    value,
                    at,
                });
            }
            [value] if text(source, *value).is_some() => arguments.push(Argument {
                name: None,
                value: self::value(source, *value),
                at,
            }),
            _ => return Err(not_decidable(at, "an argument")),
        }
    }
    Ok(arguments)
}

fn value<'s>(source: &Source<'s>, node: Node<'_>) -> Value<'s> {
    if let Some((text, place)) = text(source, node) {
        return Value::Text(text, place);
    }
    match node.kind() {
        "integer_literal" => Value::Number(source.text(node)),
        "token_tree" if source.text(node).starts_with('[') => {
            let inner = inner(node);
            let all: Option<Vec<_>> = inner
                .split(|node| node.kind() == ",")
                .filter(|part| !part.is_empty())
                .map(|part| match part {
                    [one] => text(source, *one),
                    _ => None,
                })
                .collect();
            all.map_or(Value::Computed, Value::List)
        }
        _ => Value::Computed,
    }
}

/// Reads a string literal; none of anything else, byte strings included.
fn text<'s>(source: &Source<'s>, node: Node<'_>) -> Option<(&'s str, Place)> {
    if !matches!(node.kind(), "string_literal" | "raw_string_literal") {
        return None;
    }
    let whole = source.text(node);
    let content = whole
        .strip_prefix('r')
        .unwrap_or(whole)
        .trim_matches('#')
        .strip_prefix('"')?
        .strip_suffix('"')?;
    Some((content, source.place(node)))
}
