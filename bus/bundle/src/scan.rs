//! Reading a bundle's container: every member is looked at once, in order, and nothing is extracted.
//!
//! Memory stays bounded by the manifest; contents are hashed as they pass.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest as _, Sha256};
use trail_record::{Blob, Digest, canonical};

use crate::archive::{self, BLOCK, Block};
use crate::layout::{self, Misnamed};
use crate::manifest::{self, Manifest};
use crate::problem::{Problem, Word};

/// Where a member's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) size: u64,
}

/// What a container holds.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The manifest, if it can be read.
    pub(crate) manifest: Option<Manifest>,
    /// The members after it that are what the manifest says.
    pub(crate) members: BTreeMap<String, Span>,
    /// What is wrong with the container.
    pub(crate) problems: Vec<Problem>,
}

/// Tells whether a file begins as a bundle does: with the header of a manifest.
///
/// # Errors
/// If it cannot be read.
pub fn is_bundle<R: Read + Seek>(file: &mut R) -> io::Result<bool> {
    let mut block = [0; BLOCK as usize];
    file.seek(SeekFrom::Start(0))?;
    let whole = fill(file, &mut block)?;
    // Whatever is wrong with the rest is a finding, as long as it begins as an archive.
    Ok(whole && &block[257..262] == b"ustar")
}

/// Reads as much as there is; tells whether the buffer is full.
fn fill<R: Read>(file: &mut R, buffer: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => return Ok(false),
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// A scan under way.
struct Scanner<'f, R> {
    file: &'f mut R,
    /// How long the file is.
    length: u64,
    at: u64,
    names: BTreeSet<String>,
    last: String,
    scan: Scan,
}

/// Whether a scan can go on after a member.
#[derive(PartialEq, Eq)]
enum Step {
    On,
    Stop,
}

/// Scans a container.
///
/// # Errors
/// If the file cannot be read; whatever is in it is no error.
pub(crate) fn scan<R: Read + Seek>(file: &mut R) -> io::Result<Scan> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut scanner = Scanner {
        file,
        length,
        at: 0,
        names: BTreeSet::new(),
        last: String::new(),
        scan: Scan::default(),
    };
    if scanner.manifest()? == Step::On {
        while scanner.member()? == Step::On {}
    }
    Ok(scanner.scan)
}

