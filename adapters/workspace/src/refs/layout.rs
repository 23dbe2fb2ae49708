//! The files of the shared history: the layout of a history directory (`bus/record/FORMAT.md`,
//! "A history as files"), so that a checkout is what every verifier of the format reads.
//!
//! An item's number is made from its project and id, so that machines that meet an item at the same
//! time agree on its folder without asking each other, and find it without reading the others.

use serde::{Deserialize, Serialize};
use trail_port::mirror::Kept;
use trail_record::chain::Subject;
use trail_record::{Blob, CommentId, Digest, ItemId, ItemKey, ProjectId, Text, UserId, canonical};

use super::Error;

/// The file that names an item.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectFile {
    project: ProjectId,
    item: ItemId,
    key: ItemKey,
}

/// One line of an item's comments.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    comment: CommentId,
    author: UserId,
    edited: bool,
    envelope: String,
}

/// Returns the file of a blob.
pub(super) fn blob(digest: &Digest<Blob>) -> String {
    let hex = digest.hex();
    format!("blobs/{}/{hex}", &hex[..2])
}

/// Returns the digest that the bytes of a blob's file must have; none if it is no blob's.
pub(super) fn digest(path: &str) -> Option<Digest<Blob>> {
    let (folder, digits) = path.strip_prefix("blobs/")?.split_once('/')?;
    let digest = format!("sha256:{digits}").parse().ok()?;
    (folder == &digits[..2]).then_some(digest)
}

/// Returns the folder of an item.
pub(super) fn item(subject: &Subject) -> String {
    let named = format!("{}\n{}", subject.project, subject.item);
    let digest = Digest::<Text>::of(named.as_bytes());
    let mut number = [0; 8];
    number.copy_from_slice(&digest.as_bytes()[..8]);
    format!("items/{}", u64::from_be_bytes(number))
}

/// Returns the file of an item's comments.
pub(super) fn comments(folder: &str) -> String {
    format!("{folder}/comments.jsonl")
}

/// Returns the file that names an item.
pub(super) fn subject(folder: &str) -> String {
    format!("{folder}/subject.json")
}

/// Returns the bytes of the file that names an item.
pub(super) fn name(subject: &Subject) -> Result<Vec<u8>, Error> {
    let named = SubjectFile {
        project: subject.project.clone(),
        item: subject.item.clone(),
        key: subject.key.clone(),
    };
    canonical::to_bytes(&named).map_err(|error| Error::Input(error.to_string()))
}

/// Reads the file that names an item.
pub(super) fn named(path: &str, bytes: &[u8]) -> Result<Subject, Error> {
    let named: SubjectFile = canonical::parse(bytes)
        .and_then(|value| canonical::from_value(&value))
        .map_err(|error| damaged(path, error))?;
    Ok(Subject {
        project: named.project,
        item: named.item,
        key: named.key,
    })
}

/// Returns the line of an entry, with its end.
pub(super) fn line(kept: &Kept) -> Result<Vec<u8>, Error> {
    let line = Line {
        comment: kept.comment.clone(),
        author: kept.author.clone(),
        edited: false,
        envelope: kept.envelope.clone(),
    };
    let mut bytes = canonical::to_bytes(&line).map_err(|error| Error::Input(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads an item's comments.
pub(super) fn lines(path: &str, bytes: &[u8]) -> Result<Vec<Kept>, Error> {
    let mut kept = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line: Line = canonical::parse(line.strip_suffix(b"\n").unwrap_or(line))
            .and_then(|value| canonical::from_value(&value))
            .map_err(|error| damaged(path, error))?;
        kept.push(Kept {
            seq: kept.len() as u64,
            comment: line.comment,
            author: line.author,
            envelope: line.envelope,
        });
    }
    Ok(kept)
}

/// Tells whether a file may grow at its end; all others stand as they were first written.
pub(super) fn grows(path: &str) -> bool {
    path.starts_with("items/") && path.ends_with("/comments.jsonl")
}

/// Returns how many lines a file of comments has.
pub(super) fn count(bytes: &[u8]) -> u64 {
    bytes.split_inclusive(|byte| *byte == b'\n').count() as u64
}

fn damaged(path: &str, problem: impl ToString) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject_of(item: &str) -> Subject {
        Subject {
            project: "p".into(),
            item: item.into(),
            key: "P-1".into(),
        }
    }

    #[test]
    fn a_blobs_file_says_its_digest_and_no_other_file_does() {
        let digest = Digest::of(b"some bytes");
        let path = blob(&digest);
        assert_eq!(super::digest(&path), Some(digest));
        for other in [
            path.replace("blobs/", "trust/"),
            path.to_uppercase(),
            format!("{path}0"),
            "blobs/é/é".to_owned(),
            "blobs/aa".to_owned(),
            format!("blobs/zz/{}", digest.hex()),
        ] {
            assert_eq!(super::digest(&other), None, "{other}");
        }
    }

    #[test]
    fn an_items_folder_is_a_number_of_its_own() {
        let (one, other) = (item(&subject_of("1")), item(&subject_of("2")));
        assert_ne!(one, other);
        assert!(one["items/".len()..].parse::<u64>().is_ok(), "{one}");
        let renamed = Subject {
            key: "Q-9".into(),
            ..subject_of("1")
        };
        assert_eq!(item(&renamed), one);
    }

    #[test]
    fn lines_read_as_written_and_damage_names_the_file() {
        let kept = |seq: u64| Kept {
            seq,
            comment: format!("c{seq}").as_str().into(),
            author: "bot".into(),
            envelope: "{\"line\": \"\n\"}".to_owned(),
        };
        let bytes = [line(&kept(0)).unwrap(), line(&kept(1)).unwrap()].concat();
        assert_eq!(count(&bytes), 2);
        assert_eq!(lines("f", &bytes).unwrap(), [kept(0), kept(1)]);
        let error = lines("items/1/comments.jsonl", b"{}\n").unwrap_err();
        assert!(
            error.to_string().contains("items/1/comments.jsonl"),
            "{error}"
        );
    }
}
