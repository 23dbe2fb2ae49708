//! What git objects say of the commits an item made: that each is the sealed one, and that its tree
//! differs from its parent's by exactly the bytes of its sealed patchset.
//!
//! Objects are kept as git hashes them, uncompressed: `KIND SIZE NUL CONTENT`, under their names.

use std::collections::BTreeMap;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use trail_record::body::{CommitMade, FileChange, Patchset};
use trail_record::{Blob, CommitId, Digest};

/// Where git objects are found; none if an object is not here.
pub type Find<'f> = dyn FnMut(&str) -> Option<Vec<u8>> + 'f;

/// How deep folders may be nested, and how many of them one commit may change: far more than any
/// commit of ours does, and few enough that trees which hold each other over and over end.
const DEEPEST: usize = 128;
const MOST_FOLDERS: usize = 10_000;

/// What was found of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An object is not here: what it would show could not be checked.
    Missing(String),
    /// An object's bytes are not those of its name, or no object of its kind.
    Damaged(String, String),
    /// The commit or its tree is not what was sealed.
    Other(String),
}

/// Names an object as git does: by SHA-1, or by SHA-256 where names are as long.
#[must_use]
pub fn name_of(bytes: &[u8], like: &str) -> String {
    let hex = |digest: &[u8]| digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if like.len() == 64 {
        hex(&Sha256::digest(bytes))
    } else {
        hex(&Sha1::digest(bytes))
    }
}

/// Returns an object's bytes as git hashes them.
#[must_use]
pub fn loose(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{kind} {}\0", content.len()).into_bytes();
    bytes.extend_from_slice(content);
    bytes
}

/// Finds an object and returns its content, if its bytes have its name and it is of this kind.
fn content(find: &mut Find<'_>, name: &str, kind: &str) -> Result<Vec<u8>, Fault> {
    let bytes = find(name).ok_or_else(|| Fault::Missing(name.to_owned()))?;
    let damaged = |detail: &str| Fault::Damaged(name.to_owned(), detail.to_owned());
    if name_of(&bytes, name) != name {
        return Err(damaged("its bytes have another name"));
    }
    let head = format!("{kind} ");
    let rest = bytes.strip_prefix(head.as_bytes());
    let rest = rest.ok_or_else(|| damaged(&format!("it is no {kind}")))?;
    let end = rest.iter().position(|byte| *byte == 0);
    let (size, content) = rest.split_at(end.ok_or_else(|| damaged("it has no header"))?);
    if size == (content.len() - 1).to_string().as_bytes() {
        Ok(content[1..].to_vec())
    } else {
        Err(damaged("its header names another size"))
    }
}

/// A commit's tree and parents.
struct Commit {
    tree: String,
    parents: Vec<String>,
}

fn commit(find: &mut Find<'_>, name: &str) -> Result<Commit, Fault> {
    let bytes = content(find, name, "commit")?;
    let head = bytes
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.is_empty());
    let mut commit = Commit {
        tree: String::new(),
        parents: Vec::new(),
    };
    for line in head {
        let line = String::from_utf8_lossy(line);
        if let Some(tree) = line
            .strip_prefix("tree ")
            .filter(|_| commit.tree.is_empty())
        {
            tree.clone_into(&mut commit.tree);
        } else if let Some(parent) = line.strip_prefix("parent ") {
            commit.parents.push(parent.to_owned());
        } else {
            break;
        }
    }
    Ok(commit)
}

/// The rows of a tree: mode and object by name.
type Rows = BTreeMap<Vec<u8>, (String, String)>;

fn tree(find: &mut Find<'_>, name: &str) -> Result<Rows, Fault> {
    let bytes = content(find, name, "tree")?;
    let damaged = || Fault::Damaged(name.to_owned(), "it is no tree".to_owned());
    let (mut rows, mut rest) = (Rows::new(), &bytes[..]);
    let width = name.len() / 2;
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ');
        let (mode, after) = rest.split_at(space.ok_or_else(damaged)?);
        let end = after.iter().position(|byte| *byte == 0);
        let (own, after) = after.split_at(end.ok_or_else(damaged)?);
        let raw = after.get(1..=width).ok_or_else(damaged)?;
        let object: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
        let mode = String::from_utf8_lossy(mode).into_owned();
        if own.len() < 2 || rows.insert(own[1..].to_vec(), (mode, object)).is_some() {
            return Err(damaged());
        }
        rest = &after[1 + width..];
    }
    Ok(rows)
}

/// A path that two trees differ in, with mode and object before and after.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    before: Option<(String, String)>,
    after: Option<(String, String)>,
}

/// What was met on a walk.
#[derive(Default)]
struct Walk {
    folders: usize,
    found: BTreeMap<String, Difference>,
}

