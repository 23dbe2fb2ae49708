//! Faults that are the same in several languages.

use tree_sitter::Node;

use super::Found;

/// Replaces an operator by the one that decides differently.
pub(super) fn operator(found: &mut Found<'_>, node: Node<'_>) {
    let (after, kind) = match node.kind() {
        "==" => ("!=", "comparison"),
        "!=" => ("==", "comparison"),
        "===" => ("!==", "comparison"),
        "!==" => ("===", "comparison"),
        "<" => ("<=", "comparison"),
        "<=" => ("<", "comparison"),
        ">" => (">=", "comparison"),
        ">=" => (">", "comparison"),
        "&&" => ("||", "logical"),
        "||" => ("&&", "logical"),
        "and" => ("or", "logical"),
        "or" => ("and", "logical"),
        "in" => ("not in", "comparison"),
        "not in" => ("in", "comparison"),
        "is" => ("is not", "comparison"),
        "is not" => ("is", "comparison"),
        "+" => ("-", "arithmetic"),
        "-" => ("+", "arithmetic"),
        "*" => ("/", "arithmetic"),
        "/" => ("*", "arithmetic"),
        "//" => ("*", "arithmetic"),
        "**" => ("*", "arithmetic"),
        "%" => ("*", "arithmetic"),
        "+=" => ("-=", "arithmetic"),
        "-=" => ("+=", "arithmetic"),
        "*=" => ("/=", "arithmetic"),
        "/=" => ("*=", "arithmetic"),
        _ => return,
    };
    found.replace(node, after, kind);
}

/// Replaces the operator of a binary expression or assignment, which is a field of it.
pub(super) fn binary(found: &mut Found<'_>, node: Node<'_>) {
    if let Some(sign) = node.child_by_field_name("operator") {
        operator(found, sign);
    }
}

/// Adds one to a decimal number; its suffix and its separators stay.
pub(super) fn number(found: &mut Found<'_>, node: Node<'_>) {
    let text = found.text(node);
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '_'))
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    // `0x1f`, `0b1` and octal `017` are left alone.
    let other_base = digits.starts_with('0')
        && (digits.len() > 1 || rest.starts_with(['x', 'X', 'b', 'B', 'o', 'O']));
    let plain: String = digits.chars().filter(char::is_ascii_digit).collect();
    let Ok(value) = plain.parse::<u64>() else {
        return;
    };
    // A byte or a digit that is at its end would not fit any more.
    if other_base
        || matches!(value, 127 | 255 | 32_767 | 65_535)
        || value >= u64::from(i32::MAX.unsigned_abs())
    {
        return;
    }
    let after = format!("{}{rest}", value + 1);
    found.replace(node, after, "number-literal");
}

/// Changes a string of which the content is known: `"x"` becomes empty, an empty one `trail`. One
/// with places to fill in keeps them and begins otherwise.
pub(super) fn string(found: &mut Found<'_>, node: Node<'_>, quotes: (&str, &str), fills: bool) {
    let text = found.text(node);
    let (open, close) = quotes;
    let Some(content) = text
        .strip_prefix(open)
        .and_then(|rest| rest.strip_suffix(close))
    else {
        return;
    };
    let after = match content {
        "" => format!("{open}trail{close}"),
        _ if fills => format!("{open}trail{content}{close}"),
        _ => format!("{open}{close}"),
    };
    found.replace(node, after, "string-literal");
}

/// Replaces `true` and `false`.
pub(super) fn boolean(found: &mut Found<'_>, node: Node<'_>) {
    let after = match found.text(node) {
        "true" => "false",
        "false" => "true",
        "True" => "False",
        "False" => "True",
        _ => return,
    };
    found.replace(node, after, "boolean-literal");
}

/// Negates a condition.
pub(super) fn negate(found: &mut Found<'_>, condition: Node<'_>, not: &str) {
    let inner = match condition.kind() {
        "parenthesized_expression" => condition.named_child(0).unwrap_or(condition),
        _ => condition,
    };
    let after = format!("{not}({})", found.text(inner));
    found.replace(inner, after, "negate-condition");
}

/// Returns whether a call only tells what happens: nothing that is tested rests on it.
pub(super) fn is_log(callee: &str) -> bool {
    let first = callee
        .split(['.', ':', '!', '('])
        .next()
        .unwrap_or(callee)
        .trim();
    let last = callee.rsplit(['.', ':']).next().unwrap_or(callee);
    matches!(
        first,
        "log"
            | "logger"
            | "logging"
            | "console"
            | "tracing"
            | "LOG"
            | "LOGGER"
            | "slog"
            | "warnings"
    ) || callee.starts_with("System.out")
        || callee.starts_with("System.err")
        || callee.starts_with("self.logger")
        || callee.starts_with("self.log.")
        || callee.starts_with("this.logger")
        || matches!(
            last,
            "println" | "eprintln" | "print" | "eprint" | "Println" | "Printf" | "dbg"
        )
        || matches!(
            callee,
            "trace" | "debug" | "info" | "warn" | "error" | "event" | "span"
        )
}
