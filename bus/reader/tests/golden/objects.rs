//! A repository as git names it: objects made from files, without git.

use std::collections::BTreeMap;

use sha1::{Digest as _, Sha1};
use trail_record::{CommitId, TreeId};

/// Objects by their names, in git's own bytes before compression: `KIND SIZE NUL CONTENT`.
pub(crate) type Objects = BTreeMap<String, Vec<u8>>;

/// The files of one commit.
pub(crate) type Tree = BTreeMap<String, String>;

/// Adds an object and returns its name.
fn add(objects: &mut Objects, kind: &str, content: &[u8]) -> String {
    let mut bytes = format!("{kind} {}\0", content.len()).into_bytes();
    bytes.extend_from_slice(content);
    let name: String = Sha1::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    objects.insert(name.clone(), bytes);
    name
}

/// Adds the trees and blobs of some files.
pub(crate) fn tree(objects: &mut Objects, files: &Tree) -> TreeId {
    TreeId::new(folder(objects, files))
}

fn folder(objects: &mut Objects, files: &Tree) -> String {
    let mut folders: BTreeMap<&str, Tree> = BTreeMap::new();
    // Git orders the names of folders as if they ended in `/`.
    let mut rows: BTreeMap<String, (&str, &str, String)> = BTreeMap::new();
    for (path, text) in files {
        match path.split_once('/') {
            Some((name, rest)) => {
                let inner = folders.entry(name).or_default();
                inner.insert(rest.to_owned(), text.clone());
            }
            None => {
                let blob = add(objects, "blob", text.as_bytes());
                rows.insert(path.clone(), ("100644", path, blob));
            }
        }
    }
    for (name, inner) in &folders {
        let tree = folder(objects, inner);
        rows.insert(format!("{name}/"), ("40000", name, tree));
    }
    let mut content = Vec::new();
    for (mode, name, object) in rows.values() {
        content.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        let raw = (0..object.len()).step_by(2);
        content.extend(raw.map(|at| u8::from_str_radix(&object[at..at + 2], 16).expect("hex")));
    }
    add(objects, "tree", &content)
}

/// Adds a commit.
pub(crate) fn commit(
    objects: &mut Objects,
    tree: &TreeId,
    parent: Option<&CommitId>,
    message: &str,
) -> CommitId {
    let parent = parent.map_or_else(String::new, |own| format!("parent {own}\n"));
    let who = "Golden <golden@trail.invalid> 1795165200 +0000";
    let content = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}");
    CommitId::new(add(objects, "commit", content.as_bytes()))
}