/// Walks two trees and notes every file in which they differ; folders that are the same are not
/// looked into, and need not be here.
fn differences(
    find: &mut Find<'_>,
    before: Option<&str>,
    after: Option<&str>,
    folder: &str,
    walk: &mut Walk,
) -> Result<(), Fault> {
    walk.folders += 1;
    if folder.matches('/').count() > DEEPEST || walk.folders > MOST_FOLDERS {
        return Err(Fault::Other(format!(
            "there are too many folders at {folder:?}"
        )));
    }
    let rows = |find: &mut Find<'_>, name: Option<&str>| match name {
        Some(name) => tree(find, name),
        None => Ok(Rows::new()),
    };
    let (before, after) = (rows(find, before)?, rows(find, after)?);
    let names: std::collections::BTreeSet<&Vec<u8>> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (one, other) = (before.get(name), after.get(name));
        if one == other {
            continue;
        }
        let path = format!("{folder}{}", String::from_utf8_lossy(name));
        let is_folder = |own: Option<&(String, String)>| own.is_some_and(|own| own.0 == "40000");
        let inner = |own: Option<&(String, String)>| {
            own.filter(|own| own.0 == "40000").map(|own| own.1.clone())
        };
        if is_folder(one) || is_folder(other) {
            let (one, other) = (inner(one), inner(other));
            let deeper = format!("{path}/");
            let (one, other) = (one.as_deref(), other.as_deref());
            differences(find, one, other, &deeper, walk)?;
        }
        let file = |own: Option<&(String, String)>| own.filter(|own| own.0 != "40000").cloned();
        let difference = Difference {
            before: file(one),
            after: file(other),
        };
        if difference.before.is_some() || difference.after.is_some() {
            walk.found.insert(path, difference);
        }
    }
    Ok(())
}

/// Checks one sealed commit against its objects.
///
/// # Errors
/// The first thing that is not as sealed, or could not be looked at.
pub fn check(find: &mut Find<'_>, made: &CommitMade, patchset: &Patchset) -> Result<(), Fault> {
    let own = commit(find, made.commit.as_str())?;
    if own.tree != made.tree.as_str() {
        return Err(Fault::Other(format!(
            "commit {} has tree {}, sealed was {}",
            made.commit, own.tree, made.tree
        )));
    }
    if own.parents != [made.parent.as_str()] {
        return Err(Fault::Other(format!(
            "commit {} has other parents than the sealed {}",
            made.commit, made.parent
        )));
    }
    let parent = commit(find, made.parent.as_str())?;
    let mut walk = Walk::default();
    differences(find, Some(&parent.tree), Some(&own.tree), "", &mut walk)?;
    let mut found = walk.found;
    for file in &patchset.files {
        let difference = found.remove(&file.path);
        changed(find, &made.commit, file, difference.as_ref())?;
    }
    match found.keys().next() {
        None => Ok(()),
        Some(path) => Err(Fault::Other(format!(
            "commit {} changes {path:?}, which its sealed patchset does not",
            made.commit
        ))),
    }
}

/// Checks one file of a patchset against what the trees say of it.
fn changed(
    find: &mut Find<'_>,
    commit: &CommitId,
    file: &FileChange,
    difference: Option<&Difference>,
) -> Result<(), Fault> {
    let other = |what: &str| {
        Err(Fault::Other(format!(
            "commit {commit}: {:?} {what}",
            file.path
        )))
    };
    let Some(difference) = difference else {
        // The same bytes as before are no difference; everything else is.
        let same = file.after.as_ref().map(|text| Digest::of(text.as_bytes()));
        return if same == file.before {
            Ok(())
        } else {
            other("is not changed, though the sealed patchset changes it")
        };
    };
    match (&file.after, &difference.after) {
        (None, None) => {}
        (Some(text), Some((mode, object))) => {
            if !matches!(mode.as_str(), "100644" | "100755") {
                return other("is no plain file");
            }
            if name_of(&loose("blob", text.as_bytes()), object) != *object {
                return other("does not hold the sealed bytes");
            }
        }
        (Some(_), None) => return other("is gone, though the sealed patchset writes it"),
        (None, Some(_)) => return other("is there, though the sealed patchset deletes it"),
    }
    match (&file.before, &difference.before) {
        (None, None) => Ok(()),
        (Some(before), Some((_, object))) => {
            let bytes = content(find, object, "blob")?;
            if Digest::<Blob>::of(&bytes) == *before {
                Ok(())
            } else {
                other("held other bytes before than the sealed patchset says")
            }
        }
        (Some(_), None) => other("was not there before, though the sealed patchset replaces it"),
        (None, Some(_)) => other("was there before, though the sealed patchset makes it"),
    }
}

/// Returns the names of the objects that [`check`] looks at, as far as `find` has them.
pub fn needed(find: &mut Find<'_>, made: &CommitMade, patchset: &Patchset) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    let mut noting = |name: &str| {
        let bytes = find(name);
        if bytes.is_some() {
            names.insert(name.to_owned());
        }
        bytes
    };
    // What is wrong with them is for whoever verifies.
    let _ = check(&mut noting, made, patchset);
    names.into_iter().collect()
}
