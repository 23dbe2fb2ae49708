//! The files of a history directory.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use trail_record::chain::Subject;
use trail_record::{
    Blob, CommentId, Digest, ItemId, ItemKey, ProjectId, PublicKey, UserId, canonical,
};

use super::{Blobs, Comment, Error, History, Item};

/// How long one line or small file may be: far more than any tracker lets a comment be.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The file that names an item.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectFile {
    project: ProjectId,
    item: ItemId,
    key: ItemKey,
}

pub(super) fn load(dir: &Path) -> Result<History, Error> {
    let operator_path = dir.join("operator.pub");
    let operator = text(&operator_path)?;
    let operator: PublicKey = operator
        .trim_end()
        .parse()
        .map_err(|error| content(&operator_path, None, error))?;
    let mut items = Vec::new();
    for path in numbered(&dir.join("items"), "")? {
        items.push(item(&path)?);
    }
    Ok(History {
        operator,
        trust: wholes(&numbered(&dir.join("trust"), ".json")?)?,
        checkpoints: wholes(&jsons(&dir.join("checkpoints"))?)?,
        items,
        blobs: Blobs::Dir(dir.join("blobs")),
    })
}

fn item(dir: &Path) -> Result<Item, Error> {
    let subject = whole(&dir.join("subject.json"))?;
    let comments = open(&dir.join("comments.jsonl"))?;
    parse(dir, &subject, BufReader::new(comments))
}

pub(super) fn parse(dir: &Path, subject: &[u8], comments: impl BufRead) -> Result<Item, Error> {
    let path = dir.join("subject.json");
    let named: SubjectFile = canonical::parse(subject)
        .and_then(|value| canonical::from_value(&value))
        .map_err(|error| content(&path, None, error))?;
    Ok(Item {
        subject: Subject {
            project: named.project,
            item: named.item,
            key: named.key,
        },
        comments: read_comments(&dir.join("comments.jsonl"), comments)?,
    })
}

/// A line of a comment that is not backdated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    comment: CommentId,
    author: UserId,
    edited: bool,
    envelope: String,
}

/// Reads one line; `backdated` may be left out, all else is there.
fn comment(line: &[u8]) -> Result<Comment, canonical::Error> {
    let value = canonical::parse(line)?;
    if value.get("backdated").is_some() {
        return canonical::from_value(&value);
    }
    let plain: Plain = canonical::from_value(&value)?;
    Ok(Comment {
        comment: plain.comment,
        author: plain.author,
        edited: plain.edited,
        backdated: false,
        envelope: plain.envelope,
    })
}

fn read_comments(path: &Path, mut reader: impl BufRead) -> Result<Vec<Comment>, Error> {
    let mut comments: Vec<Comment> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for number in 1.. {
        let mut line = Vec::new();
        let read = reader.by_ref().take(MAX_BYTES).read_until(b'\n', &mut line);
        if read.map_err(|source| io(path, source))? == 0 {
            break;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        if line.len() as u64 >= MAX_BYTES {
            return Err(content(
                path,
                Some(number),
                "the line is longer than 16 MiB",
            ));
        }
        let comment = comment(line).map_err(|error| content(path, Some(number), error))?;
        if !seen.insert(comment.comment.clone()) {
            let problem = format!("comment {} is listed twice", comment.comment);
            return Err(content(path, Some(number), problem));
        }
        comments.push(comment);
    }
    Ok(comments)
}

/// Returns the entries of `dir` that are named by a number and `suffix`, in the numbers' order.
/// Any other name is an error, so that nothing is left out unsaid.
fn numbered(dir: &Path, suffix: &str) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for (name, path) in names(dir)? {
        let number = name
            .strip_suffix(suffix)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u64>().ok());
        let Some(number) = number else {
            let problem = format!("expected a number{suffix}");
            return Err(Error::Name { path, problem });
        };
        if found.iter().any(|(other, _)| *other == number) {
            let problem = format!("the number {number} is there twice");
            return Err(Error::Name { path, problem });
        }
        found.push((number, path));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn jsons(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (name, path) in names(dir)? {
        if Path::new(&name)
            .extension()
            .is_none_or(|extension| extension != "json")
        {
            let problem = "expected a name that ends in .json".to_owned();
            return Err(Error::Name { path, problem });
        }
        found.push(path);
    }
    found.sort();
    Ok(found)
}

fn names(dir: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut found = Vec::new();
    if dir.is_symlink() {
        return Err(leads_elsewhere(dir.to_owned()));
    }
    for entry in fs::read_dir(dir).map_err(|source| io(dir, source))? {
        let entry = entry.map_err(|source| io(dir, source))?;
        let path = entry.path();
        if entry
            .file_type()
            .map_err(|source| io(&path, source))?
            .is_symlink()
        {
            return Err(leads_elsewhere(path));
        }
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            let problem = "expected a name in UTF-8".to_owned();
            return Err(Error::Name { path, problem });
        };
        found.push((name, path));
    }
    Ok(found)
}

