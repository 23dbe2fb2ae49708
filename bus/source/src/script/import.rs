//! Which names stand for the annotations.

use tree_sitter::Node;

use crate::Role;
use crate::source::Source;

/// How many names are kept; a file that binds more to the annotations is not made by people.
const MOST_NAMES: usize = 100;

/// The names a file has bound, as far as they matter.
#[derive(Debug, Default)]
pub(super) struct Names<'s> {
    bound: Vec<(&'s str, Meaning)>,
}

#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// The module with the annotations.
    Module,
    /// One of them.
    Role(Role),
    /// Something else.
    Other,
}

impl<'s> Names<'s> {
    /// Returns what a call's function stands for.
    pub(super) fn role(&self, source: &Source<'s>, function: Node<'_>) -> Option<Role> {
        match function.kind() {
            "identifier" => match self.meaning(source.text(function))? {
                Meaning::Role(role) => Some(role),
                Meaning::Module | Meaning::Other => None,
            },
            "member_expression" => {
                let object = function
                    .child_by_field_name("object")
                    .filter(|object| object.kind() == "identifier")?;
                let module = source.text(object);
                let ours = match self.meaning(module) {
                    Some(Meaning::Module) => true,
                    Some(Meaning::Role(_) | Meaning::Other) => false,
                    // A global, or a file that is cut.
                    None => module == "trail",
                };
                let word = source.text(function.child_by_field_name("property")?);
                ours.then(|| role(word)).flatten()
            }
            _ => None,
        }
    }

    /// Takes notice of `import ... from "module"`.
    pub(super) fn import(&mut self, source: &Source<'s>, node: Node<'_>) {
        let Some(module) = node.child_by_field_name("source") else {
            return;
        };
        let trail = is_trail(source.text(module).trim_matches(['"', '\'']));
        let mut cursor = node.walk();
        let Some(clause) = node
            .named_children(&mut cursor)
            .find(|child| child.kind() == "import_clause")
        else {
            return;
        };
        let mut cursor = clause.walk();
        for child in clause.named_children(&mut cursor) {
            match child.kind() {
                "identifier" => self.bind(source.text(child), trail, Meaning::Module),
                "namespace_import" => {
                    if let Some(name) = child.named_child(0) {
                        self.bind(source.text(name), trail, Meaning::Module);
                    }
                }
                "named_imports" => {
                    let mut cursor = child.walk();
                    for one in child.named_children(&mut cursor) {
                        self.specifier(source, one, trail);
                    }
                }
                _ => {}
            }
        }
    }

    fn specifier(&mut self, source: &Source<'s>, node: Node<'_>, trail: bool) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let bound = node.child_by_field_name("alias").unwrap_or(name);
        let meaning = match source.text(name) {
            "default" => Meaning::Module,
            name => role(name).map_or(Meaning::Other, Meaning::Role),
        };
        self.bind(source.text(bound), trail, meaning);
    }

    /// Takes notice of `const x = require("module")`, and of other values of our names. Returns
    /// whether that is all there is to the variable.
    pub(super) fn required(
        &mut self,
        source: &Source<'s>,
        name: Node<'_>,
        value: Node<'_>,
    ) -> bool {
        let module = value
            .child_by_field_name("function")
            .filter(|function| {
                function.kind() == "identifier" && source.text(*function) == "require"
            })
            .and_then(|_| value.child_by_field_name("arguments"))
            .and_then(|arguments| arguments.named_child(0));
        let Some(module) = module else {
            if name.kind() == "identifier" {
                let name = source.text(name);
                if name == "trail" || self.meaning(name).is_some() {
                    self.bind(name, false, Meaning::Other);
                }
            }
            return false;
        };
        let trail = is_trail(source.text(module).trim_matches(['"', '\'']));
        if name.kind() == "identifier" {
            self.bind(source.text(name), trail, Meaning::Module);
        } else if name.kind() == "object_pattern" {
            let mut cursor = name.walk();
            for part in name.named_children(&mut cursor) {
                let (key, bound) = match part.kind() {
                    "shorthand_property_identifier_pattern" => (Some(part), Some(part)),
                    "pair_pattern" => (
                        part.child_by_field_name("key"),
                        part.child_by_field_name("value"),
                    ),
                    _ => (None, None),
                };
                if let (Some(key), Some(bound)) = (key, bound) {
                    let meaning = role(source.text(key)).map_or(Meaning::Other, Meaning::Role);
                    self.bind(source.text(bound), trail, meaning);
                }
            }
        }
        true
    }

    fn meaning(&self, name: &str) -> Option<Meaning> {
        self.bound
            .iter()
            .find(|(bound, _)| *bound == name)
            .map(|(_, meaning)| *meaning)
    }

    /// Binds a name, if it matters: others must not make the list long.
    fn bind(&mut self, name: &'s str, trail: bool, meaning: Meaning) {
        let meaning = if trail { meaning } else { Meaning::Other };
        if trail || name == "trail" || self.meaning(name).is_some() {
            self.bound.retain(|(bound, _)| *bound != name);
            if self.bound.len() < MOST_NAMES {
                self.bound.push((name, meaning));
            }
        }
    }
}

/// Returns the role of a name the package exports; `implements` is a reserved word.
fn role(name: &str) -> Option<Role> {
    match name {
        "implementing" => Some(Role::Implements),
        _ => Role::of_word(name),
    }
}

/// Returns whether a module is Trail's, wherever it was put: `@trail/annotations`, `../trail.js`,
/// `./vendor/trail/index.js`.
fn is_trail(module: &str) -> bool {
    module
        .split('/')
        .any(|part| part.split('.').next() == Some("trail") || part == "@trail")
}