impl<R: Read + Seek> Scanner<'_, R> {
    fn tell(&mut self, problem: Problem) {
        self.scan.problems.push(problem);
    }

    fn stop(&mut self, problem: Problem) -> io::Result<Step> {
        self.tell(problem);
        Ok(Step::Stop)
    }

    /// Reads the next header; none if the file ends before it does.
    fn block(&mut self) -> io::Result<Option<Block>> {
        let mut block = [0; BLOCK as usize];
        if !fill(self.file, &mut block)? {
            return Ok(None);
        }
        self.at += BLOCK;
        Ok(Some(archive::read(&block)))
    }

    /// Reads the manifest, which comes first.
    fn manifest(&mut self) -> io::Result<Step> {
        let wrong = |detail: &str| Problem::of(Word::BundleManifest, manifest::NAME, detail);
        let size = match self.block()? {
            Some(Block::File { name, size, plain }) if name == manifest::NAME => {
                if !plain {
                    let detail = "its header is not the one of bundles";
                    return self.stop(Problem::of(Word::BundleHeader, name, detail));
                }
                size
            }
            Some(_) => return self.stop(wrong("it is not the first member")),
            None => return self.stop(cut("before its manifest")),
        };
        if size > layout::limit(manifest::NAME).unwrap_or(0) {
            let detail = format!("{size} bytes are more than a manifest may have");
            return self.stop(Problem::of(Word::BundleSize, manifest::NAME, detail));
        }
        let start = self.at;
        if size + archive::gap(size) > self.length - start {
            return self.stop(cut("inside its manifest"));
        }
        let bytes = self.take(size)?;
        if self.skip_gap(manifest::NAME, size)? == Step::Stop {
            return Ok(Step::Stop);
        }
        let value = match canonical::parse(&bytes) {
            Ok(value) => value,
            Err(error) => return self.stop(wrong(&error.to_string())),
        };
        // The version is looked at before the shape, so that a newer bundle is named as such.
        let format = value.get("format").and_then(serde_json::Value::as_u64);
        if format.is_some_and(|format| format > u64::from(manifest::FORMAT)) {
            let detail = format!(
                "the bundle has format {}, this program reads up to {}: use a newer trail",
                format.unwrap_or_default(),
                manifest::FORMAT
            );
            return self.stop(Problem::of(Word::UnknownFormat, manifest::NAME, detail));
        }
        let read: Manifest = match canonical::from_bytes(&bytes) {
            Ok(read) => read,
            Err(error) => return self.stop(wrong(&error.to_string())),
        };
        let ordered = read
            .members
            .windows(2)
            .all(|pair| pair[0].name < pair[1].name);
        let reasons = read
            .withheld
            .iter()
            .all(|own| !own.reason.trim().is_empty());
        if !ordered || !reasons {
            return self.stop(wrong(if ordered {
                "something is withheld without a reason"
            } else {
                "its members are not in order, each once"
            }));
        }
        self.scan.manifest = Some(read);
        Ok(Step::On)
    }

    /// Looks at the next member, or at the end.
    fn member(&mut self) -> io::Result<Step> {
        match self.block()? {
            None => self.stop(cut("where a member or the end should begin")),
            Some(Block::End) => self.end(),
            Some(Block::Unreadable) => self.stop(Problem::whole(
                Word::BundleHeader,
                format!("there is no header at byte {}", self.at - BLOCK),
            )),
            Some(Block::Other(name, size)) => {
                let detail =
                    "it is a link, a folder, a device or another thing that is no plain file";
                self.tell(Problem::of(Word::BundleLink, name.as_str(), detail));
                self.names.insert(name.clone());
                self.pass(&name, size)
            }
            Some(Block::File { name, size, plain }) => {
                let first = self.names.insert(name.clone());
                if !plain {
                    let detail = "its header is not the one of bundles";
                    self.tell(Problem::of(Word::BundleHeader, name.as_str(), detail));
                    return self.pass(&name, size);
                }
                self.file(&name, size, first)
            }
        }
    }

    /// Passes over the content of a member that is no member.
    fn pass(&mut self, name: &str, size: u64) -> io::Result<Step> {
        if size.saturating_add(archive::gap(size)) > self.length - self.at {
            return self.stop(cut(&format!("inside {name:?}")));
        }
        self.at += size;
        self.file.seek(SeekFrom::Start(self.at))?;
        self.skip_gap(name, size)
    }

    /// Compares a plain file with the manifest; `first` tells whether its name is new.
    fn file(&mut self, name: &str, size: u64, first: bool) -> io::Result<Step> {
        let limit = match layout::limit(name) {
            Ok(limit) => limit,
            Err(Misnamed::Name) => {
                let detail = "no member of a bundle has such a name";
                self.tell(Problem::of(Word::BundleName, name, detail));
                return self.pass(name, size);
            }
            Err(Misnamed::Nested) => {
                let detail = "a bundle holds no other archive";
                self.tell(Problem::of(Word::BundleNested, name, detail));
                return self.pass(name, size);
            }
        };
        if name == manifest::NAME || !first {
            self.tell(Problem::of(
                Word::BundleDuplicate,
                name,
                "it is there twice",
            ));
            return self.pass(name, size);
        }
        if self.last.as_str() > name {
            let detail = format!("it stands after {:?}", self.last);
            self.tell(Problem::of(Word::BundleOrder, name, detail));
        }
        name.clone_into(&mut self.last);
        let members = self
            .scan
            .manifest
            .as_ref()
            .map_or(&[][..], |own| &own.members);
        let listed = members.binary_search_by(|own| own.name.as_str().cmp(name));
        let Ok(index) = listed else {
            let detail = "the manifest does not list it";
            self.tell(Problem::of(Word::BundleUnlisted, name, detail));
            return self.pass(name, size);
        };
        let expected = members[index].clone();
        if size != expected.size || size > limit {
            let detail = if size > limit {
                format!("{size} bytes are more than such a member may have ({limit})")
            } else {
                format!("it has {size} bytes, the manifest says {}", expected.size)
            };
            self.tell(Problem::of(Word::BundleSize, name, detail));
            return self.pass(name, size);
        }
        if size + archive::gap(size) > self.length - self.at {
            return self.stop(cut(&format!("inside {name:?}")));
        }
        let start = self.at;
        if self.hash(size)? == expected.sha256 {
            let span = Span { start, size };
            self.scan.members.insert(name.to_owned(), span);
        } else {
            let detail = format!("its bytes are not {}", expected.sha256);
            self.tell(Problem::of(Word::BundleDigest, name, detail));
        }
        self.skip_gap(name, size)
    }

    fn take(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.by_ref().take(size).read_to_end(&mut bytes)?;
        self.at += size;
        Ok(bytes)
    }

    fn hash(&mut self, size: u64) -> io::Result<Digest<Blob>> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut left = size;
        while left > 0 {
            let part = usize::try_from(left.min(buffer.len() as u64)).unwrap_or(buffer.len());
            if !fill(self.file, &mut buffer[..part])? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            hasher.update(&buffer[..part]);
            left -= part as u64;
        }
        self.at += size;
        Ok(Digest::from_bytes(hasher.finalize().into()))
    }

    /// Passes over the bytes of nothing after a content.
    fn skip_gap(&mut self, name: &str, size: u64) -> io::Result<Step> {
        let mut gap = vec![0; usize::try_from(archive::gap(size)).unwrap_or_default()];
        if !fill(self.file, &mut gap)? {
            return self.stop(cut(&format!("inside {name:?}")));
        }
        self.at += gap.len() as u64;
        if gap.iter().any(|byte| *byte != 0) {
            let detail = "there is something in the gap after it";
            self.tell(Problem::of(Word::BundlePadded, name, detail));
        }
        Ok(Step::On)
    }

    /// Checks that the bundle ends here, and that nothing is missing.
    fn end(&mut self) -> io::Result<Step> {
        match self.block()? {
            Some(Block::End) if self.at == self.length => {}
            Some(Block::End) => {
                let detail = format!("{} bytes follow the end", self.length - self.at);
                self.tell(Problem::whole(Word::BundlePadded, detail));
            }
            Some(_) => {
                let detail = "members follow the end";
                self.tell(Problem::whole(Word::BundlePadded, detail));
            }
            None => return self.stop(cut("inside its end")),
        }
        let members = self
            .scan
            .manifest
            .as_ref()
            .map_or(&[][..], |own| &own.members);
        let missing = members.iter().filter(|own| !self.names.contains(&own.name));
        let problems: Vec<Problem> = missing
            .map(|own| {
                let detail = "the manifest lists it, and it is not there";
                Problem::of(Word::BundleMissing, own.name.as_str(), detail)
            })
            .collect();
        self.scan.problems.extend(problems);
        Ok(Step::Stop)
    }
}

fn cut(place: &str) -> Problem {
    Problem::whole(Word::BundleCut, format!("the bundle ends {place}"))
}
