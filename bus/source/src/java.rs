//! Java: annotations, comments, and what JUnit runs.

use tree_sitter::Node;

use crate::literal::{Argument, Spelling, Value, make};
use crate::source::{Place, Source};
use crate::walk::{Around, Reader, Thing, Walk};
use crate::{Annotation, Role, TargetKind};

const SPELLING: Spelling = Spelling {
    work_item: "workItem",
    by_place: false,
    example: "`@Role(workItem = \"PROJ-12\", criterion = \"AC-3\")`",
};

/// Reads Java.
#[derive(Default)]
pub(crate) struct Java<'s> {
    /// Simple names that are imported, and whether from Trail's package.
    imported: Vec<(&'s str, bool)>,
    /// Whether all names of Trail's package are imported, or the file is in it.
    all: bool,
}

/// What annotations say of what they stand on.
#[derive(Default)]
struct Above {
    own: Vec<Annotation>,
    test: bool,
    dead: Option<String>,
    many: bool,
}

impl<'s> Java<'s> {
    fn import(&mut self, source: &Source<'s>, node: Node<'_>) {
        let mut cursor = node.walk();
        let mut name = "";
        let mut all = false;
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                "asterisk" => all = true,
                "identifier" | "scoped_identifier" => name = source.text(child),
                _ => {}
            }
        }
        if all {
            self.all |= is_trail(name);
        } else if let Some((package, last)) = name.rsplit_once('.')
            && role(last).is_some()
        {
            self.imported.retain(|(name, _)| *name != last);
            self.imported.push((last, is_trail(package)));
        }
    }

    /// Returns the role of an annotation, if it is ours.
    fn role(&self, name: &str, has_work_item: bool) -> Option<Role> {
        let (package, simple) = match name.rsplit_once('.') {
            Some((package, simple)) => (Some(package), simple),
            None => (None, name),
        };
        let role = role(simple)?;
        let ours = match package {
            Some(package) => is_trail(package),
            None => match self.imported.iter().find(|(name, _)| *name == simple) {
                Some((_, trail)) => *trail,
                // Neither imported nor of the language: of this package, so a copy of ours if it is
                // written like ours.
                None => self.all || has_work_item,
            },
        };
        ours.then_some(role)
    }

    fn above(&self, walk: &mut Walk<'s>, node: Node<'_>) -> Above {
        let mut above = Above::default();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                "modifiers" => {
                    let mut cursor = child.walk();
                    for one in child.named_children(&mut cursor) {
                        self.annotation(walk, one, &mut above);
                    }
                }
                "marker_annotation" | "annotation" => self.annotation(walk, child, &mut above),
                _ => {}
            }
        }
        above
    }

    fn annotation(&self, walk: &mut Walk<'s>, node: Node<'_>, above: &mut Above) {
        if !matches!(node.kind(), "marker_annotation" | "annotation") || node.has_error() {
            return;
        }
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let name = walk.source.text(name);
        // The container that holds several of one.
        if let Some(inner) = name.strip_suffix(".All")
            && role(inner.rsplit('.').next().unwrap_or(inner)).is_some()
        {
            for nested in nested(node) {
                // One container in another is not Java.
                let contained = nested.child_by_field_name("name");
                if contained.is_some_and(|name| !walk.source.text(name).ends_with(".All")) {
                    self.annotation(walk, nested, above);
                }
            }
            return;
        }
        let text = walk.source.text(node);
        if let Some(role) = self.role(name, text.contains("workItem")) {
            let arguments = arguments(walk.source, node);
            above
                .own
                .extend(make(walk, role, node, SPELLING, &arguments));
            return;
        }
        match name.rsplit('.').next().unwrap_or(name) {
            "Test" => {
                above.test = true;
                if text.contains("enabled = false") || text.contains("enabled=false") {
                    above.dead = Some("it is marked `enabled = false`".to_owned());
                }
            }
            "Property" | "Example" | "Theory" => above.test = true,
            "ParameterizedTest" | "RepeatedTest" | "TestFactory" | "TestTemplate" => {
                above.test = true;
                above.many = true;
            }
            word @ ("Disabled" | "Ignore") => {
                above.dead = Some(format!("it is marked `@{word}`"));
            }
            _ => {}
        }
    }

    fn method(&self, walk: &mut Walk<'s>, node: Node<'_>) {
        let above = self.above(walk, node);
        let Some(name_node) = node.child_by_field_name("name") else {
            walk.lose(above.own);
            return;
        };
        let name = walk.source.text(name_node);
        let body = node.child_by_field_name("body");
        let by_name = walk.around() == Some(Around::TestClass) && name.starts_with("test");
        let is_test = (above.test || by_name) && node.kind() == "method_declaration";
        let empty = body.is_some_and(|body| {
            let mut cursor = body.walk();
            body.named_children(&mut cursor)
                .all(|child| child.is_extra())
        });
        let dead = above
            .dead
            .or_else(|| empty.then(|| "its body is empty".to_owned()));
        walk.declare(Thing {
            kind: if is_test {
                TargetKind::Test
            } else {
                TargetKind::Function
            },
            name: name.to_owned(),
            named_by: name_node,
            whole: node,
            start: node.start_byte(),
            dead: dead.filter(|_| is_test),
            many: above.many,
            own: above.own,
        });
    }

    fn class(&self, walk: &mut Walk<'s>, node: Node<'_>) {
        let above = self.above(walk, node);
        let Some(name_node) = node.child_by_field_name("name") else {
            walk.lose(above.own);
            return;
        };
        let name = walk.source.text(name_node).to_owned();
        // JUnit 3 goes by names.
        let is_case = node
            .child_by_field_name("superclass")
            .is_some_and(|parent| walk.source.text(parent).ends_with("TestCase"));
        let declared = walk.declare(Thing {
            kind: TargetKind::Item,
            name: name.clone(),
            named_by: name_node,
            whole: node,
            start: node.start_byte(),
            dead: None,
            many: false,
            own: above.own,
        });
        let around = if is_case {
            Around::TestClass
        } else {
            Around::Class
        };
        walk.enter(declared, node, Some(name), around, above.dead);
    }

    fn other(&self, walk: &mut Walk<'s>, node: Node<'_>, name: Node<'_>) {
        let above = self.above(walk, node);
        if above.own.is_empty() && !walk.is_waiting() {
            return;
        }
        walk.declare(Thing {
            kind: TargetKind::Item,
            name: walk.source.text(name).to_owned(),
            named_by: name,
            whole: node,
            start: node.start_byte(),
            dead: None,
            many: false,
            own: above.own,
        });
    }
}

