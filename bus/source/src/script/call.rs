//! Calls that make tests: `test("title", fn)`, `describe.skip("title", fn)`, `it.each(rows)("title", fn)`.

use tree_sitter::Node;

use super::Script;
use super::value::{arguments, text};
use crate::walk::{Around, Thing, Walk};
use crate::{Annotation, TargetKind};

/// How many calls and members a callee may be made of; the longest in use has four.
const LINKS: usize = 8;

/// What is called.
struct Callee<'s> {
    base: &'s str,
    /// `only`, `skip`, `each`: outermost first.
    members: Vec<&'s str>,
    /// The annotations of wrappers around it.
    own: Vec<Annotation>,
}

impl<'s> Script<'s> {
    pub(super) fn call(&mut self, walk: &mut Walk<'s>, node: Node<'_>) {
        if self.read.contains(&node.id()) {
            return;
        }
        let Some(function) = node.child_by_field_name("function") else {
            return;
        };
        if let Some(role) = self.names.role(walk.source, function) {
            let mut own = Vec::new();
            let rest = self.wrapper(walk, role, node, &mut own);
            self.alone(walk, node, rest, own);
            return;
        }
        let Some(callee) = self.callee(walk, function) else {
            return;
        };
        match callee.base {
            "test" | "it" | "specify" | "xit" | "xtest" | "fit" => self.test(walk, node, callee),
            "describe" | "suite" | "context" | "xdescribe" | "fdescribe" => {
                self.block(walk, node, callee);
            }
            // Node's subtests, Deno's tests.
            "t" | "Deno" if callee.members == ["test"] => self.test(walk, node, callee),
            _ => walk.lose(callee.own),
        }
    }

