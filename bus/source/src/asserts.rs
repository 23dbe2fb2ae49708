//! Whether an assertion stands at a place.

use tree_sitter::{Node, Point};

use crate::language::Grammar;
use crate::parse;
use crate::scan::MAX_FILE;

/// Returns whether an assertion stands at a line (from 1), and at a column of it (in characters, from
/// 1) if one is given. Any line of an assertion of several lines counts.
///
/// | language | assertions |
/// |---|---|
/// | Rust | macros and functions whose name begins with `assert`, `prop_assert` or `debug_assert` |
/// | Python | `assert`; calls of what begins with `assert`; `self.fail`, `pytest.fail`, `pytest.raises`, `pytest.warns` |
/// | JavaScript, TypeScript | calls and chains that begin with, or go through, what begins with `assert` or `expect`; `should` |
/// | Go | `Error`, `Errorf`, `Fatal`, `Fatalf`, `Fail`, `FailNow` of `t`, `b`, `f`, `tb` or `x.T()`; calls of `assert...` and `require...` |
/// | Java | `assert`; calls and chains that begin with what begins with `assert`; `fail` |
/// | Elixir | `assert...`, `refute...`, `flunk` |
///
/// What is not text, too large, too hard to parse or in another language holds none.
#[must_use]
pub fn asserts_at(path: &str, bytes: &[u8], line: u32, column: Option<u32>) -> bool {
    if bytes.len() > MAX_FILE || line == 0 {
        return false;
    }
    let (Some(grammar), Ok(text)) = (Grammar::of(path), std::str::from_utf8(bytes)) else {
        return false;
    };
    let row = line as usize - 1;
    let Some(content) = text.split('\n').nth(row) else {
        return false;
    };
    let at = column.map(|column| {
        let before = content
            .char_indices()
            .nth(column.saturating_sub(1) as usize);
        before.map_or(content.len(), |(at, _)| at)
    });
    let Some(tree) = parse::parse(grammar, text) else {
        return false;
    };
    let mut cursor = tree.walk();
    // The two nodes before the one that is looked at, for each level.
    let mut before: Vec<Before<'_>> = vec![[None, None]];
    loop {
        let node = cursor.node();
        let beside = before.last().copied().unwrap_or_default();
        let (start, end) = (node.start_position(), node.end_position());
        let covers = start.row <= row && row <= end.row;
        if covers && let Some((start, end)) = assertion(grammar, text, node, beside) {
            let fits = at.is_none_or(|column| {
                let here = Point { row, column };
                start <= here && here < end
            });
            if start.row <= row && row <= end.row && fits {
                return true;
            }
        }
        if covers && cursor.goto_first_child() {
            before.push([None, None]);
            continue;
        }
        loop {
            let node = cursor.node();
            if cursor.goto_next_sibling() {
                if let Some(last) = before.last_mut() {
                    *last = [Some(node), last[0]];
                }
                break;
            }
            if !cursor.goto_parent() {
                return false;
            }
            before.pop();
        }
    }
}

/// The node before another one, and the one before that.
type Before<'t> = [Option<Node<'t>>; 2];

/// How many links of a chain of calls are looked at.
const LINKS: usize = 50;

/// Returns what an assertion covers, if a node is one.
fn assertion(
    grammar: Grammar,
    text: &str,
    node: Node<'_>,
    before: Before<'_>,
) -> Option<(Point, Point)> {
    let is = match grammar {
        Grammar::Rust => return rust(text, node, before),
        Grammar::Python => python(text, node),
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => script(text, node),
        Grammar::Go => go(text, node),
        Grammar::Java => java(text, node),
        Grammar::Elixir => elixir(text, node),
    };
    is.then(|| (node.start_position(), node.end_position()))
}

fn of<'a>(text: &'a str, node: Node<'_>) -> &'a str {
    text.get(node.byte_range()).unwrap_or_default()
}

fn rust(text: &str, node: Node<'_>, before: Before<'_>) -> Option<(Point, Point)> {
    let asserts = |name: &str| {
        let last = name.rsplit("::").next().unwrap_or(name).trim();
        ["assert", "prop_assert", "debug_assert"]
            .iter()
            .any(|start| last.starts_with(start))
    };
    let here = |end: Node<'_>| Some((node.start_position(), end.end_position()));
    match node.kind() {
        "macro_invocation" => {
            let name = node.child_by_field_name("macro")?;
            asserts(of(text, name)).then(|| here(node)).flatten()
        }
        "call_expression" => {
            let function = node.child_by_field_name("function")?;
            let named = matches!(function.kind(), "identifier" | "scoped_identifier");
            (named && asserts(of(text, function)))
                .then(|| here(node))
                .flatten()
        }
        // In the tokens of another macro, as in `proptest! { ... }`.
        "token_tree" => {
            let [Some(mark), Some(name)] = before else {
                return None;
            };
            (mark.kind() == "!" && name.kind() == "identifier" && asserts(of(text, name)))
                .then(|| (name.start_position(), node.end_position()))
        }
        _ => None,
    }
}

fn python(text: &str, node: Node<'_>) -> bool {
    match node.kind() {
        "assert_statement" => true,
        "call" => node
            .child_by_field_name("function")
            .is_some_and(|function| {
                let path = of(text, function);
                let last = path.rsplit('.').next().unwrap_or(path);
                last.starts_with("assert")
                    || matches!(
                        path,
                        "self.fail" | "pytest.fail" | "pytest.raises" | "pytest.warns"
                    )
            }),
        _ => false,
    }
}

