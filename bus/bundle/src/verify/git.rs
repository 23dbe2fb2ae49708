//! The commits of an item, against the git objects of the bundle.

use std::collections::BTreeMap;

use super::Item;
use crate::facts::Facts;
use crate::git::{self, Fault};
use crate::layout;
use crate::problem::{Problem, Word};

/// Checks every commit of an item, and that the delivered head follows from its base by them alone.
pub(crate) fn check(
    item: &Item,
    facts: &Facts,
    find: impl Fn(&str) -> Option<Vec<u8>>,
) -> (Vec<Problem>, Vec<String>) {
    let key = &item.judged.subject.key;
    let (mut problems, mut unchecked) = (Vec::new(), Vec::new());
    let mut find = |name: &str| find(name);
    for (made, patchset) in &facts.commits {
        let Some(patchset) = patchset.and_then(|digest| facts.patchsets.get(&digest)) else {
            // Without its patchset, a commit is a finding of the history already.
            continue;
        };
        let commit = &made.commit;
        match git::check(&mut find, made, patchset) {
            Ok(()) => {}
            Err(Fault::Missing(name)) => unchecked.push(format!(
                "{key}: what commit {commit} holds: git object {name} is not in the bundle"
            )),
            Err(Fault::Damaged(name, detail)) => {
                // Bytes of another name are told for every object, asked for or not.
                if detail != "its bytes have another name" {
                    let member = layout::object(&name);
                    problems.push(Problem::of(Word::GitObject, member, detail));
                }
            }
            Err(Fault::Other(detail)) => {
                problems.push(Problem::whole(Word::GitTree, format!("{key}: {detail}")));
            }
        }
    }
    let made: BTreeMap<_, _> = facts
        .commits
        .iter()
        .map(|(own, _)| (&own.commit, own))
        .collect();
    for receipt in &facts.receipts {
        if made
            .get(&receipt.head)
            .is_none_or(|own| own.tree != receipt.tree)
        {
            let detail = format!(
                "{key}: what was delivered, {}, is no sealed commit",
                receipt.head
            );
            problems.push(Problem::whole(Word::GitTree, detail));
        }
    }
    (problems, unchecked)
}