    /// Takes a callee apart.
    fn callee(&mut self, walk: &mut Walk<'s>, function: Node<'_>) -> Option<Callee<'s>> {
        let mut own = Vec::new();
        let mut members = Vec::new();
        let mut at = function;
        for _ in 0..LINKS {
            match at.kind() {
                "identifier" => {
                    return Some(Callee {
                        base: walk.source.text(at),
                        members,
                        own,
                    });
                }
                "member_expression" => {
                    members.push(walk.source.text(at.child_by_field_name("property")?));
                    at = at.child_by_field_name("object")?;
                }
                "call_expression" => {
                    let inner = at.child_by_field_name("function")?;
                    if let Some(role) = self.names.role(walk.source, inner) {
                        // `validates({...}, test)("title", fn)`.
                        at = self.wrapper(walk, role, at, &mut own).pop()?;
                        continue;
                    }
                    let curried = inner
                        .child_by_field_name("function")
                        .filter(|_| inner.kind() == "call_expression")
                        .and_then(|function| self.names.role(walk.source, function));
                    if let Some(role) = curried {
                        // `validates({...})(test)("title", fn)`.
                        self.wrapper(walk, role, inner, &mut own);
                        at = *arguments(at).first()?;
                    } else {
                        // `it.each(rows)("title", fn)`.
                        at = inner;
                    }
                }
                _ => break,
            }
        }
        walk.lose(own);
        None
    }

    fn test(&mut self, walk: &mut Walk<'s>, node: Node<'_>, mut callee: Callee<'s>) {
        let arguments = arguments(node);
        let todo = callee.members.contains(&"todo");
        let body = self.body(walk, &arguments, &mut callee.own);
        let titled = arguments.first().is_some_and(|title| {
            matches!(title.kind(), "string" | "template_string") || body.is_some()
        });
        let wanted = titled && (body.is_some() || todo || self.is_test_file);
        let Some(title) = arguments.first().filter(|_| wanted) else {
            walk.lose(callee.own);
            return;
        };
        let dead = dead(walk, &callee, &arguments).or_else(|| match body {
            None => Some("it has no function".to_owned()),
            Some(body) => body
                .child_by_field_name("body")
                .filter(|block| block.kind() == "statement_block")
                .filter(|block| {
                    let mut cursor = block.walk();
                    block
                        .named_children(&mut cursor)
                        .all(|child| child.is_extra())
                })
                .map(|_| "its body is empty".to_owned()),
        });
        let many = callee
            .members
            .iter()
            .any(|member| matches!(*member, "each" | "for"));
        let name = self.title(walk, *title);
        let declared = walk.declare(Thing {
            kind: TargetKind::Test,
            name: name.clone(),
            named_by: *title,
            whole: node,
            start: node.start_byte(),
            dead,
            many,
            own: callee.own,
        });
        walk.enter(declared, node, Some(name), Around::Block, None);
    }

    fn block(&mut self, walk: &mut Walk<'s>, node: Node<'_>, mut callee: Callee<'s>) {
        let arguments = arguments(node);
        let body = self.body(walk, &arguments, &mut callee.own);
        let (Some(title), Some(_)) = (arguments.first(), body) else {
            walk.lose(callee.own);
            return;
        };
        let dead = dead(walk, &callee, &arguments);
        let name = self.title(walk, *title);
        let declared = walk.declare(Thing {
            kind: TargetKind::Tests,
            name: name.clone(),
            named_by: *title,
            whole: node,
            start: node.start_byte(),
            dead: None,
            many: false,
            own: callee.own,
        });
        walk.enter(declared, node, Some(name), Around::Block, dead);
    }

    /// Returns the function among a test's arguments, with the annotations of wrappers around it.
    fn body<'t>(
        &mut self,
        walk: &mut Walk<'s>,
        arguments: &[Node<'t>],
        own: &mut Vec<Annotation>,
    ) -> Option<Node<'t>> {
        let mut body = None;
        for argument in arguments.iter().skip(1) {
            let inner = self.unwrap(walk, *argument, own);
            body = body.or_else(|| {
                inner.filter(|inner| {
                    matches!(
                        inner.kind(),
                        "arrow_function"
                            | "function_expression"
                            | "generator_function"
                            | "identifier"
                            | "member_expression"
                            | "call_expression"
                    )
                })
            });
        }
        body
    }

    fn title(&self, walk: &Walk<'s>, node: Node<'_>) -> String {
        if let Some((title, _)) = text(walk.source, node) {
            return title.to_owned();
        }
        let whole = walk.source.text(node);
        let whole = whole.lines().next().unwrap_or_default();
        whole.trim_matches('`').chars().take(200).collect()
    }

    /// A wrapper that stands by itself: around a title and a function, as it was written at first;
    /// around a function, whatever is done with it; or around the calls that make tests.
    fn alone(
        &mut self,
        walk: &mut Walk<'s>,
        node: Node<'_>,
        rest: Vec<Node<'_>>,
        own: Vec<Annotation>,
    ) {
        let Some(first) = rest.first() else {
            walk.lose(own);
            return;
        };
        let titled = text(walk.source, *first);
        let named_by = first.child_by_field_name("name").unwrap_or(*first);
        let (kind, name) = match titled {
            Some((title, _)) => (TargetKind::Test, title.to_owned()),
            None if first.kind() == "identifier" || named_by.id() != first.id() => {
                (TargetKind::Function, walk.source.text(named_by).to_owned())
            }
            None => (TargetKind::Item, "anonymous".to_owned()),
        };
        let declared = walk.declare(Thing {
            kind,
            name,
            named_by,
            whole: node,
            start: node.start_byte(),
            dead: None,
            many: false,
            own,
        });
        walk.enter(declared, node, None, Around::Block, None);
    }
}

/// Says why a test or block would not be run.
fn dead(walk: &Walk<'_>, callee: &Callee<'_>, arguments: &[Node<'_>]) -> Option<String> {
    for word in ["skip", "todo"] {
        if callee.members.contains(&word) {
            return Some(format!("it is marked `{word}`"));
        }
    }
    if callee.base.starts_with('x') {
        return Some(format!("it is marked `{}`", callee.base));
    }
    let options = arguments
        .iter()
        .find(|argument| argument.kind() == "object")?;
    let mut cursor = options.walk();
    options.named_children(&mut cursor).find_map(|pair| {
        let key = walk.source.text(pair.child_by_field_name("key")?);
        let value = walk.source.text(pair.child_by_field_name("value")?);
        let off = matches!(key, "skip" | "todo") && value != "false";
        off.then(|| format!("it is marked `{key}`"))
    })
}