impl<'s> Reader<'s> for Java<'s> {
    fn is_comment(&self, kind: &str) -> bool {
        matches!(kind, "line_comment" | "block_comment")
    }

    fn visit(&mut self, walk: &mut Walk<'s>, node: Node<'_>) -> bool {
        match node.kind() {
            "import_declaration" => {
                self.import(walk.source, node);
                false
            }
            "package_declaration" => {
                let mut cursor = node.walk();
                let name = node
                    .named_children(&mut cursor)
                    .find(|child| matches!(child.kind(), "identifier" | "scoped_identifier"));
                if let Some(name) = name {
                    self.all |= is_trail(walk.source.text(name));
                    self.other(walk, node, name);
                }
                false
            }
            "method_declaration" | "constructor_declaration" => {
                self.method(walk, node);
                true
            }
            "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration" => {
                self.class(walk, node);
                true
            }
            "field_declaration" => {
                let name = node
                    .child_by_field_name("declarator")
                    .and_then(|declarator| declarator.child_by_field_name("name"));
                if let Some(name) = name {
                    self.other(walk, node, name);
                }
                true
            }
            "enum_constant" => {
                if let Some(name) = node.child_by_field_name("name") {
                    self.other(walk, node, name);
                }
                true
            }
            // They were read with what they stand on.
            "marker_annotation" | "annotation" | "string_literal" => node.has_error(),
            _ => true,
        }
    }
}

fn role(name: &str) -> Option<Role> {
    match name {
        "Validates" => Some(Role::Validates),
        "Implements" => Some(Role::Implements),
        "Documents" => Some(Role::Documents),
        _ => None,
    }
}

/// Returns whether a package is Trail's, wherever it was put: `trail`, `com.example.trail`.
fn is_trail(package: &str) -> bool {
    package.split('.').any(|part| part == "trail")
}

/// Returns the annotations in the arguments of another one.
fn nested(node: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = node.child_by_field_name("arguments") else {
        return Vec::new();
    };
    let mut open = vec![list];
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                "annotation" => found.push(child),
                "element_value_array_initializer" | "element_value_pair" => open.push(child),
                _ => {}
            }
        }
    }
    found
}

fn arguments<'s>(source: &Source<'s>, node: Node<'_>) -> Vec<Argument<'s>> {
    let Some(list) = node.child_by_field_name("arguments") else {
        return Vec::new();
    };
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .map(|child| {
            let at = source.place(child);
            let (key, value) = (
                child.child_by_field_name("key"),
                child.child_by_field_name("value"),
            );
            match (key, value) {
                (Some(key), Some(value)) => {
                    let name = source.text(key);
                    let value = match self::value(source, value) {
                        // What the annotation has if nothing is written.
                        Value::Number("0") if name == "revision" => Value::Nothing,
                        value => value,
                    };
                    Argument {
                        name: Some(name),
                        value,
                        at,
                    }
                }
                _ => Argument {
                    name: None,
                    value: self::value(source, child),
                    at,
                },
            }
        })
        .collect()
}

fn value<'s>(source: &Source<'s>, node: Node<'_>) -> Value<'s> {
    if let Some((text, place)) = text(source, node) {
        return Value::Text(text, place);
    }
    match node.kind() {
        "decimal_integer_literal" => Value::Number(source.text(node)),
        "element_value_array_initializer" => {
            let mut cursor = node.walk();
            let all: Option<Vec<_>> = node
                .named_children(&mut cursor)
                .filter(|child| !child.is_extra())
                .map(|child| text(source, child))
                .collect();
            all.map_or(Value::Computed, Value::List)
        }
        _ => Value::Computed,
    }
}

fn text<'s>(source: &Source<'s>, node: Node<'_>) -> Option<(&'s str, Place)> {
    let whole = source.text(node);
    let inner = whole.get(1..whole.len().saturating_sub(1))?;
    (node.kind() == "string_literal" && !whole.starts_with("\"\"\""))
        .then(|| (inner, source.place(node)))
}
