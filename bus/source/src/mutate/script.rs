//! Faults in JavaScript and TypeScript.

use tree_sitter::Node;

use super::{Faults, Found, common};

/// Knows JavaScript and TypeScript.
pub(super) struct Script;

impl Faults for Script {
    fn is_function(&self, kind: &str) -> bool {
        matches!(
            kind,
            "function_declaration"
                | "function_expression"
                | "generator_function_declaration"
                | "method_definition"
                | "arrow_function"
        )
    }

    fn visit(&mut self, found: &mut Found<'_>, node: Node<'_>) -> bool {
        match node.kind() {
            "comment"
            | "import_statement"
            | "decorator"
            | "type_annotation"
            | "type_alias_declaration"
            | "interface_declaration"
            | "type_arguments"
            | "type_parameters"
            | "ambient_declaration"
            | "as_expression"
            | "literal_type"
            | "regex"
            | "jsx_text"
            | "hash_bang_line" => false,
            // `export ... from "module"`.
            "export_statement" => node.child_by_field_name("source").is_none(),
            "call_expression" => {
                let callee = node
                    .child_by_field_name("function")
                    .map(|callee| found.text(callee).to_owned())
                    .unwrap_or_default();
                !(common::is_log(&callee)
                    || matches!(
                        callee.as_str(),
                        "require" | "import" | "describe" | "test" | "it"
                    ))
            }
            "pair" => {
                // A key names what somebody else reads; its value is looked at.
                if let Some(key) = node.child_by_field_name("key") {
                    return key.kind() != "string" || visit_value(self, found, node);
                }
                true
            }
            "return_statement" => {
                let value = node.named_child(0);
                if value.is_some_and(|value| found.text(value) != "undefined") {
                    found.replace(node, "return undefined;", "return-value");
                }
                true
            }
            "expression_statement" => statement(found, node),
            "if_statement" | "ternary_expression" => {
                if let Some(condition) = node.child_by_field_name("condition") {
                    common::negate(found, condition, "!");
                }
                true
            }
            "else_clause" => {
                if node
                    .named_child(0)
                    .is_some_and(|body| body.kind() == "statement_block")
                {
                    found.replace(node, "else {}", "remove-branch");
                }
                true
            }
            "binary_expression" | "augmented_assignment_expression" => {
                common::binary(found, node);
                true
            }
            "true" | "false" => {
                common::boolean(found, node);
                false
            }
            "number" => {
                common::number(found, node);
                false
            }
            "string" => {
                let quote = if found.text(node).starts_with('\'') {
                    "'"
                } else {
                    "\""
                };
                common::string(found, node, (quote, quote), false);
                false
            }
            "template_string" => {
                let mut cursor = node.walk();
                let fills = node
                    .named_children(&mut cursor)
                    .any(|child| child.kind() == "template_substitution");
                common::string(found, node, ("`", "`"), fills);
                fills
            }
            _ => true,
        }
    }
}

/// Looks at the value of a pair whose key is a text, and not at the key.
fn visit_value(script: &mut Script, found: &mut Found<'_>, pair: Node<'_>) -> bool {
    if let Some(value) = pair.child_by_field_name("value") {
        // Only what is a literal: other values would need a walk of their own.
        if matches!(
            value.kind(),
            "string" | "number" | "true" | "false" | "template_string"
        ) {
            script.visit(found, value);
        }
    }
    false
}

/// Takes a call or an assignment out. Returns whether to look inside.
fn statement(found: &mut Found<'_>, node: Node<'_>) -> bool {
    let Some(inner) = node.named_child(0) else {
        return true;
    };
    let call = match inner.kind() {
        "await_expression" => inner.named_child(0).unwrap_or(inner),
        _ => inner,
    };
    match call.kind() {
        // `"use strict";`
        "string" => false,
        "call_expression" => {
            let callee = call
                .child_by_field_name("function")
                .map(|callee| found.text(callee).to_owned())
                .unwrap_or_default();
            let kept = common::is_log(&callee)
                || matches!(callee.as_str(), "super" | "describe" | "test" | "it");
            if !kept {
                found.replace(node, ";", "remove-statement");
            }
            !kept
        }
        "assignment_expression" | "augmented_assignment_expression" | "update_expression" => {
            found.replace(node, ";", "remove-statement");
            true
        }
        _ => true,
    }
}
