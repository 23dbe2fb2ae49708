//! Faults in Rust.

use tree_sitter::Node;

use super::{Faults, Found, common};
use crate::holds::is_test_attribute;

/// Knows Rust.
#[derive(Default)]
pub(super) struct Rust {
    /// Whether the item below is a test or a part of tests.
    test_below: bool,
}

impl Faults for Rust {
    fn is_function(&self, kind: &str) -> bool {
        kind == "function_item"
    }

    fn visit(&mut self, found: &mut Found<'_>, node: Node<'_>) -> bool {
        match node.kind() {
            "attribute_item" => {
                self.test_below |= is_test_attribute(found.text(node));
                return false;
            }
            "line_comment" | "block_comment" => return false,
            kind if node.is_named() && kind.ends_with("_item") && self.test_below => {
                self.test_below = false;
                return false;
            }
            _ if node.is_named() => self.test_below = false,
            _ => {}
        }
        match node.kind() {
            "inner_attribute_item"
            | "use_declaration"
            | "extern_crate_declaration"
            | "macro_definition"
            | "array_type"
            | "type_arguments"
            | "type_parameters"
            | "lifetime"
            | "visibility_modifier"
            | "function_modifiers"
            | "where_clause"
            | "type_item" => false,
            "macro_invocation" => self.macro_call(found, node),
            "function_item" => {
                returned(found, node);
                true
            }
            "binary_expression" | "compound_assignment_expr" => {
                common::binary(found, node);
                true
            }
            "if_expression" => {
                if let Some(condition) = node.child_by_field_name("condition")
                    && !matches!(condition.kind(), "let_condition" | "let_chain")
                {
                    common::negate(found, condition, "!");
                }
                true
            }
            "expression_statement" => {
                statement(found, node);
                true
            }
            "match_block" => {
                arms(found, node);
                true
            }
            "boolean_literal" => {
                common::boolean(found, node);
                false
            }
            "integer_literal" => {
                let field = node
                    .parent()
                    .is_some_and(|parent| parent.kind() == "field_expression");
                if !field {
                    common::number(found, node);
                }
                false
            }
            "string_literal" => {
                string(found, node, false);
                false
            }
            "raw_string_literal" | "char_literal" | "float_literal" => false,
            _ => true,
        }
    }
}

impl Rust {
    /// Of a macro's tokens only the texts are changed: the rest may be in a language of its own.
    fn macro_call(&self, found: &mut Found<'_>, node: Node<'_>) -> bool {
        let name = node
            .child_by_field_name("macro")
            .map(|name| found.text(name).to_owned())
            .unwrap_or_default();
        let last = name.rsplit("::").next().unwrap_or(&name);
        let silent = common::is_log(&name)
            || matches!(
                last,
                "trace"
                    | "debug"
                    | "info"
                    | "warn"
                    | "error"
                    | "include_str"
                    | "include_bytes"
                    | "include"
                    | "concat"
                    | "env"
                    | "option_env"
                    | "cfg"
                    | "compile_error"
                    | "stringify"
                    | "matches"
                    | "proptest"
                    | "todo"
                    | "unimplemented"
            )
            || last.starts_with("assert")
            || last.starts_with("debug_assert");
        if silent {
            return false;
        }
        let mut open = vec![node];
        while let Some(tree) = open.pop() {
            let mut cursor = tree.walk();
            for child in tree.named_children(&mut cursor) {
                match child.kind() {
                    "token_tree" => open.push(child),
                    "string_literal" => string(found, child, true),
                    _ => {}
                }
            }
        }
        false
    }
}

/// Changes a text. In a macro `{}` may be a place to fill in, and must stay.
fn string(found: &mut Found<'_>, node: Node<'_>, in_macro: bool) {
    let fills = in_macro && found.text(node).contains('{');
    common::string(found, node, ("\"", "\""), fills);
}

/// Replaces a function's body by the plainest value of its type.
fn returned(found: &mut Found<'_>, node: Node<'_>) {
    let (Some(kind), Some(body)) = (
        node.child_by_field_name("return_type"),
        node.child_by_field_name("body"),
    ) else {
        return;
    };
    let is_const = {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).any(|child| {
            child.kind() == "function_modifiers" && found.text(child).contains("const")
        })
    };
    let kind: String = found.text(kind).split_whitespace().collect();
    let values: &[&str] = match kind.as_str() {
        "bool" => &["true", "false"],
        "String" => &["String::new()"],
        "&str" | "&'staticstr" => &["\"\""],
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
        | "isize" => &["0", "1"],
        "f32" | "f64" => &["0.0"],
        "()" | "!" => &[],
        _ if kind.starts_with("Option<") => &["None"],
        _ if kind.starts_with("Vec<") => &["Vec::new()"],
        _ if is_const => &[],
        _ if kind.contains("Result<()") || kind == "fmt::Result" => &["Ok(())"],
        _ if kind.contains("Result<") => &["Ok(Default::default())"],
        _ if kind.starts_with("impl") || kind.starts_with('&') || kind.starts_with("Box<dyn") => {
            &[]
        }
        _ => &["Default::default()"],
    };
    for value in values {
        found.replace(body, format!("{{ {value} }}"), "return-value");
    }
}

/// Takes a call or an assignment out.
fn statement(found: &mut Found<'_>, node: Node<'_>) {
    let Some(inner) = node.named_child(0) else {
        return;
    };
    let mut call = inner;
    while matches!(call.kind(), "try_expression" | "await_expression") {
        let Some(next) = call.named_child(0) else {
            return;
        };
        call = next;
    }
    let ends = found.text(node).ends_with(';');
    match call.kind() {
        "call_expression" | "assignment_expression" | "compound_assignment_expr" if ends => {
            found.replace(node, "", "remove-statement");
        }
        "if_expression" => {
            if let Some(other) = inner.child_by_field_name("alternative") {
                found.replace(other, "else {}", "remove-branch");
            }
        }
        _ => {}
    }
}

/// Takes an arm out of a match that has one for everything.
fn arms(found: &mut Found<'_>, block: Node<'_>) {
    let mut cursor = block.walk();
    let arms: Vec<_> = block
        .named_children(&mut cursor)
        .filter(|child| child.kind() == "match_arm")
        .collect();
    let catches = arms.iter().any(|arm| {
        arm.child_by_field_name("pattern")
            .is_some_and(|pattern| found.text(pattern) == "_")
    });
    if !catches {
        return;
    }
    for arm in arms {
        if arm
            .child_by_field_name("pattern")
            .is_some_and(|pattern| found.text(pattern) != "_")
        {
            found.replace(arm, "", "remove-branch");
        }
    }
}
