//! Faults in Go.

use tree_sitter::Node;

use super::{Faults, Found, common};

/// Knows Go.
#[derive(Default)]
pub(super) struct Go {
    /// Where the functions around end, and the plainest values each could return.
    functions: Vec<(usize, Option<String>)>,
}

impl Faults for Go {
    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "function_declaration" | "method_declaration")
    }

    fn visit(&mut self, found: &mut Found<'_>, node: Node<'_>) -> bool {
        while self
            .functions
            .last()
            .is_some_and(|(end, _)| *end <= node.start_byte())
        {
            self.functions.pop();
        }
        match node.kind() {
            "comment" | "import_declaration" | "package_clause" | "field_declaration"
            | "array_type" | "type_arguments" | "parameter_list" => false,
            "function_declaration" | "method_declaration" | "func_literal" => {
                let values = node
                    .child_by_field_name("result")
                    .and_then(|result| plainest(found, result));
                self.functions.push((node.end_byte(), values));
                true
            }
            "call_expression" => {
                let callee = node.child_by_field_name("function");
                !callee.is_some_and(|callee| common::is_log(found.text(callee)))
            }
            "return_statement" => {
                let values = self.functions.last().and_then(|(_, values)| values.clone());
                if let (Some(values), Some(_)) = (values, node.named_child(0)) {
                    found.replace(node, format!("return {values}"), "return-value");
                }
                true
            }
            "expression_statement" => {
                let call = node.named_child(0);
                let callee = call.and_then(|call| call.child_by_field_name("function"));
                let log = callee.is_some_and(|callee| common::is_log(found.text(callee)));
                if callee.is_some() && !log {
                    found.replace(node, "", "remove-statement");
                }
                !log
            }
            "assignment_statement" => {
                // In the head of a `for` or `if` it must stay.
                if node
                    .parent()
                    .is_some_and(|parent| parent.kind() == "statement_list")
                {
                    found.replace(node, "", "remove-statement");
                }
                common::binary(found, node);
                true
            }
            "if_statement" => {
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
            "binary_expression" => {
                common::binary(found, node);
                true
            }
            "true" | "false" => {
                common::boolean(found, node);
                false
            }
            "int_literal" => {
                common::number(found, node);
                false
            }
            "interpreted_string_literal" => {
                // What `fmt` fills in must stay.
                let fills = found.text(node).contains('%');
                common::string(found, node, ("\"", "\""), fills);
                false
            }
            "raw_string_literal" => {
                common::string(found, node, ("`", "`"), false);
                false
            }
            _ => true,
        }
    }
}

/// Returns the plainest values of result types, if all are known.
fn plainest(found: &Found<'_>, result: Node<'_>) -> Option<String> {
    if result.kind() != "parameter_list" {
        return value(found, result).map(str::to_owned);
    }
    let mut cursor = result.walk();
    let all: Option<Vec<&str>> = result
        .named_children(&mut cursor)
        .map(|one| value(found, one.child_by_field_name("type")?))
        .collect();
    all.filter(|all| !all.is_empty()).map(|all| all.join(", "))
}

fn value(found: &Found<'_>, kind: Node<'_>) -> Option<&'static str> {
    match kind.kind() {
        "pointer_type" | "slice_type" | "map_type" | "function_type" | "channel_type"
        | "interface_type" => Some("nil"),
        _ => match found.text(kind) {
            "string" => Some("\"\""),
            "bool" => Some("false"),
            "error" | "any" => Some("nil"),
            "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16"
            | "uint32" | "uint64" | "byte" | "rune" | "float32" | "float64" => Some("0"),
            _ => None,
        },
    }
}
