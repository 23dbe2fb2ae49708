//! Faults in Python.

use tree_sitter::Node;

use super::{Faults, Found, common};

/// Knows Python.
pub(super) struct Python;

impl Faults for Python {
    fn is_function(&self, kind: &str) -> bool {
        kind == "function_definition"
    }

    fn visit(&mut self, found: &mut Found<'_>, node: Node<'_>) -> bool {
        match node.kind() {
            "comment"
            | "decorator"
            | "import_statement"
            | "import_from_statement"
            | "future_import_statement"
            | "type"
            | "type_parameter"
            | "global_statement"
            | "nonlocal_statement" => false,
            "class_definition" => !node
                .child_by_field_name("superclasses")
                .is_some_and(|all| found.text(all).contains("TestCase")),
            "call" => {
                let callee = node.child_by_field_name("function");
                !callee.is_some_and(|callee| common::is_log(found.text(callee)))
            }
            "expression_statement" => statement(found, node),
            "assignment" => {
                let dunder = node
                    .child_by_field_name("left")
                    .is_some_and(|left| found.text(left).starts_with("__"));
                !dunder
            }
            "return_statement" => {
                if node
                    .named_child(0)
                    .is_some_and(|value| value.kind() != "none")
                {
                    found.replace(node, "return None", "return-value");
                }
                true
            }
            "if_statement" => {
                let condition = node.child_by_field_name("condition");
                if let Some(condition) = condition {
                    if found.text(condition).starts_with("__name__") {
                        return false;
                    }
                    common::negate(found, condition, "not ");
                }
                true
            }
            "elif_clause" => {
                if let Some(condition) = node.child_by_field_name("condition") {
                    common::negate(found, condition, "not ");
                }
                true
            }
            "else_clause" => {
                if let Some(body) = node.child_by_field_name("body")
                    && body.kind() == "block"
                {
                    found.replace(body, "pass", "remove-branch");
                }
                true
            }
            "comparison_operator" => {
                let mut cursor = node.walk();
                for sign in node.children_by_field_name("operators", &mut cursor) {
                    common::operator(found, sign);
                }
                true
            }
            "binary_operator" | "boolean_operator" | "augmented_assignment" => {
                common::binary(found, node);
                true
            }
            "true" | "false" => {
                common::boolean(found, node);
                false
            }
            "integer" => {
                common::number(found, node);
                false
            }
            "concatenated_string" => false,
            "string" => {
                string(found, node);
                false
            }
            _ => true,
        }
    }
}

/// Takes a call, or an assignment to something that stays, out. Returns whether to look inside.
fn statement(found: &mut Found<'_>, node: Node<'_>) -> bool {
    let Some(inner) = node.named_child(0) else {
        return true;
    };
    match inner.kind() {
        // A docstring, or `...`.
        "string" | "concatenated_string" | "ellipsis" => false,
        "call" => {
            let callee = inner.child_by_field_name("function");
            let log = callee.is_some_and(|callee| common::is_log(found.text(callee)));
            if !log {
                found.replace(node, "pass", "remove-statement");
            }
            !log
        }
        "await" | "augmented_assignment" => {
            found.replace(node, "pass", "remove-statement");
            true
        }
        "assignment" => {
            let stays = inner
                .child_by_field_name("left")
                .is_some_and(|left| matches!(left.kind(), "attribute" | "subscript"));
            if stays && inner.child_by_field_name("right").is_some() {
                found.replace(node, "pass", "remove-statement");
            }
            true
        }
        _ => true,
    }
}

fn string(found: &mut Found<'_>, node: Node<'_>) {
    let mut cursor = node.walk();
    let (mut open, mut close, mut fills) = (None, None, false);
    for child in node.children(&mut cursor) {
        match child.kind() {
            "string_start" => open = Some(found.text(child).to_owned()),
            "string_end" => close = Some(found.text(child).to_owned()),
            "interpolation" => fills = true,
            _ => {}
        }
    }
    if let (Some(open), Some(close)) = (open, close) {
        common::string(found, node, (&open, &close), fills);
    }
}
