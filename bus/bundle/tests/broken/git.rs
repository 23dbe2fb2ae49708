//! Git objects against sealed commits: what is told of each way in which they may differ.

use std::collections::BTreeMap;

use trail_bundle::git::{self, Fault, check, loose, name_of};
use trail_reader::history::{Comment, History};
use trail_record::body::{CommitMade, Patchset};
use trail_record::{
    CommentId, Digest, Entry, Keypair, Kind, Listed, Record, TreeId, UserId, verify,
};

use crate::sample;

/// The first sealed commit of the golden history, with its patchset and the entry it stands in.
fn sealed() -> (CommitMade, Patchset, Entry) {
    let history = sample::history();
    let judged = history.judge(None).remove(0);
    let entries = judged.assembly.chain.entries();
    let (mut commit, mut patchset, mut within) = (None, None, None);
    for accepted in entries {
        let entry = &accepted.signed.entry;
        for listed in &entry.records {
            let record = || verify::record(listed, &history.blobs).unwrap();
            if listed.kind == Kind::Patchset && patchset.is_none() {
                patchset = Some(record().read().unwrap());
            } else if listed.kind == Kind::Commit && commit.is_none() {
                commit = Some(record().read().unwrap());
                within = Some(entry.clone());
            }
        }
    }
    (commit.unwrap(), patchset.unwrap(), within.unwrap())
}

/// A history whose only entry seals a commit with a patchset that leaves out what it changes.
pub(crate) fn history_of_another_patchset() -> History {
    let (commit, mut patchset, entry) = sealed();
    patchset.files.pop();
    let patchset = Record::new("patchset", [], &patchset).unwrap();
    let commit = Record::new("commit", [patchset.digest()], &commit).unwrap();
    let (records, apart) = Listed::all(&[patchset, commit]);
    assert!(apart.is_empty(), "both stand inside their entry");
    let entry = Entry {
        seq: 0,
        prev: None,
        spec: None,
        events: Vec::new(),
        records,
        ..entry
    };
    // The coder's key of the golden histories.
    let sealed = entry.seal(&Keypair::from_seed(&[104; 32])).unwrap();
    let mut history = sample::history();
    history.checkpoints.clear();
    history.items[0].comments = vec![Comment {
        comment: CommentId::from("c-1"),
        author: UserId::from("u-coder"),
        edited: false,
        backdated: false,
        envelope: sealed.envelope.to_json(),
    }];
    history
}

fn judge(
    objects: &BTreeMap<String, Vec<u8>>,
    made: &CommitMade,
    patchset: &Patchset,
) -> Result<(), Fault> {
    check(&mut |name: &str| objects.get(name).cloned(), made, patchset)
}

fn told(result: Result<(), Fault>) -> String {
    match result {
        Ok(()) => "good".to_owned(),
        Err(Fault::Missing(_)) => "missing".to_owned(),
        Err(Fault::Damaged(_, detail) | Fault::Other(detail)) => detail,
    }
}

#[test]
fn objects_have_the_names_git_gives_them() {
    // As `git hash-object --stdin` says of the same bytes, in repositories of both kinds.
    let hello = loose("blob", b"hello\n");
    assert_eq!(
        name_of(&hello, &"0".repeat(40)),
        "ce013625030ba8dba906f756967f9e9ca394464a"
    );
    assert_eq!(
        name_of(&hello, &"0".repeat(64)),
        "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"
    );
}

#[test]
fn only_the_sealed_bytes_are_good() {
    let objects = sample::objects();
    let (made, patchset, _) = sealed();
    assert_eq!(judge(&objects, &made, &patchset), Ok(()));
    let with = |change: &dyn Fn(&mut CommitMade, &mut Patchset)| {
        let (mut made, mut patchset) = (made.clone(), patchset.clone());
        change(&mut made, &mut patchset);
        told(judge(&objects, &made, &patchset))
    };
    type Change<'c> = &'c dyn Fn(&mut CommitMade, &mut Patchset);
    let cases: [(&str, Change<'_>); 8] = [
        ("has tree", &|made, _| {
            made.tree = TreeId::new("0".repeat(40))
        }),
        ("has other parents", &|made, _| {
            made.parent = made.commit.clone()
        }),
        ("does not hold the sealed bytes", &|_, patchset| {
            patchset.files[0].after = Some("other".to_owned());
        }),
        ("which its sealed patchset does not", &|_, patchset| {
            drop(patchset.files.pop())
        }),
        (
            "is there, though the sealed patchset deletes it",
            &|_, patchset| {
                patchset.files[0].after = None;
            },
        ),
        ("was there before", &|_, patchset| {
            patchset.files[0].before = None
        }),
        ("held other bytes before", &|_, patchset| {
            patchset.files[0].before = Some(Digest::of(b"other"));
        }),
        ("is not changed", &|_, patchset| {
            let mut more = patchset.files[0].clone();
            more.path = "src/other.rs".to_owned();
            patchset.files.push(more);
        }),
    ];
    for (expected, change) in cases {
        let said = with(change);
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn what_is_not_here_or_damaged_is_told() {
    let (made, patchset, _) = sealed();
    let mut find = |name: &str| sample::objects().get(name).cloned();
    for name in git::needed(&mut find, &made, &patchset) {
        let mut objects = sample::objects();
        objects.remove(&name);
        assert_eq!(told(judge(&objects, &made, &patchset)), "missing", "{name}");
        objects.insert(name.clone(), b"tree 0\0".to_vec());
        let said = told(judge(&objects, &made, &patchset));
        assert_eq!(said, "its bytes have another name", "{name}");
    }
}

#[test]
fn trees_that_hold_each_other_over_and_over_end() {
    let mut objects = BTreeMap::new();
    let mut add = |kind: &str, content: &[u8]| {
        let bytes = loose(kind, content);
        let name = name_of(&bytes, &"0".repeat(40));
        objects.insert(name.clone(), bytes);
        name
    };
    let raw = |name: &str| -> Vec<u8> {
        let digits = (0..name.len()).step_by(2);
        digits
            .map(|at| u8::from_str_radix(&name[at..at + 2], 16).unwrap())
            .collect()
    };
    // Ten folders in each of ten folders, twenty deep: more than anybody can walk.
    let mut inner = add("blob", b"x");
    for depth in 0..20 {
        let mode = if depth == 0 { "100644" } else { "40000" };
        let rows =
            (0..10).flat_map(|row| [format!("{mode} {row}\0").into_bytes(), raw(&inner)].concat());
        let content: Vec<u8> = rows.collect();
        inner = add("tree", &content);
    }
    let empty = add("tree", b"");
    let parent = add("commit", format!("tree {empty}\n\n").as_bytes());
    let commit = add(
        "commit",
        format!("tree {inner}\nparent {parent}\n\n").as_bytes(),
    );
    let (mut made, patchset, _) = sealed();
    made.commit = commit.as_str().into();
    made.parent = parent.as_str().into();
    made.tree = inner.as_str().into();
    let said = told(judge(&objects, &made, &patchset));
    assert!(said.contains("too many folders"), "{said}");
}
