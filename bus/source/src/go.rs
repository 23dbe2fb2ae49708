//! Go: calls in tests, comments, and what `go test` runs.

use tree_sitter::Node;

use crate::literal::{Argument, Spelling, Value, make};
use crate::source::Source;
use crate::walk::{Around, Reader, Thing, Walk};
use crate::{Annotation, Role, TargetKind};

const SPELLING: Spelling = Spelling {
    work_item: "workItem",
    by_place: false,
    example: "`trail.Validates(t, \"PROJ-12\", \"AC-3\")`",
};

/// Reads Go.
pub(crate) struct Go<'s> {
    is_test_file: bool,
    /// The name the package with the annotations is imported by.
    package: Option<&'s str>,
    /// Whether it is imported without a name: `. "example.com/trail"`.
    dotted: bool,
}

/// A subtest with annotations of its own.
struct Subtest<'t> {
    call: Node<'t>,
    title: Node<'t>,
    own: Vec<Annotation>,
}

impl<'s> Go<'s> {
    pub(crate) fn new(source: &'s Source<'s>) -> Self {
        Self {
            is_test_file: source.path.ends_with("_test.go"),
            package: Some("trail"),
            dotted: false,
        }
    }

    fn import(&mut self, source: &Source<'s>, node: Node<'_>) {
        let Some(path) = node.child_by_field_name("path") else {
            return;
        };
        let path = source.text(path).trim_matches(['"', '`']);
        let last = path.rsplit('/').next().unwrap_or(path);
        let name = node.child_by_field_name("name").map(|n| source.text(n));
        let is_trail = last == "trail" || (last.starts_with('v') && path.contains("/trail/"));
        match (is_trail, name) {
            (true, Some(".")) => self.dotted = true,
            (true, Some(name)) => self.package = Some(name),
            (true, None) => self.package = Some("trail"),
            // Another package goes by our name.
            (false, Some("trail")) => self.package = None,
            (false, _) => {}
        }
    }

    fn function(&mut self, walk: &mut Walk<'s>, node: Node<'_>) {
        let Some(name_node) = node.child_by_field_name("name") else {
            return;
        };
        let name = walk.source.text(name_node);
        let body = node.child_by_field_name("body");
        let body_text = body.map(|body| walk.source.text(body)).unwrap_or_default();
        let is_test = self.is_test_file && body.is_some() && self.is_test(walk, node, name);
        let mut own = Vec::new();
        let mut subtests = Vec::new();
        if let Some(body) = body
            && body_text.contains("Validates")
        {
            self.calls(walk, body, &mut own, &mut subtests);
        }
        let dead = body.filter(|_| is_test).and_then(|body| {
            if name.starts_with("Example") && !body_text.to_ascii_lowercase().contains("output:") {
                return Some("an example without `// Output:` is not run".to_owned());
            }
            why_dead(walk.source, body)
        });
        let kind = if is_test {
            TargetKind::Test
        } else {
            TargetKind::Function
        };
        let receiver = node
            .child_by_field_name("receiver")
            .and_then(|receiver| receiver_type(walk.source, receiver));
        if let Some(receiver) = receiver {
            walk.enter_name(receiver, node);
        }
        let declared = walk.declare(Thing {
            kind,
            name: name.to_owned(),
            named_by: name_node,
            whole: node,
            start: node.start_byte(),
            dead,
            many: is_test && body_text.contains(".Run("),
            own,
        });
        walk.enter(
            declared,
            node,
            Some(name.to_owned()),
            Around::Function,
            None,
        );
        for subtest in subtests {
            let title = walk.source.text(subtest.title);
            walk.declare(Thing {
                kind,
                name: title.trim_matches(['"', '`']).to_owned(),
                named_by: subtest.title,
                whole: subtest.call,
                start: subtest.call.start_byte(),
                dead: None,
                many: false,
                own: subtest.own,
            });
        }
    }

