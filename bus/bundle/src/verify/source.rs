//! The members of a sound bundle, read where they lie.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use trail_reader::history::{Error, History, Item, Kept};
use trail_record::{Blob, Digest, Policy};

use crate::layout::{self, GIT, HISTORY, POLICY};
use crate::problem::{Problem, Word};
use crate::scan::Span;

/// A bundle's file with where its members are.
pub(crate) struct Source<R> {
    file: Mutex<R>,
    members: BTreeMap<String, Span>,
}

impl<R> fmt::Debug for Source<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bundle of {} members", self.members.len())
    }
}

impl<R: Read + Seek + Send> Source<R> {
    pub(crate) const fn new(file: R, members: BTreeMap<String, Span>) -> Self {
        Self {
            file: Mutex::new(file),
            members,
        }
    }

    /// Returns a member's bytes; its size was compared with its kind's limit.
    pub(crate) fn read(&self, name: &str) -> Option<Vec<u8>> {
        let span = self.members.get(name)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(span.start)).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(span.size).ok()?);
        file.by_ref().take(span.size).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Returns the names of members that begin so, in their order, without that beginning.
    fn under(&self, folder: &str) -> impl Iterator<Item = (&str, &String)> {
        self.members
            .keys()
            .filter_map(move |name| Some((name.strip_prefix(folder)?, name)))
    }

    /// Returns a git object's bytes.
    pub(crate) fn object(&self, name: &str) -> Option<Vec<u8>> {
        self.read(&layout::object(name))
    }

    /// Returns the digest of the policy's files, if there are any: that of the lines
    /// `<sha-256 in hex>  <name>`, as `policies/README.md` has it.
    pub(crate) fn policy(&self) -> Option<Digest<Policy>> {
        let mut listing = String::new();
        for (name, member) in self.under(POLICY) {
            let digest = Digest::<Blob>::of(&self.read(member)?).hex();
            writeln!(listing, "{digest}  {name}").ok()?;
        }
        (!listing.is_empty()).then(|| Digest::of(listing.as_bytes()))
    }

    /// Says which git objects have other bytes than their names stand for, whether or not anything
    /// asked for them.
    pub(crate) fn strays(&self, _items: &[super::Item]) -> Vec<Problem> {
        self.under(GIT)
            .filter_map(|(own, member)| {
                let name = own.replace('/', "");
                let bytes = self.read(member)?;
                let detail = "its bytes are not those its name stands for";
                (crate::git::name_of(&bytes, &name) != name)
                    .then(|| Problem::of(Word::GitObject, member.as_str(), detail))
            })
            .collect()
    }
}

impl<R: Read + Seek + Send + 'static> Source<R> {
    /// Reads the history; blobs are read when they are asked for.
    pub(crate) fn history(self: &Arc<Self>) -> Result<History, Error> {
        let missing = |name: &str| Error::Content {
            path: name.into(),
            line: None,
            problem: "it is not in the bundle".to_owned(),
        };
        let operator = "history/operator.pub";
        let text = self.read(operator).ok_or_else(|| missing(operator))?;
        let wrong = |problem: String| Error::Content {
            path: operator.into(),
            line: None,
            problem,
        };
        let text = String::from_utf8(text).map_err(|error| wrong(error.to_string()))?;
        let parsed = text.trim_end().parse();
        let operator =
            parsed.map_err(|error: trail_record::key::Error| wrong(error.to_string()))?;
        let mut numbers = BTreeMap::new();
        for (own, _) in self.under("history/items/") {
            let folder = own.split('/').next().unwrap_or_default();
            let number: u64 = folder.parse().map_err(|_| missing(own))?;
            let before = numbers.insert(number, folder.to_owned());
            if before.is_some_and(|before| before != folder) {
                let problem = format!("the number {number} is there twice");
                let path = format!("{HISTORY}items/{folder}").into();
                return Err(Error::Name { path, problem });
            }
        }
        let mut items = Vec::new();
        for folder in numbers.values() {
            let name = format!("{HISTORY}items/{folder}");
            let file = |file: &str| {
                let member = format!("{name}/{file}");
                self.read(&member).ok_or_else(|| missing(&member))
            };
            let (subject, comments) = (file("subject.json")?, file("comments.jsonl")?);
            let comments = BufReader::new(Cursor::new(comments));
            items.push(Item::parse(Path::new(&name), &subject, comments)?);
        }
        Ok(History {
            operator,
            trust: self.numbered("history/trust/")?,
            checkpoints: self
                .under("history/checkpoints/")
                .filter_map(|(_, member)| self.read(member))
                .collect(),
            items,
            blobs: super::kept(self),
        })
    }

    /// Returns the contents of files that are named by numbers, in the numbers' order.
    fn numbered(&self, folder: &str) -> Result<Vec<Vec<u8>>, Error> {
        let mut found = BTreeMap::new();
        for (own, member) in self.under(folder) {
            let number: u64 = own.trim_end_matches(".json").parse().unwrap_or_default();
            let bytes = self.read(member).unwrap_or_default();
            if found.insert(number, bytes).is_some() {
                let problem = format!("the number {number} is there twice");
                let path = member.into();
                return Err(Error::Name { path, problem });
            }
        }
        Ok(found.into_values().collect())
    }
}

impl<R: Read + Seek + Send> Kept for Source<R> {
    fn get(&self, digest: &Digest<Blob>) -> Option<Vec<u8>> {
        self.read(&layout::blob(&digest.hex()))
    }

    fn digests(&self) -> Vec<Digest<Blob>> {
        self.under("history/blobs/")
            .filter_map(|(own, _)| format!("sha256:{}", own.get(3..)?).parse().ok())
            .collect()
    }
}
