//! Python: decorators, comments, and the tests of pytest and unittest.

mod import;
mod value;

use std::collections::BTreeSet;

use tree_sitter::Node;

use crate::language::file_name;
use crate::literal::{Spelling, make};
use crate::source::Source;
use crate::walk::{Around, Reader, Thing, Walk};
use crate::{Annotation, Role, TargetKind};
use import::Names;

const SPELLING: Spelling = Spelling {
    work_item: "work_item",
    by_place: false,
    example: "`@trail.ROLE(work_item=\"PROJ-12\", criterion=\"AC-3\")`",
};

/// Reads Python.
pub(crate) struct Python<'s> {
    names: Names<'s>,
    /// The classes of this file that are known to be test cases of unittest.
    cases: BTreeSet<&'s str>,
    /// Whether pytest would look for tests in a file of this name.
    is_test_file: bool,
    /// What stands above the definition that comes next.
    above: Option<Above>,
    /// Why no test of this file is run.
    dead: Option<String>,
    /// Whether functions are looked into.
    deep: bool,
}

/// What decorators say of the definition below them.
struct Above {
    start: usize,
    own: Vec<Annotation>,
    dead: Option<String>,
    many: bool,
}

impl<'s> Python<'s> {
    pub(crate) fn new(source: &'s Source<'s>) -> Self {
        Self {
            names: Names::default(),
            cases: BTreeSet::new(),
            is_test_file: is_test_file(source.path),
            above: None,
            dead: None,
            deep: source.text.contains("trail"),
        }
    }

    fn decorated(&mut self, walk: &mut Walk<'s>, node: Node<'_>) {
        let mut above = Above {
            start: node.start_byte(),
            own: Vec::new(),
            dead: None,
            many: false,
        };
        let mut cursor = node.walk();
        for decorator in node.named_children(&mut cursor) {
            if decorator.kind() == "decorator" {
                self.decorator(walk, decorator, &mut above);
            }
        }
        self.above = Some(above);
    }

    fn decorator(&self, walk: &mut Walk<'s>, node: Node<'_>, above: &mut Above) {
        let mut cursor = node.walk();
        let Some(expression) = node
            .named_children(&mut cursor)
            .find(|child| !child.is_extra())
        else {
            return;
        };
        let called = expression.kind() == "call";
        let function = if called {
            expression.child_by_field_name("function")
        } else {
            Some(expression)
        };
        let Some(function) = function else { return };
        let path = walk.source.text(function);
        if let Some(role) = self.names.role(path) {
            let arguments = value::arguments(walk.source, expression);
            if expression.has_error() {
                return;
            }
            match arguments {
                Ok(arguments) => {
                    above
                        .own
                        .extend(make(walk, role, node, SPELLING, &arguments));
                }
                Err(problem) => walk.problem(problem),
            }
            return;
        }
        let last = path.rsplit('.').next().unwrap_or(path);
        match last {
            "skip" if path.contains("mark.") || path.starts_with("unittest") || path == "skip" => {
                above.dead = Some("it is skipped by a decorator".to_owned());
            }
            "parametrize" | "expand" | "data" | "file_data" => above.many = true,
            _ => {}
        }
    }