/// Opens a file that is none but itself.
fn open(path: &Path) -> Result<File, Error> {
    let kind = fs::symlink_metadata(path)
        .map_err(|source| io(path, source))?
        .file_type();
    if !kind.is_file() {
        return Err(leads_elsewhere(path.to_owned()));
    }
    File::open(path).map_err(|source| io(path, source))
}

fn whole(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|source| io(path, source))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(content(path, None, "the file is longer than 16 MiB"));
    }
    Ok(bytes)
}

fn wholes(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Error> {
    paths.iter().map(|path| whole(path)).collect()
}

fn text(path: &Path) -> Result<String, Error> {
    String::from_utf8(whole(path)?).map_err(|error| content(path, None, error))
}

/// Returns the bytes kept under `digest`; none if there is no such file, or it is no plain one.
/// Whether they have that digest is the verifier's question.
pub(super) fn blob(dir: &Path, digest: &Digest<Blob>) -> Option<Vec<u8>> {
    let path = blob_path(dir, digest);
    let plain = fs::symlink_metadata(&path).is_ok_and(|found| found.file_type().is_file());
    plain.then(|| fs::read(path).ok()).flatten()
}

fn blob_path(dir: &Path, digest: &Digest<Blob>) -> PathBuf {
    let hex = digest.hex();
    dir.join(&hex[..2]).join(hex)
}

pub(super) fn write(history: &History, dir: &Path) -> Result<(), Error> {
    put(
        &dir.join("operator.pub"),
        format!("{}\n", history.operator).as_bytes(),
    )?;
    for (index, document) in history.trust.iter().enumerate() {
        put(&dir.join(format!("trust/{:04}.json", index + 1)), document)?;
    }
    for (index, checkpoint) in history.checkpoints.iter().enumerate() {
        put(
            &dir.join(format!("checkpoints/{:04}.json", index + 1)),
            checkpoint,
        )?;
    }
    for (index, item) in history.items.iter().enumerate() {
        write_item(item, &dir.join(format!("items/{}", index + 1)))?;
    }
    match &history.blobs {
        Blobs::Memory(blobs) => {
            for (digest, bytes) in blobs {
                put(&blob_path(&dir.join("blobs"), digest), bytes)?;
            }
        }
        Blobs::Dir(from) => copy_blobs(from, &dir.join("blobs"))?,
        Blobs::Kept(kept) => {
            for digest in kept.digests() {
                if let Some(bytes) = kept.get(&digest) {
                    put(&blob_path(&dir.join("blobs"), &digest), &bytes)?;
                }
            }
        }
    }
    Ok(())
}

fn write_item(item: &Item, dir: &Path) -> Result<(), Error> {
    let (subject, comments) = contents(item, dir)?;
    put(&dir.join("subject.json"), &subject)?;
    put(&dir.join("comments.jsonl"), &comments)
}

pub(super) fn contents(item: &Item, dir: &Path) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let named = SubjectFile {
        project: item.subject.project.clone(),
        item: item.subject.item.clone(),
        key: item.subject.key.clone(),
    };
    let path = dir.join("subject.json");
    let subject = canonical::to_bytes(&named).map_err(|error| content(&path, None, error))?;
    let path = dir.join("comments.jsonl");
    let mut lines = Vec::new();
    for comment in &item.comments {
        lines.extend(canonical::to_bytes(comment).map_err(|error| content(&path, None, error))?);
        lines.push(b'\n');
    }
    Ok((subject, lines))
}

fn copy_blobs(from: &Path, to: &Path) -> Result<(), Error> {
    if !from.exists() {
        return Ok(());
    }
    for (_, folder) in names(from)? {
        for (name, path) in names(&folder)? {
            let Ok(digest) = format!("sha256:{name}").parse::<Digest<Blob>>() else {
                let problem = "expected the 64 digits of a digest".to_owned();
                return Err(Error::Name { path, problem });
            };
            put(
                &blob_path(to, &digest),
                &fs::read(&path).map_err(|source| io(&path, source))?,
            )?;
        }
    }
    Ok(())
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
    }
    let mut file = File::create(path).map_err(|source| io(path, source))?;
    file.write_all(bytes).map_err(|source| io(path, source))
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

fn content(path: &Path, line: Option<usize>, problem: impl ToString) -> Error {
    Error::Content {
        path: path.to_owned(),
        line,
        problem: problem.to_string(),
    }
}

fn leads_elsewhere(path: PathBuf) -> Error {
    let problem = "expected a plain file or folder, not a link or device".to_owned();
    Error::Name { path, problem }
}
