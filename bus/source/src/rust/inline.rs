//! Tests in the tokens of a macro call: `proptest! { #[test] fn ... }`.

use tree_sitter::Node;

use super::Above;
use super::attribute::{inner, of_tokens};
use super::import::Names;
use crate::TargetKind;
use crate::literal::not_decidable;
use crate::walk::{Thing, Walk};

/// Returns whether a macro is known to give the functions in it back as they stand there.
pub(super) fn gives_tests_back(name: &str) -> bool {
    matches!(name, "proptest" | "rusty_fork_test" | "cfg_if")
}

/// Reads the functions among the tokens of a macro.
pub(super) fn read<'s>(walk: &mut Walk<'s>, names: &Names<'s>, tokens: Node<'_>) {
    let mut open = vec![tokens];
    while let Some(tree) = open.pop() {
        let inner = with_comments(tree);
        let mut above = Above::default();
        let mut at = 0;
        while let Some(token) = inner.get(at) {
            let next = inner.get(at + 1);
            match (token.kind(), next) {
                ("line_comment" | "block_comment", _) => walk.comment_into(*token, &mut above.own),
                ("#", Some(bracket)) if bracket.kind() == "token_tree" => {
                    above.start.get_or_insert(token.start_byte());
                    of_tokens(walk, names, *bracket, &mut above);
                    at += 2;
                    continue;
                }
                ("fn" | "identifier", Some(name))
                    if walk.source.text(*token) == "fn" && name.kind() == "identifier" =>
                {
                    let body = inner[at..].iter().position(|token| {
                        token.kind() == "token_tree" && walk.source.text(*token).starts_with('{')
                    });
                    let Some(body) = body.map(|body| inner[at + body]) else {
                        break;
                    };
                    function(walk, std::mem::take(&mut above), *name, body);
                    while inner.get(at).is_some_and(|token| token.id() != body.id()) {
                        at += 1;
                    }
                }
                ("token_tree", _) => open.push(*token),
                _ => {}
            }
            at += 1;
        }
        walk.lose(above.own);
    }
}

/// Returns what stands between the brackets of a token tree.
fn with_comments<'t>(tree: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = tree.walk();
    let mut all: Vec<_> = tree.children(&mut cursor).collect();
    if all.len() >= 2 {
        all.pop();
        all.remove(0);
    }
    all
}

fn function(walk: &mut Walk<'_>, above: Above, name: Node<'_>, body: Node<'_>) {
    let empty = inner(body).is_empty();
    let dead = above
        .dead
        .or_else(|| empty.then(|| "its body is empty".to_owned()));
    walk.declare(Thing {
        kind: if above.test {
            TargetKind::Test
        } else {
            TargetKind::Function
        },
        name: walk.source.text(name).to_owned(),
        named_by: name,
        whole: body,
        start: above.start.unwrap_or_else(|| name.start_byte()),
        dead: dead.filter(|_| above.test),
        many: above.many,
        own: above.own,
    });
}

/// Tells of annotations in a macro that is not known.
pub(super) fn refuse<'s>(walk: &mut Walk<'s>, names: &Names<'s>, name: &str, tokens: Node<'_>) {
    let mut open = vec![tokens];
    while let Some(tree) = open.pop() {
        let inner = inner(tree);
        for (at, token) in inner.iter().enumerate() {
            let bracket = inner.get(at + 1).filter(|next| next.kind() == "token_tree");
            if let ("#", Some(bracket)) = (token.kind(), bracket) {
                let mut above = Above::default();
                of_tokens(walk, names, *bracket, &mut above);
                for _ in above.own {
                    let at = walk.source.place(*token);
                    let what =
                        format!("the annotation stands in the macro `{name}!`: what becomes of it");
                    let problem = not_decidable(at, &what);
                    walk.problem(problem);
                }
            }
            if token.kind() == "token_tree" {
                open.push(*token);
            }
        }
    }
}
