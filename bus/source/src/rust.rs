//! Rust: attributes, comments, and what `cargo test` runs.

mod attribute;
mod import;
mod inline;

use tree_sitter::{Node, Tree};

use crate::source::Source;
use crate::walk::{Around, Reader, Thing, Walk};
use crate::{Annotation, Problem, ProblemKind, TargetKind};
use import::Names;

/// Reads Rust.
pub(crate) struct Rust<'s> {
    names: Names<'s>,
    above: Above,
    /// Whether functions are looked into.
    deep: bool,
}

/// What attributes say of the item below them.
#[derive(Debug, Default)]
pub(crate) struct Above {
    /// Where the first of them begins; none if there is none.
    start: Option<usize>,
    own: Vec<Annotation>,
    test: bool,
    dead: Option<String>,
    many: bool,
    /// How many `cfg_attr` are around what is read.
    conditions: usize,
}

impl<'s> Rust<'s> {
    pub(crate) fn new(source: &'s Source<'s>, tree: &Tree) -> Self {
        Self {
            names: Names::of_file(source, tree),
            above: Above::default(),
            deep: source.text.contains("trail"),
        }
    }

    fn function(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        let above = std::mem::take(&mut self.above);
        let Some(name_node) = node.child_by_field_name("name") else {
            walk.lose(above.own);
            return true;
        };
        let name = walk.source.text(name_node);
        let body = node.child_by_field_name("body");
        // One in another function is run by nobody.
        let nested = walk.around() == Some(Around::Function);
        let is_test = above.test && body.is_some() && !nested;
        let empty = body.is_some_and(|body| {
            let mut cursor = body.walk();
            body.named_children(&mut cursor)
                .all(|child| child.is_extra())
        });
        let dead = above
            .dead
            .or_else(|| empty.then(|| "its body is empty".to_owned()));
        let declared = walk.declare(Thing {
            kind: if is_test {
                TargetKind::Test
            } else {
                TargetKind::Function
            },
            name: name.to_owned(),
            named_by: name_node,
            whole: node,
            start: above.start.unwrap_or_else(|| node.start_byte()),
            dead: dead.filter(|_| is_test),
            many: above.many,
            own: above.own,
        });
        let look = node.has_error()
            || (self.deep
                && (walk.depth() > 4
                    || body.is_some_and(|body| walk.source.text(body).contains("trail"))));
        if look {
            walk.enter(
                declared,
                node,
                Some(name.to_owned()),
                Around::Function,
                None,
            );
        }
        look
    }

    fn item(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        let above = std::mem::take(&mut self.above);
        let name_node = match node.kind() {
            "impl_item" => node.child_by_field_name("type"),
            _ => node.child_by_field_name("name"),
        };
        let Some(name_node) = name_node else {
            walk.lose(above.own);
            return true;
        };
        let name = walk.source.text(name_node);
        let declared = walk.declare(Thing {
            kind: TargetKind::Item,
            name: name.to_owned(),
            named_by: name_node,
            whole: node,
            start: above.start.unwrap_or_else(|| node.start_byte()),
            dead: None,
            many: false,
            own: above.own,
        });
        let around = match node.kind() {
            "mod_item" => Around::Module,
            _ => Around::Class,
        };
        walk.enter(declared, node, Some(name.to_owned()), around, None);
        true
    }

    /// A macro's tokens are code only to the macro. Of those that are known to give their tests
    /// back, the tests are read; in others an annotation names nothing that can be known here.
    fn macro_call(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        let name = node
            .child_by_field_name("macro")
            .map(|name| walk.source.text(name))
            .unwrap_or_default();
        let name = name.rsplit("::").next().unwrap_or(name);
        let mut cursor = node.walk();
        let Some(tokens) = node
            .children(&mut cursor)
            .find(|child| child.kind() == "token_tree")
        else {
            return false;
        };
        if inline::gives_tests_back(name) {
            inline::read(walk, &self.names, tokens);
            return node.has_error();
        }
        if self.deep && walk.source.text(tokens).contains("trail::") {
            inline::refuse(walk, &self.names, name, tokens);
        }
        // Comments in it are seen.
        self.deep || node.has_error()
    }
}

impl<'s> Reader<'s> for Rust<'s> {
    fn is_comment(&self, kind: &str) -> bool {
        matches!(kind, "line_comment" | "block_comment")
    }

    fn is_attribute(&self, _walk: &Walk<'s>, node: Node<'_>) -> bool {
        matches!(
            node.kind(),
            "attribute_item" | "attribute" | "inner_attribute_item"
        )
    }

    fn visit(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        match node.kind() {
            "attribute_item" => {
                self.above.start.get_or_insert(node.start_byte());
                attribute::read(walk, &self.names, node, &mut self.above);
                false
            }
            "inner_attribute_item" => {
                let mut inner = Above::default();
                attribute::read(walk, &self.names, node, &mut inner);
                for annotation in inner.own {
                    walk.problem(Problem {
                        kind: ProblemKind::Ambiguous,
                        line: annotation.line,
                        column: annotation.column,
                        message: "an inner attribute is no annotation; write it above the item"
                            .to_owned(),
                    });
                }
                false
            }
            "function_item" | "function_signature_item" => self.function(walk, node),
            "mod_item" | "impl_item" | "trait_item" | "struct_item" | "enum_item"
            | "union_item" | "type_item" | "const_item" | "static_item" | "associated_type"
            | "enum_variant" | "field_declaration" => self.item(walk, node),
            "macro_definition" => {
                let above = std::mem::take(&mut self.above);
                walk.lose(above.own);
                false
            }
            "macro_invocation" => {
                let above = std::mem::take(&mut self.above);
                walk.lose(above.own);
                self.macro_call(walk, node)
            }
            // Within a macro, only comments are of interest.
            "token_tree" => self.deep || node.has_error(),
            "string_literal" | "raw_string_literal" | "char_literal" => node.has_error(),
            "expression_statement" | "visibility_modifier" | "function_modifiers" => true,
            _ => {
                if node.is_named() && !self.above.own.is_empty() {
                    let above = std::mem::take(&mut self.above);
                    walk.lose(above.own);
                } else if node.is_named() {
                    self.above = Above::default();
                }
                true
            }
        }
    }
}
