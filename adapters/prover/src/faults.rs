//! Where faults are made, and in which order.
//!
//! Two kinds of criteria need them. A new thing that could not be built on the base is faulted where
//! the change is: first whole hunks of the change are taken back, then single faults are made on its
//! lines. What is to stay as it was is faulted where the item might write but the change did not,
//! and only then on the change's own lines.
//!
//! Files take turns. One whose fault made a wanted test fail comes again at once; one whose fault
//! no test noticed, or that did not build, waits for the others.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

use similar::{DiffOp, TextDiff};
use trail_port::Worktree;
use trail_port::prover::Question;
use trail_port::workspace::{Error, Listed};
use trail_record::{Blob, Digest, glob};

use crate::bench::Bench;

/// The most files in which faults are looked for besides the change's own.
const MOST_FILES: usize = 400;

/// One fault that could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) file: Digest<Blob>,
    pub(crate) line: u32,
    pub(crate) start: u64,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) operator: String,
}

impl Fault {
    /// Returns the file's text with the fault in it; none if the text is another.
    pub(crate) fn applied(&self, source: &str) -> Option<String> {
        if Digest::<Blob>::of(source.as_bytes()) != self.file {
            return None;
        }
        let start = usize::try_from(self.start).ok()?;
        let end = start.checked_add(self.before.len())?;
        if source.get(start..end)? != self.before {
            return None;
        }
        Some(format!(
            "{}{}{}",
            &source[..start],
            self.after,
            &source[end..]
        ))
    }
}

/// Files with the faults that are left to be tried in each, in turn.
#[derive(Debug, Default)]
struct Queue {
    files: VecDeque<(String, VecDeque<Fault>)>,
}

impl Queue {
    fn add(&mut self, path: &str, faults: Vec<Fault>) {
        if !faults.is_empty() {
            self.files.push_back((path.to_owned(), faults.into()));
        }
    }

    fn next(&mut self) -> Option<Fault> {
        let (path, mut faults) = self.files.pop_front()?;
        let fault = faults.pop_front()?;
        if !faults.is_empty() {
            self.files.push_back((path, faults));
        }
        Some(fault)
    }

    /// Brings a file's faults to the front.
    fn prefer(&mut self, path: &str) {
        if let Some(at) = self.files.iter().position(|(own, _)| own == path)
            && let Some(file) = self.files.remove(at)
        {
            self.files.push_front(file);
        }
    }
}

/// The faults that are left to be tried.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    new: Queue,
    kept: Queue,
    texts: BTreeMap<String, String>,
    turn: bool,
}

impl Faults {
    /// Finds where faults could be made.
    pub(crate) async fn find(bench: &Bench<'_>, question: &Question) -> Result<Self, Error> {
        let mut changed = bench.changed().await?;
        changed.retain(|path| !question.test_paths.contains(path));
        let laid = bench.open_change().await?;
        let mut others = below(laid.worktree.as_ref(), question).await?;
        others.retain(|path| !changed.contains(path));
        drop(laid);
        let was = bench.texts(&question.base, &changed).await?;
        let mut faults = Self::default();
        let now = bench.texts(&question.head, &changed).await?;
        for ((path, was), now) in changed.iter().zip(was).zip(now) {
            if let Some(now) = now.filter(|now| is_product(path, now)) {
                faults.add_changed(path, was.as_deref().unwrap_or_default(), now);
            }
        }
        let texts = bench.texts(&question.head, &others).await?;
        for (path, text) in others.iter().zip(texts) {
            if let Some(text) = text.filter(|text| is_product(path, text)) {
                let found = single(path, &text, &[]);
                faults.kept.add(path, found);
                faults.texts.insert(path.clone(), text);
            }
        }
        Ok(faults)
    }

    fn add_changed(&mut self, path: &str, was: &str, now: String) {
        let diff = TextDiff::from_lines(was, now.as_str());
        let mut hunks = Vec::new();
        let mut lines: Vec<RangeInclusive<u32>> = Vec::new();
        for op in diff.ops() {
            if matches!(op, DiffOp::Equal { .. }) {
                continue;
            }
            let (old, new) = (op.old_range(), op.new_range());
            if !new.is_empty() {
                lines.push(number(new.start + 1)..=number(new.end));
            }
            // A file of the change's own cannot be taken back and leave something to be tested.
            if !was.is_empty() {
                hunks.extend(hunk(path, was, &now, old, new));
            }
        }
        let single_new = single(path, &now, &lines);
        hunks.extend(single_new);
        let touched = |fault: &Fault| lines.iter().any(|own| own.contains(&fault.line));
        let (on_change, off_change): (Vec<_>, Vec<_>) =
            single(path, &now, &[]).into_iter().partition(touched);
        // In the change's own files what it left as it was comes first.
        self.kept
            .add(path, off_change.into_iter().chain(on_change).collect());
        self.new.add(path, hunks);
        self.texts.insert(path.to_owned(), now);
    }