    /// Returns whether `go test` runs a function, or testify a method of a suite.
    fn is_test(&self, walk: &Walk<'s>, node: Node<'_>, name: &str) -> bool {
        let named = |word: &str| {
            name.strip_prefix(word)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_lowercase()))
        };
        let parameters = node
            .child_by_field_name("parameters")
            .map(|parameters| walk.source.text(parameters))
            .unwrap_or_default();
        if node.kind() == "method_declaration" {
            return named("Test") && parameters == "()";
        }
        (named("Test") && parameters.contains("testing.T"))
            || (named("Fuzz") && parameters.contains("testing.F"))
            || (named("Example") && parameters == "()")
    }

    /// Finds the calls that annotate a function, or a subtest in it.
    fn calls<'t>(
        &self,
        walk: &mut Walk<'s>,
        body: Node<'t>,
        own: &mut Vec<Annotation>,
        subtests: &mut Vec<Subtest<'t>>,
    ) {
        // The subtests around: where each ends.
        let mut around: Vec<Subtest<'t>> = Vec::new();
        let mut done: Vec<Subtest<'t>> = Vec::new();
        let mut cursor = body.walk();
        'walk: loop {
            let node = cursor.node();
            while around
                .last()
                .is_some_and(|one| one.call.end_byte() <= node.start_byte())
            {
                done.extend(around.pop());
            }
            if node.kind() == "call_expression" {
                if let Some(title) = subtest(walk.source, node) {
                    around.push(Subtest {
                        call: node,
                        title,
                        own: Vec::new(),
                    });
                } else if self.is_ours(walk.source, node) {
                    let made = self.annotation(walk, node);
                    match around.last_mut() {
                        Some(subtest) => subtest.own.extend(made),
                        None => own.extend(made),
                    }
                }
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'walk;
                }
            }
        }
        done.extend(around);
        done.retain(|subtest| !subtest.own.is_empty());
        done.sort_by_key(|subtest| subtest.call.start_byte());
        subtests.extend(done);
    }

    fn is_ours(&self, source: &Source<'s>, call: Node<'_>) -> bool {
        let Some(function) = call.child_by_field_name("function") else {
            return false;
        };
        match function.kind() {
            "identifier" => self.dotted && source.text(function) == "Validates",
            "selector_expression" => {
                let field = |name| function.child_by_field_name(name).map(|n| source.text(n));
                field("field") == Some("Validates")
                    && self.package.is_some()
                    && field("operand") == self.package
            }
            _ => false,
        }
    }

    fn annotation(&self, walk: &mut Walk<'s>, call: Node<'_>) -> Option<Annotation> {
        if call.has_error() {
            return None;
        }
        let list = call.child_by_field_name("arguments")?;
        let mut cursor = list.walk();
        let mut all = list
            .named_children(&mut cursor)
            .filter(|child| !child.is_extra())
            .skip(1);
        let mut arguments = Vec::new();
        if let Some(item) = all.next() {
            arguments.push(Argument {
                name: Some("workItem"),
                value: value(walk.source, item),
                at: walk.source.place(item),
            });
        }
        let rest: Vec<Node<'_>> = all.collect();
        if let Some(first) = rest.first() {
            let texts: Option<Vec<_>> = rest
                .iter()
                .map(|node| match value(walk.source, *node) {
                    Value::Text(text, place) => Some((text, place)),
                    _ => None,
                })
                .collect();
            arguments.push(Argument {
                name: Some("criterion"),
                value: texts.map_or(Value::Computed, Value::List),
                at: walk.source.place(*first),
            });
        }
        make(walk, Role::Validates, call, SPELLING, &arguments)
    }
}

impl<'s> Reader<'s> for Go<'s> {
    fn visit(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        match node.kind() {
            "import_spec" => {
                self.import(walk.source, node);
                false
            }
            "function_declaration" | "method_declaration" => {
                self.function(walk, node);
                true
            }
            "type_spec" | "type_alias" | "const_spec" | "var_spec" | "field_declaration"
            | "method_elem"
                if walk.is_waiting() =>
            {
                if let Some(name) = node.child_by_field_name("name") {
                    walk.declare(Thing {
                        kind: TargetKind::Item,
                        name: walk.source.text(name).to_owned(),
                        named_by: name,
                        whole: node,
                        start: node.start_byte(),
                        dead: None,
                        many: false,
                        own: Vec::new(),
                    });
                }
                true
            }
            _ => true,
        }
    }
}

/// Returns the title of `t.Run("title", func(t *testing.T) { ... })`, if it is a literal.
fn subtest<'t>(source: &Source<'_>, call: Node<'t>) -> Option<Node<'t>> {
    let function = call.child_by_field_name("function")?;
    let field = function.child_by_field_name("field")?;
    let list = call.child_by_field_name("arguments")?;
    let title = list.named_child(0)?;
    let literal = matches!(
        title.kind(),
        "interpreted_string_literal" | "raw_string_literal"
    );
    let with_function = list
        .named_child(1)
        .is_some_and(|body| body.kind() == "func_literal");
    (literal && with_function && source.text(field) == "Run").then_some(title)
}

fn value<'s>(source: &Source<'s>, node: Node<'_>) -> Value<'s> {
    match node.kind() {
        "interpreted_string_literal" | "raw_string_literal" => {
            let whole = source.text(node);
            let inner = whole
                .get(1..whole.len().saturating_sub(1))
                .unwrap_or_default();
            Value::Text(inner, source.place(node))
        }
        "int_literal" => Value::Number(source.text(node)),
        _ => Value::Computed,
    }
}

/// Returns the type of a method's receiver: `Suite` of `(s *Suite)`.
fn receiver_type<'s>(source: &Source<'s>, receiver: Node<'_>) -> Option<&'s str> {
    let text = source.text(receiver).trim_matches(['(', ')']);
    let last = text.split_whitespace().next_back()?;
    let plain = last.trim_start_matches('*');
    Some(plain.split('[').next().unwrap_or(plain))
}

/// Says why a body tests nothing; none if it does.
fn why_dead(source: &Source<'_>, body: Node<'_>) -> Option<String> {
    let mut cursor = body.walk();
    let list = body
        .named_children(&mut cursor)
        .find(|child| child.kind() == "statement_list");
    let empty = || Some("its body is empty".to_owned());
    let Some(list) = list else { return empty() };
    let mut cursor = list.walk();
    let mut statements = list
        .named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .map(|statement| source.text(statement))
        .filter(|text| !text.starts_with("trail.Validates("));
    let Some(first) = statements.next() else {
        return empty();
    };
    let skips = ["t.Skip(", "t.Skipf(", "t.SkipNow("]
        .iter()
        .any(|call| first.starts_with(call));
    skips.then(|| "it skips itself".to_owned())
}
