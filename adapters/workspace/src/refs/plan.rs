//! What one commit adds on top of a head. Adding is by content and by place in a chain, so the same
//! batch can be planned again on another head when a race is lost.

use super::objects::Objects;
use super::pending::{Batch, Entries};
use super::{Error, layout};

/// A commit to be made.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The rest of a `git fast-import` commit: message, parents, files; none if all is there.
    pub(super) stream: Option<Vec<u8>>,
    /// What cannot be added; it is told and left out.
    pub(super) refused: Vec<Error>,
}

/// Plans a commit that adds `batch` to `base`.
pub(super) async fn plan(
    objects: &Objects,
    base: Option<&str>,
    batch: &Batch,
) -> Result<Plan, Error> {
    let mut plan = Plan::default();
    let mut changes = Changes::default();
    for (path, bytes) in &batch.files {
        match there(objects, base, path).await? {
            Some(found) if found == **bytes => {}
            // A blob's name says what it must hold, so false bytes are replaced by true ones.
            Some(_) if layout::digest(path).is_none() => plan.refused.push(Error::Damaged {
                path: path.clone(),
                problem: "another one is kept there; is this the history of another set-up?".into(),
            }),
            Some(_) | None => changes.write(path, bytes),
        }
    }
    for (folder, entries) in &batch.entries {
        if let Err(error) = extend(objects, base, folder, entries, &mut changes).await? {
            plan.refused.push(error);
        }
    }
    plan.stream = (changes.count > 0).then(|| {
        let items = batch.entries.len();
        let blobs = batch.files.len();
        let parent = base.map(|base| vec![base]).unwrap_or_default();
        changes.stream(&format!("{blobs} files, entries of {items} items"), &parent)
    });
    Ok(plan)
}

/// Adds what an item's file of comments lacks; the inner error is what is wrong with it.
async fn extend(
    objects: &Objects,
    base: Option<&str>,
    folder: &str,
    entries: &Entries,
    changes: &mut Changes,
) -> Result<Result<(), Error>, Error> {
    let path = layout::comments(folder);
    let before = there(objects, base, &path).await?;
    let mut bytes = before.clone().unwrap_or_default();
    if bytes.last().is_some_and(|last| *last != b'\n') {
        let problem = "the last line has no end".to_owned();
        return Ok(Err(Error::Damaged { path, problem }));
    }
    let count = layout::count(&bytes);
    if entries.kept.range(..count).next().is_some() {
        let kept = match layout::lines(&path, &bytes) {
            Ok(kept) => kept,
            Err(error) => return Ok(Err(error)),
        };
        let other = kept
            .iter()
            .find(|own| entries.kept.get(&own.seq).is_some_and(|new| new != *own));
        if let Some(other) = other {
            let problem = format!("entry {} is kept there otherwise; it stays", other.seq);
            return Ok(Err(Error::Damaged { path, problem }));
        }
    }
    let mut next = count;
    for (seq, kept) in entries.kept.range(count..) {
        if *seq != next {
            let problem = format!("entry {next} is not there, so {seq} cannot be added");
            return Ok(Err(Error::Damaged { path, problem }));
        }
        bytes.extend(layout::line(kept)?);
        next += 1;
    }
    if next == count {
        return Ok(Ok(()));
    }
    let name = layout::subject(folder);
    if there(objects, base, &name).await?.is_none() {
        changes.write(&name, &layout::name(&entries.subject)?);
    }
    changes.write(&path, &bytes);
    Ok(Ok(()))
}

async fn there(
    objects: &Objects,
    base: Option<&str>,
    path: &str,
) -> Result<Option<Vec<u8>>, Error> {
    match base {
        Some(base) => objects.file(base, path).await,
        None => Ok(None),
    }
}

/// The files that a commit changes, as `git fast-import` reads them.
#[derive(Debug, Default)]
pub(super) struct Changes {
    text: Vec<u8>,
    pub(super) count: u64,
}

impl Changes {
    /// Writes a file. Its path is one of the layout's: nothing in it needs quoting.
    pub(super) fn write(&mut self, path: &str, bytes: &[u8]) {
        let head = format!("M 100644 inline {path}\ndata {}\n", bytes.len());
        self.text.extend(head.as_bytes());
        self.text.extend(bytes);
        self.text.push(b'\n');
        self.count += 1;
    }

    /// Makes a file the object that is in the cache already.
    pub(super) fn link(&mut self, path: &str, oid: &str) {
        let line = format!("M 100644 {oid} {}\n", quoted(path));
        self.text.extend(line.as_bytes());
        self.count += 1;
    }

    /// Returns the rest of a commit; the first of `parents` is the one it is made on.
    pub(super) fn stream(self, message: &str, parents: &[&str]) -> Vec<u8> {
        let mut out = format!("data {}\n{message}\n", message.len()).into_bytes();
        for (index, parent) in parents.iter().enumerate() {
            let word = if index == 0 { "from" } else { "merge" };
            out.extend(format!("{word} {parent}\n").as_bytes());
        }
        out.extend(self.text);
        out
    }
}

/// Returns a path as `git fast-import` reads any path (git-fast-import, "filemodify").
fn quoted(path: &str) -> String {
    let path = path.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", path.replace('\n', "\\n"))
}