    /// Returns the next fault, for criteria that keep something, for others, or in turn for both;
    /// with the text of its file.
    pub(crate) fn next(&mut self, keeps: bool, new: bool) -> Option<(Fault, String)> {
        self.turn = !self.turn;
        let first = new && (self.turn || !keeps);
        let fault = if first {
            self.new.next().or_else(|| keeps.then(|| self.kept.next())?)
        } else {
            let kept = keeps.then(|| self.kept.next()).flatten();
            kept.or_else(|| new.then(|| self.new.next())?)
        }?;
        let text = self.texts.get(&fault.path)?.clone();
        Some((fault, text))
    }

    /// Learns whether a wanted test noticed a fault.
    pub(crate) fn told(&mut self, fault: &Fault, noticed: bool) {
        if noticed {
            self.new.prefer(&fault.path);
            self.kept.prefer(&fault.path);
        }
    }

    /// Learns that a fault did not build.
    pub(crate) fn unbuilt(&mut self, fault: &Fault) {
        tracing::debug!(
            path = fault.path,
            line = fault.line,
            operator = fault.operator,
            "a fault did not build"
        );
    }
}

/// Tells whether faults may be made in a file: it holds product code that is understood.
fn is_product(path: &str, text: &str) -> bool {
    trail_source::holds(path, text.as_bytes()).product
}

/// Returns the single faults of a file on the given lines, or everywhere.
fn single(path: &str, text: &str, lines: &[RangeInclusive<u32>]) -> Vec<Fault> {
    let file = Digest::of(text.as_bytes());
    let found = trail_source::mutations(path, text.as_bytes(), lines);
    found
        .into_iter()
        .map(|own| Fault {
            path: path.to_owned(),
            file,
            line: own.line,
            start: own.start as u64,
            before: own.before,
            after: own.after,
            operator: own.operator.to_owned(),
        })
        .collect()
}

/// Returns the fault that takes one hunk of the change back.
fn hunk(
    path: &str,
    was: &str,
    now: &str,
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
) -> Option<Fault> {
    let (start, end) = (offset(now, new.start), offset(now, new.end));
    let (from, to) = (offset(was, old.start), offset(was, old.end));
    let (before, after) = (now.get(start..end)?, was.get(from..to)?);
    Some(Fault {
        path: path.to_owned(),
        file: Digest::of(now.as_bytes()),
        line: number(new.start + 1),
        start: start as u64,
        before: before.to_owned(),
        after: after.to_owned(),
        operator: "reverse-hunk".to_owned(),
    })
}

/// Returns where a line begins, counted from 0.
fn offset(text: &str, line: usize) -> usize {
    let mut lines = text.split_inclusive('\n');
    lines.by_ref().take(line).map(str::len).sum()
}

fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Lists the files in which something may be kept.
async fn below(worktree: &dyn Worktree, question: &Question) -> Result<Vec<String>, Error> {
    let mut files = Vec::new();
    let mut folders = VecDeque::from([String::new()]);
    while let Some(folder) = folders.pop_front() {
        for Listed { path, folder, .. } in worktree.list(&folder).await? {
            if folder {
                folders.push_back(path);
            } else if glob::any(&question.product, &path) && !question.test_paths.contains(&path) {
                files.push(path);
                if files.len() >= MOST_FILES {
                    return Ok(files);
                }
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunk_that_is_taken_back_gives_the_base_again() {
        let was = "one\ntwo\nthree\n";
        for now in [
            "one\n2\nthree\n",
            "one\nthree\n",
            "zero\none\ntwo\nthree\n",
            "one\ntwo\nthree",
        ] {
            let mut faults = Faults::default();
            faults.add_changed("a.rs", was, now.to_owned());
            let (fault, text) = faults.next(false, true).unwrap();
            assert_eq!(fault.operator, "reverse-hunk");
            assert_eq!(fault.applied(&text).as_deref(), Some(was), "{now:?}");
            assert_eq!(fault.applied("another text"), None);
        }
    }

    #[test]
    fn files_take_turns_and_one_that_was_noticed_comes_again() {
        let fault = |path: &str, line| Fault {
            path: path.to_owned(),
            file: Digest::of(b""),
            line,
            start: 0,
            before: String::new(),
            after: String::new(),
            operator: "x".to_owned(),
        };
        let mut queue = Queue::default();
        queue.add("a", vec![fault("a", 1), fault("a", 2), fault("a", 3)]);
        queue.add("b", vec![fault("b", 1), fault("b", 2)]);
        let mut order = Vec::new();
        while let Some(next) = queue.next() {
            order.push(format!("{}{}", next.path, next.line));
            if order.len() == 1 {
                queue.prefer("a");
            }
        }
        assert_eq!(order, ["a1", "a2", "b1", "a3", "b2"]);
    }
}