    fn function(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        let above = self.take_above(node);
        let Some(name_node) = node.child_by_field_name("name") else {
            return true;
        };
        let name = walk.source.text(name_node);
        let claims = above
            .own
            .iter()
            .any(|annotation| annotation.role == Role::Validates);
        let is_test = match walk.around() {
            _ if !name.starts_with("test") => false,
            // Unittest takes every method that begins with `test`, pytest the same by default.
            Some(Around::TestClass) => true,
            None => self.is_test_file || (claims && name.starts_with("test_")),
            Some(Around::Class | Around::Function | Around::Module | Around::Block) => false,
        };
        let body = node.child_by_field_name("body");
        let dead = if is_test {
            let empty = body.and_then(|body| why_dead(walk.source, body));
            above.dead.or(empty).or_else(|| self.dead.clone())
        } else {
            None
        };
        let declared = walk.declare(Thing {
            kind: if is_test {
                TargetKind::Test
            } else {
                TargetKind::Function
            },
            name: name.to_owned(),
            named_by: name_node,
            whole: node,
            start: above.start,
            dead,
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

    fn class(&mut self, walk: &mut Walk<'s>, node: Node<'_>) {
        let above = self.take_above(node);
        let Some(name_node) = node.child_by_field_name("name") else {
            return;
        };
        let name = walk.source.text(name_node);
        let is_case = node.child_by_field_name("superclasses").is_some_and(|all| {
            let mut cursor = all.walk();
            all.named_children(&mut cursor).any(|class| {
                let class = walk.source.text(class);
                class.ends_with("TestCase") || self.cases.contains(class)
            })
        });
        if is_case {
            self.cases.insert(name);
        }
        let collected = self.is_test_file
            && name.starts_with("Test")
            && !walk.is_within(Around::Function)
            && walk.around() != Some(Around::Class);
        let is_tests = is_case || collected;
        let declared = walk.declare(Thing {
            kind: TargetKind::Item,
            name: name.to_owned(),
            named_by: name_node,
            whole: node,
            start: above.start,
            dead: None,
            many: false,
            own: above.own,
        });
        let around = if is_tests {
            Around::TestClass
        } else {
            Around::Class
        };
        walk.enter(declared, node, Some(name.to_owned()), around, above.dead);
    }

    fn take_above(&mut self, node: Node<'_>) -> Above {
        let above = self.above.take();
        above.unwrap_or_else(|| Above {
            start: node.start_byte(),
            own: Vec::new(),
            dead: None,
            many: false,
        })
    }
}

impl<'s> Reader<'s> for Python<'s> {
    fn visit(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        match node.kind() {
            "decorated_definition" => {
                self.decorated(walk, node);
                true
            }
            // Comments between decorators are seen, what is in the decorators is not.
            "decorator" => node.has_error(),
            "function_definition" => self.function(walk, node),
            "class_definition" => {
                self.class(walk, node);
                true
            }
            "import_statement" | "import_from_statement" => {
                self.names.import(walk.source, node);
                false
            }
            "assignment" => {
                let target = node
                    .child_by_field_name("left")
                    .map(|left| walk.source.text(left))
                    .unwrap_or_default();
                self.names.assigned(target);
                if target == "pytestmark" && walk.around().is_none() {
                    let value = node
                        .child_by_field_name("right")
                        .map(|right| walk.source.text(right))
                        .unwrap_or_default();
                    if value.contains("mark.skip(") || value.ends_with("mark.skip") {
                        self.dead = Some("the file is skipped by `pytestmark`".to_owned());
                    }
                }
                node.has_error() || self.deep
            }
            _ => true,
        }
    }
}

/// Returns whether pytest looks for tests in a file of this name, or a folder says that it does.
pub(crate) fn is_test_file(path: &str) -> bool {
    let stem = file_name(path);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    stem.starts_with("test")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || path
            .split('/')
            .rev()
            .skip(1)
            .any(|folder| matches!(folder, "tests" | "test"))
}

/// Says why a body tests nothing; none if it does.
fn why_dead(source: &Source<'_>, body: Node<'_>) -> Option<String> {
    let mut cursor = body.walk();
    let mut statements = body
        .named_children(&mut cursor)
        .filter(|child| !child.is_extra());
    let mut first = true;
    loop {
        let Some(statement) = statements.next() else {
            return Some("its body is empty".to_owned());
        };
        let expression = statement.named_child(0);
        match statement.kind() {
            "pass_statement" => {}
            "expression_statement"
                if expression.is_some_and(|inner| {
                    matches!(inner.kind(), "string" | "concatenated_string" | "ellipsis")
                }) => {}
            "expression_statement" if first => {
                let call = expression?;
                let function = call.child_by_field_name("function")?;
                return matches!(source.text(function), "pytest.skip" | "self.skipTest")
                    .then(|| "it skips itself".to_owned());
            }
            _ => return None,
        }
        first &= statement.kind() == "expression_statement";
    }
}
