//! Which names stand for the annotations.

use tree_sitter::{Node, Tree};

use crate::Role;
use crate::source::Source;

/// How many names are kept; a file that binds more to the annotations is not made by people.
const MOST_NAMES: usize = 100;

/// The names by which a file calls the annotations, besides `trail::validates`.
#[derive(Debug, Default)]
pub(super) struct Names<'s> {
    /// Other names of the crate.
    crates: Vec<&'s str>,
    /// Names of the macros themselves.
    macros: Vec<(&'s str, Role)>,
}

impl<'s> Names<'s> {
    /// Reads all `use` of a file, wherever they stand: they hold for what is above them, too.
    pub(super) fn of_file(source: &Source<'s>, tree: &Tree) -> Self {
        let mut names = Self::default();
        // Any other file needs no walk of its own.
        if !["use trail", "use ::trail", "crate trail"]
            .iter()
            .any(|words| source.text.contains(words))
        {
            return names;
        }
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            let into = match node.kind() {
                "use_declaration" => {
                    if let Some(argument) = node.child_by_field_name("argument") {
                        names.used(source.text(argument));
                    }
                    false
                }
                "extern_crate_declaration" => {
                    names.extern_crate(source, node);
                    false
                }
                _ => node.child_count() > 0,
            };
            if into && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return names;
                }
            }
        }
    }

    /// Returns what an attribute's path stands for.
    pub(super) fn role(&self, path: &str) -> Option<Role> {
        match path.rsplit_once("::") {
            Some((krate, word)) => {
                let krate = krate.strip_prefix("::").unwrap_or(krate);
                let ours = krate == "trail" || self.crates.contains(&krate);
                ours.then(|| Role::of_word(word)).flatten()
            }
            None => self
                .macros
                .iter()
                .find(|(name, _)| *name == path)
                .map(|(_, role)| *role),
        }
    }

    /// Reads what follows `use`: `trail::validates`, `trail::{validates as v, implements}`,
    /// `trail::*`, `trail as t`. Of what is nested deeper nothing can be ours.
    fn used(&mut self, path: &'s str) {
        if self.crates.len() + self.macros.len() >= MOST_NAMES {
            return;
        }
        let path = path.trim().trim_start_matches("::");
        if let Some(alias) = alias(path, "trail") {
            self.crates.push(alias);
            return;
        }
        let Some(rest) = path
            .strip_prefix("trail")
            .and_then(|rest| rest.trim_start().strip_prefix("::"))
        else {
            return;
        };
        let rest = rest.trim();
        let list = rest
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(rest);
        for one in list.split(',').map(str::trim).take(MOST_NAMES) {
            for role in [Role::Validates, Role::Implements, Role::Documents] {
                if one == role.word() || one == "*" {
                    self.macros.push((role.word(), role));
                } else if let Some(alias) = alias(one, role.word()) {
                    self.macros.push((alias, role));
                }
            }
            if let Some(alias) = alias(one, "self") {
                self.crates.push(alias);
            }
        }
    }

    fn extern_crate(&mut self, source: &Source<'s>, node: Node<'_>) {
        let field = |name| node.child_by_field_name(name).map(|n| source.text(n));
        if let (Some("trail"), Some(alias)) = (field("name"), field("alias"))
            && self.crates.len() < MOST_NAMES
        {
            self.crates.push(alias);
        }
    }
}

/// Reads `NAME as ALIAS`.
fn alias<'s>(text: &'s str, name: &str) -> Option<&'s str> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(first), Some("as"), Some(alias), None) if first == name => Some(alias),
        _ => None,
    }
}
