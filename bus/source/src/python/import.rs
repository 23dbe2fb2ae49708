//! Which names stand for the annotations.

use tree_sitter::Node;

use crate::Role;
use crate::source::Source;

/// How many names are kept; a file that binds more to the annotations is not made by people.
const MOST_NAMES: usize = 100;

/// The names a file has bound, as far as they matter.
#[derive(Debug, Default)]
pub(super) struct Names<'s> {
    /// Names that were bound, the last meaning first.
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
    /// Returns what a decorator's path stands for: `trail.validates`, or a name that was imported.
    pub(super) fn role(&self, path: &str) -> Option<Role> {
        match path.rsplit_once('.') {
            Some((module, word)) => {
                let role = Role::of_word(word)?;
                let ours = match self.meaning(module) {
                    Some(Meaning::Module) => true,
                    Some(Meaning::Role(_) | Meaning::Other) => false,
                    // A file that is cut, or a module that is put into every file.
                    None => module == "trail",
                };
                ours.then_some(role)
            }
            None => match self.meaning(path)? {
                Meaning::Role(role) => Some(role),
                Meaning::Module | Meaning::Other => None,
            },
        }
    }

    /// Takes notice of a name that is given another meaning.
    pub(super) fn assigned(&mut self, name: &'s str) {
        if name == "trail" || self.meaning(name).is_some() {
            self.bind(name, Meaning::Other);
        }
    }

    /// Takes notice of an import.
    pub(super) fn import(&mut self, source: &Source<'s>, node: Node<'_>) {
        let from = node
            .child_by_field_name("module_name")
            .map(|module| source.text(module));
        let mut cursor = node.walk();
        for child in node.children_by_field_name("name", &mut cursor) {
            let (name, bound) = if child.kind() == "aliased_import" {
                let field = |field| child.child_by_field_name(field).map(|n| source.text(n));
                let (Some(name), Some(alias)) = (field("name"), field("alias")) else {
                    continue;
                };
                (name, alias)
            } else {
                let name = source.text(child);
                (name, name)
            };
            let last = name.rsplit('.').next().unwrap_or(name);
            let meaning = match from {
                Some(module) if is_trail(module) => {
                    Role::of_word(name).map_or(Meaning::Other, Meaning::Role)
                }
                // `from vendor import trail`, `import vendor.trail as trail`.
                Some(_) | None if last == "trail" => Meaning::Module,
                Some(_) | None => Meaning::Other,
            };
            // A file has few imports that matter; others must not make the list long.
            if !matches!(meaning, Meaning::Other)
                || bound == "trail"
                || self.meaning(bound).is_some()
            {
                self.bind(bound, meaning);
            }
        }
        let mut cursor = node.walk();
        let all = node
            .named_children(&mut cursor)
            .any(|child| child.kind() == "wildcard_import");
        if all && from.is_some_and(is_trail) {
            for role in [Role::Validates, Role::Implements, Role::Documents] {
                self.bind(role.word(), Meaning::Role(role));
            }
        }
    }

    fn meaning(&self, name: &str) -> Option<Meaning> {
        self.bound
            .iter()
            .find(|(bound, _)| *bound == name)
            .map(|(_, meaning)| *meaning)
    }

    fn bind(&mut self, name: &'s str, meaning: Meaning) {
        self.bound.retain(|(bound, _)| *bound != name);
        if self.bound.len() < MOST_NAMES {
            self.bound.push((name, meaning));
        }
    }
}

/// Returns whether a module is Trail's, wherever it was put: `trail`, `vendor.trail`, `.trail`.
fn is_trail(module: &str) -> bool {
    module.rsplit('.').next() == Some("trail")
}