fn script(text: &str, node: Node<'_>) -> bool {
    let asserts = |name: &str| name.starts_with("assert") || name.starts_with("expect");
    if node.kind() != "call_expression" {
        return false;
    }
    let mut at = Some(node);
    for _ in 0..LINKS {
        let Some(node) = at else { return false };
        at = match node.kind() {
            "call_expression" => node.child_by_field_name("function"),
            "member_expression" => {
                let named = node
                    .child_by_field_name("property")
                    .map(|property| of(text, property))
                    .unwrap_or_default();
                if asserts(named) || named == "should" {
                    return true;
                }
                node.child_by_field_name("object")
            }
            "await_expression" | "parenthesized_expression" | "non_null_expression" => {
                node.named_child(0)
            }
            "identifier" => return asserts(of(text, node)),
            _ => None,
        };
    }
    false
}

fn go(text: &str, node: Node<'_>) -> bool {
    if node.kind() != "call_expression" {
        return false;
    }
    let Some(function) = node.child_by_field_name("function") else {
        return false;
    };
    let whole = of(text, function);
    if function.kind() != "selector_expression" {
        return whole.starts_with("assert") || whole.starts_with("require");
    }
    let Some((operand, field)) = whole.rsplit_once('.') else {
        return false;
    };
    let fails = matches!(
        field,
        "Error" | "Errorf" | "Fatal" | "Fatalf" | "Fail" | "FailNow"
    );
    let by_test =
        matches!(operand, "t" | "b" | "f" | "tb" | "tt" | "T") || operand.ends_with(".T()");
    (fails && by_test) || operand == "assert" || operand == "require"
}

fn java(text: &str, node: Node<'_>) -> bool {
    if node.kind() == "assert_statement" {
        return true;
    }
    let mut at = Some(node);
    for _ in 0..LINKS {
        let Some(node) = at.filter(|node| node.kind() == "method_invocation") else {
            return false;
        };
        let name = node
            .child_by_field_name("name")
            .map(|name| of(text, name))
            .unwrap_or_default();
        if name.starts_with("assert") || name == "fail" {
            return true;
        }
        at = node.child_by_field_name("object");
    }
    false
}

fn elixir(text: &str, node: Node<'_>) -> bool {
    node.kind() == "call"
        && node.child_by_field_name("target").is_some_and(|target| {
            let name = of(text, target);
            name.starts_with("assert") || name.starts_with("refute") || name == "flunk"
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assertions_are_told_from_other_code() {
        let table: &[(&str, &str, &[u32])] = &[
            (
                "a.rs",
                "fn a() {\n assert_eq!(\n  1,\n  2\n );\n panic!();\n x.unwrap();\n my::assert_same(1);\n}\nproptest! {\n fn b(a in 0..1) {\n  prop_assert!(\n   true);\n }\n}\nconst S: &str = \"\nassert!(x)\";",
                &[2, 3, 4, 5, 8, 12, 13],
            ),
            (
                "a.py",
                "def t():\n    assert x\n    self.assertEqual(\n        1)\n    with pytest.raises(X):\n        boom()\n    '''\n    assert x\n    '''\n    self.fail()\n    raise ValueError",
                &[2, 3, 4, 5, 10],
            ),
            (
                "a.test.ts",
                "test('a', () => {\n  expect(a)\n    .not\n    .toBe(1);\n  assert.equal(1, 2);\n  await expect(p).rejects.toThrow();\n  t.assert.ok(1);\n  run(a);\n  x.should.equal(2);\n});",
                &[2, 3, 4, 5, 6, 7, 9],
            ),
            (
                "a_test.go",
                "package a\nfunc TestA(t *testing.T) {\n\tif err != nil {\n\t\tt.Fatalf(\"%s\", err.Error())\n\t}\n\tx := err.Error()\n\tassert.Equal(t, 1, 2)\n\tt.Log(\"x\")\n}",
                &[4, 7],
            ),
            (
                "A.java",
                "class A { void t() {\n assertEquals(1, 2);\n assertThat(a)\n  .isEqualTo(2);\n fail(\"x\");\n run();\n assert x > 1;\n} }",
                &[2, 3, 4, 5, 7],
            ),
            (
                "a_test.exs",
                "test \"a\" do\n  assert 1 == 2\n  refute x\n  flunk(\"x\")\n  run(1)\n  assert_receive {:a,\n    1}\nend",
                &[2, 3, 4, 6, 7],
            ),
        ];
        for (path, text, expected) in table {
            let lines = u32::try_from(text.lines().count()).unwrap();
            let found: Vec<u32> = (0..lines + 3)
                .filter(|line| asserts_at(path, text.as_bytes(), *line, None))
                .collect();
            assert_eq!(&found, expected, "{path}");
        }
    }

    #[test]
    fn a_column_tells_two_things_in_a_line_apart() {
        let text = "fn a() { \"é\".len(); assert!(b()); c(); }";
        let at = |column| asserts_at("a.rs", text.as_bytes(), 1, Some(column));
        let found: String = (1..=40).map(|c| if at(c) { 'x' } else { '.' }).collect();
        assert_eq!(found, "....................xxxxxxxxxxxx........");
    }
}
