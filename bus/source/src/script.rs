//! JavaScript and TypeScript: wrappers, comments, and the tests of node:test, vitest, jest and mocha.

mod call;
mod import;
mod value;

use std::collections::BTreeSet;

use tree_sitter::Node;

use crate::language::file_name;
use crate::source::Source;
use crate::walk::{Around, Reader, Thing, Walk};
use crate::{Annotation, TargetKind};
use import::Names;

/// Reads JavaScript and TypeScript.
pub(crate) struct Script<'s> {
    names: Names<'s>,
    /// Whether a runner would look for tests in a file of this name.
    is_test_file: bool,
    /// The wrappers that were read with the call or declaration around them.
    read: BTreeSet<usize>,
}

/// Returns whether a runner looks for tests in a file of this name.
pub(crate) fn is_test_file(path: &str) -> bool {
    let name = file_name(path);
    [".test.", ".spec.", "-test.", "_test."]
        .iter()
        .any(|part| name.contains(part))
        || path
            .split('/')
            .rev()
            .skip(1)
            .any(|folder| matches!(folder, "__tests__" | "tests" | "test" | "spec"))
}

impl<'s> Script<'s> {
    pub(crate) fn new(source: &'s Source<'s>) -> Self {
        Self {
            names: Names::default(),
            is_test_file: is_test_file(source.path),
            read: BTreeSet::new(),
        }
    }

    /// Declares something that has a name of its own.
    fn named(&mut self, walk: &mut Walk<'s>, node: Node<'_>, kind: TargetKind) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        self.declare(walk, node, name, kind, Vec::new());
    }

    fn declare(
        &mut self,
        walk: &mut Walk<'s>,
        whole: Node<'_>,
        named_by: Node<'_>,
        kind: TargetKind,
        own: Vec<Annotation>,
    ) {
        let name = walk.source.text(named_by).to_owned();
        let declared = walk.declare(Thing {
            kind,
            name: name.clone(),
            named_by,
            whole,
            start: whole.start_byte(),
            dead: None,
            many: false,
            own,
        });
        if whole.kind().ends_with("class_declaration") || whole.kind() == "internal_module" {
            walk.enter(declared, whole, Some(name), Around::Class, None);
        }
    }

    /// A variable: of interest if it is bound to a function, a wrapper, or a module.
    fn variable(&mut self, walk: &mut Walk<'s>, node: Node<'_>) {
        let (Some(name), Some(value)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("value"),
        ) else {
            return;
        };
        if self.names.required(walk.source, name, value) || name.kind() != "identifier" {
            return;
        }
        let mut own = Vec::new();
        let inner = self.unwrap(walk, value, &mut own);
        let is_function = inner.is_some_and(|inner| {
            matches!(
                inner.kind(),
                "arrow_function" | "function_expression" | "generator_function"
            )
        });
        if is_function || !own.is_empty() || walk.is_waiting() {
            let kind = if is_function {
                TargetKind::Function
            } else {
                TargetKind::Item
            };
            self.declare(walk, node, name, kind, own);
        }
    }
}

impl<'s> Reader<'s> for Script<'s> {
    fn is_comment(&self, kind: &str) -> bool {
        matches!(kind, "comment" | "html_comment")
    }

    fn is_attribute(&self, _walk: &Walk<'s>, node: Node<'_>) -> bool {
        node.kind() == "decorator"
    }

    fn visit(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        match node.kind() {
            "import_statement" => {
                self.names.import(walk.source, node);
                false
            }
            "variable_declarator" => {
                self.variable(walk, node);
                true
            }
            "function_declaration"
            | "generator_function_declaration"
            | "method_definition"
            | "function_signature" => {
                self.named(walk, node, TargetKind::Function);
                true
            }
            "class_declaration"
            | "abstract_class_declaration"
            | "interface_declaration"
            | "type_alias_declaration"
            | "enum_declaration"
            | "internal_module" => {
                self.named(walk, node, TargetKind::Item);
                true
            }
            "public_field_definition" | "field_definition" if walk.is_waiting() => {
                let field = node
                    .child_by_field_name("name")
                    .or_else(|| node.child_by_field_name("property"));
                if let Some(field) = field {
                    self.declare(walk, node, field, TargetKind::Item, Vec::new());
                }
                true
            }
            "call_expression" => {
                self.call(walk, node);
                true
            }
            "string" | "template_string" | "regex" => {
                node.has_error() || node.kind() == "template_string"
            }
            _ => true,
        }
    }
}
