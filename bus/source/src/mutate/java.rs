//! Faults in Java.

use tree_sitter::Node;

use super::{Faults, Found, common};

/// Knows Java.
#[derive(Default)]
pub(super) struct Java {
    /// Where the methods around end, and the plainest value each could return.
    methods: Vec<(usize, Option<&'static str>)>,
}

impl Faults for Java {
    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "method_declaration" | "constructor_declaration")
    }

    fn visit(&mut self, found: &mut Found<'_>, node: Node<'_>) -> bool {
        while self
            .methods
            .last()
            .is_some_and(|(end, _)| *end <= node.start_byte())
        {
            self.methods.pop();
        }
        match node.kind() {
            "line_comment"
            | "block_comment"
            | "import_declaration"
            | "package_declaration"
            | "marker_annotation"
            | "annotation"
            | "type_arguments"
            | "type_parameters"
            | "dimensions"
            | "explicit_constructor_invocation" => false,
            "method_declaration" => {
                let value = node
                    .child_by_field_name("type")
                    .and_then(|kind| plainest(found.text(kind)));
                self.methods.push((node.end_byte(), value));
                true
            }
            "lambda_expression" => {
                self.methods.push((node.end_byte(), None));
                true
            }
            "method_invocation" => !is_log(found, node),
            "return_statement" => {
                let value = self.methods.last().and_then(|(_, value)| *value);
                if let (Some(value), Some(_)) = (value, node.named_child(0)) {
                    found.replace(node, format!("return {value};"), "return-value");
                }
                true
            }
            "expression_statement" => {
                let inner = node.named_child(0);
                let removable = inner.is_some_and(|inner| {
                    matches!(
                        inner.kind(),
                        "method_invocation" | "assignment_expression" | "update_expression"
                    ) && !is_log(found, inner)
                });
                if removable {
                    found.replace(node, ";", "remove-statement");
                }
                true
            }
            "if_statement" | "ternary_expression" => {
                if let Some(condition) = node.child_by_field_name("condition") {
                    common::negate(found, condition, "!");
                }
                if let Some(other) = node.child_by_field_name("alternative")
                    && other.kind() == "block"
                {
                    found.replace(other, "{}", "remove-branch");
                }
                true
            }
            "binary_expression" | "assignment_expression" => {
                common::binary(found, node);
                true
            }
            "true" | "false" => {
                common::boolean(found, node);
                false
            }
            "decimal_integer_literal" => {
                common::number(found, node);
                false
            }
            "string_literal" => {
                let fills = found.text(node).contains('%');
                if !found.text(node).starts_with("\"\"\"") {
                    common::string(found, node, ("\"", "\""), fills);
                }
                false
            }
            _ => true,
        }
    }
}

fn is_log(found: &Found<'_>, call: Node<'_>) -> bool {
    let name = call.child_by_field_name("arguments").and_then(|arguments| {
        let end = arguments.start_byte().checked_sub(call.start_byte())?;
        found.text(call).get(..end)
    });
    name.is_some_and(common::is_log)
}

fn plainest(kind: &str) -> Option<&'static str> {
    match kind {
        "void" => None,
        "boolean" => Some("false"),
        "byte" | "short" | "int" | "long" | "float" | "double" | "char" => Some("0"),
        "String" => Some("\"\""),
        _ => Some("null"),
    }
}
