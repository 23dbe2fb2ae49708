//! Which delivered work builds on which: by its own word, or because it changed the same files later.
//!
//! One computation for the worker that answers `/revert` and for readers that tell what is suspect.

use std::collections::BTreeSet;

use trail_record::{ItemKey, Moment};

/// Work that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The item.
    pub key: ItemKey,
    /// What it says must be done first.
    pub depends_on: Vec<ItemKey>,
    /// The files its delivered patchsets change.
    pub files: BTreeSet<String>,
    /// When it was delivered.
    pub at: Moment,
}

/// Work that builds on other work, directly or through further work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependant {
    /// Its place among the others that were given.
    pub index: usize,
    /// Why, for people, one for each that it builds on.
    pub because: Vec<String>,
}

/// Most files that a reason names.
const NAMED: usize = 5;

/// Returns which of `others` build on `own`, the newest delivery first: in that order each can be
/// taken back before what it builds on.
#[must_use]
pub fn dependants(own: &Work, others: &[Work]) -> Vec<Dependant> {
    let mut order: Vec<usize> = (0..others.len())
        .filter(|index| others[*index].key != own.key)
        .collect();
    order.sort_by(|a, b| (others[*a].at, &others[*a].key).cmp(&(others[*b].at, &others[*b].key)));
    let mut found: Vec<Dependant> = Vec::new();
    // What builds on later work may be delivered before it (it waited for it by its word alone), so
    // the round is repeated until nothing more is found.
    loop {
        let mut grown = false;
        for index in &order {
            if found.iter().any(|known| known.index == *index) {
                continue;
            }
            let other = &others[*index];
            let bases = std::iter::once(own).chain(found.iter().map(|known| &others[known.index]));
            let because: Vec<String> = bases.filter_map(|base| reason(base, other)).collect();
            if !because.is_empty() {
                grown = true;
                found.push(Dependant {
                    index: *index,
                    because,
                });
            }
        }
        if !grown {
            break;
        }
    }
    found.sort_by(|a, b| {
        let (a, b) = (&others[a.index], &others[b.index]);
        (b.at, &b.key).cmp(&(a.at, &a.key))
    });
    found
}

/// Says why `later` builds on `base`, if it does.
#[must_use]
pub fn reason(base: &Work, later: &Work) -> Option<String> {
    let said = later
        .depends_on
        .contains(&base.key)
        .then(|| format!("it says that it depends on {}", base.key));
    let shared: Vec<&str> = if later.at > base.at {
        base.files
            .intersection(&later.files)
            .map(String::as_str)
            .collect()
    } else {
        Vec::new()
    };
    let more = shared.len().saturating_sub(NAMED);
    let named = shared[..shared.len().min(NAMED)].join(", ");
    let changed = match (shared.len(), more) {
        (0, _) => None,
        (_, 0) => Some(format!("it changed {named} after {}", base.key)),
        (_, more) => Some(format!(
            "it changed {named} and {more} more files after {}",
            base.key
        )),
    };
    match (said, changed) {
        (Some(said), Some(changed)) => Some(format!("{said}, and {changed}")),
        (said, changed) => said.or(changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(key: &str, at: i64, depends_on: &[&str], files: &[&str]) -> Work {
        Work {
            key: key.into(),
            depends_on: depends_on.iter().map(|key| (*key).into()).collect(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            at: Moment::from_millis(at),
        }
    }

    fn told(own: &Work, others: &[Work]) -> Vec<(String, Vec<String>)> {
        dependants(own, others)
            .into_iter()
            .map(|found| (others[found.index].key.to_string(), found.because))
            .collect()
    }

    #[test]
    fn work_builds_on_what_it_names_and_on_files_it_changed_later() {
        let own = work("P-1", 10, &[], &["src/a.rs", "src/b.rs"]);
        let others = [
            work("P-2", 20, &["P-1"], &["src/x.rs"]),
            work("P-3", 30, &[], &["src/b.rs", "src/c.rs"]),
            work("P-4", 5, &[], &["src/a.rs"]),
            work("P-5", 40, &[], &["src/c.rs"]),
            work("P-6", 50, &[], &["src/z.rs"]),
        ];
        assert_eq!(
            told(&own, &others),
            [
                (
                    "P-5".to_owned(),
                    vec!["it changed src/c.rs after P-3".to_owned()]
                ),
                (
                    "P-3".to_owned(),
                    vec!["it changed src/b.rs after P-1".to_owned()]
                ),
                (
                    "P-2".to_owned(),
                    vec!["it says that it depends on P-1".to_owned()]
                ),
            ]
        );
    }

    #[test]
    fn nothing_builds_on_work_that_came_later_or_on_itself() {
        let own = work("P-1", 10, &["P-1"], &["a"]);
        let others = [
            work("P-1", 20, &["P-1"], &["a"]),
            work("P-2", 10, &[], &["a"]),
        ];
        assert_eq!(told(&own, &others), []);
    }

    #[test]
    fn circles_of_words_end() {
        let own = work("P-1", 10, &["P-2"], &[]);
        let others = [
            work("P-2", 20, &["P-1", "P-3"], &[]),
            work("P-3", 15, &["P-2"], &[]),
        ];
        let keys: Vec<String> = told(&own, &others).into_iter().map(|own| own.0).collect();
        assert_eq!(keys, ["P-2", "P-3"]);
    }
}
