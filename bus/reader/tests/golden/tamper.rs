//! What can be done to the golden history, and what a verifier must say to it.
//!
//! The findings are written here by hand; no verifier's answer is copied.

use trail_reader::history::Comment;
use trail_record::trust::Trust;
use trail_record::{CommentId, Digest, Entry, Envelope, Keypair, UserId, entry};

use crate::facts;
use crate::scenario::{Twist, play};
use crate::world::{Draft, Holder, World};

/// A tampered history and what is to be found in it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) world: World,
    /// The kinds of all findings of all items, sorted.
    pub(crate) findings: &'static [&'static str],
    pub(crate) word: &'static str,
}

/// An entry that is taken out leaves its successor without predecessor, and the checkpoint of the
/// end unmet.
const GONE: &[&str] = &["missing-entry", "truncated"];

/// Every entry that names a trust document which is not there, and the ends they were to reach.
const TRUST_MISSING: &[&str] = &[
    "truncated",
    "truncated",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
    "trust",
];

/// An entry that cannot be read, so early that both checkpoints and the revocation are unmet.
const EARLY: &[&str] = &[
    "malformed",
    "missing-entry",
    "truncated",
    "truncated",
    "truncated",
];

const UNCHECKED: &str = "tail: unchecked";

pub(crate) fn cases() -> Vec<Case> {
    let golden = play(Twist::None);
    let mut cases = Vec::new();
    let mut case = |name, about, findings: &'static [&'static str], word, world| {
        cases.push(Case {
            name,
            about,
            world,
            findings,
            word,
        });
    };
    let with = |change: &dyn Fn(&mut World)| {
        let mut world = golden.clone();
        change(&mut world);
        world
    };

    case(
        "removed-entry",
        "an entry in the middle is deleted",
        GONE,
        "findings",
        with(&|w| {
            w.items[0].comments.remove(9);
        }),
    );
    case(
        "reordered",
        "the tracker gives the comments in another order; the chain has its own",
        &[],
        "verified",
        with(&|w| {
            w.items[0].comments.reverse();
            w.items[0].comments.swap(2, 11);
        }),
    );
    case(
        "edited-payload",
        "the writer's time inside a payload is changed",
        &["foreign-key", "missing-entry", "truncated"],
        "findings",
        with(&|w| {
            edit_payload(
                w,
                10,
                "2026-11-20T10:40:00.000Z",
                "2026-11-20T10:41:00.000Z",
            );
        }),
    );
    case(
        "edited-inline-record",
        "a record inside an entry is changed",
        EARLY,
        "findings",
        with(&|w| {
            edit_payload(w, 2, "eleven disclosures", "twelve  disclosures");
        }),
    );
    case(
        "edited-listing",
        "the title under which an entry lists a record is changed",
        EARLY,
        "findings",
        with(&|w| {
            edit_payload(
                w,
                2,
                "\"title\":\"library_choice\"}",
                "\"title\":\"library_chance\"}",
            );
        }),
    );
    case(
        "foreign-entry",
        "a stranger adds an entry at the end",
        &["foreign-key"],
        "findings",
        with(&|w| {
            add(w, 0, Holder::Stranger);
        }),
    );
    case(
        "sibling",
        "a worker that lost a race has posted a second successor of one entry",
        &[],
        "verified",
        with(&|w| {
            let entry = Entry {
                at: crate::world::minute(101),
                ..w.items[0].sealed[10].entry.clone()
            };
            repost(
                w,
                entry
                    .seal(&Holder::Tester.key())
                    .expect("has a canonical form")
                    .envelope,
            );
        }),
    );
    case(
        "edited-sibling",
        "the sibling that stood first was edited before anything relied on it",
        &["edited-entry"],
        "findings",
        with(&|w| {
            add(w, 0, Holder::Tester);
            w.items[0].comments[20].edited = true;
        }),
    );
    case(
        "fork",
        "two successors of one entry were both built on",
        &["fork", "truncated"],
        "findings",
        with(&|w| {
            let mut other = w.clone();
            other.items[0].comments.truncate(18);
            other.items[0].sealed.truncate(18);
            add(&mut other, 0, Holder::Tester);
            add(&mut other, 0, Holder::Tester);
            for comment in other.items[0].comments.drain(18..) {
                repost_text(w, comment.envelope);
            }
        }),
    );
    case(
        "truncated-checked",
        "the end is cut off; a checkpoint saw it",
        &["truncated"],
        "findings",
        with(&|w| {
            w.items[0].comments.truncate(17);
        }),
    );
    case(
        "truncated-unchecked",
        "the end is cut off, and no checkpoint is at hand",
        &[],
        UNCHECKED,
        with(&|w| {
            w.items[0].comments.truncate(17);
            w.checkpoints.clear();
        }),
    );
    case(
        "no-checkpoint",
        "the whole history without its checkpoints",
        &[],
        UNCHECKED,
        with(&|w| {
            w.checkpoints.clear();
        }),
    );
    case(
        "rewritten-past",
        "the holder of a revoked key rewrites what came before its revocation, and drops the rest",
        &["truncated"],
        "findings",
        with(&|w| {
            w.items[0].comments.truncate(6);
            w.items[0].sealed.truncate(6);
            w.checkpoints.clear();
            let first = w.documents[0].clone();
            let entry = w.draft(
                0,
                Holder::Coder,
                Draft {
                    spec: w.items[0].sealed[0].entry.spec,
                    ..Draft::default()
                },
            );
            w.post(
                0,
                Holder::Coder,
                Entry {
                    trust: first.0,
                    ..entry
                },
            );
        }),
    );
    case(
        "resigned-foreign",
        "an entry carries a stranger's signature",
        &["foreign-key", "missing-entry", "truncated"],
        "findings",
        with(&|w| {
            resign(w, 13, Holder::Stranger);
        }),
    );
    case(
        "resigned-revoked",
        "an entry carries the signature of a revoked key",
        &["missing-entry", "revoked-key", "truncated"],
        "findings",
        with(&|w| {
            resign(w, 13, Holder::Coder);
        }),
    );
    case(
        "resigned-other-persona",
        "an entry carries another persona's signature",
        &["foreign-key", "missing-entry", "truncated"],
        "findings",
        with(&|w| {
            resign(w, 13, Holder::Tester);
        }),
    );
    case(
        "rechained",
        "a stranger writes the whole history of the second item anew",
        &["foreign-key", "foreign-key", "truncated"],
        "findings",
        with(&|w| {
            let mut prev = None;
            for index in 0..w.items[1].sealed.len() {
                let own = w.items[1].sealed[index].entry.clone();
                let sealed = Entry { prev, ..own }
                    .seal(&Holder::Stranger.key())
                    .expect("has a canonical form");
                prev = Some(sealed.digest);
                w.items[1].comments[index].envelope = sealed.envelope.to_json();
            }
        }),
    );
    case(
        "moved",
        "an entry of one item stands under another",
        &["missing-entry", "truncated", "wrong-item"],
        "findings",
        with(&|w| {
            let moved = w.items[0].comments.remove(14);
            w.items[1].comments.push(moved);
        }),
    );
    case(
        "wrong-account",
        "an entry stands under another account",
        &["missing-entry", "truncated", "wrong-account"],
        "findings",
        with(&|w| {
            w.items[0].comments[11].author = UserId::from("u-klara");
        }),
    );
    case(
        "edited-comment",
        "the text around an accepted entry was edited",
        &["edited-entry"],
        "findings",
        with(&|w| {
            w.items[0].comments[4].edited = true;
        }),
    );
    case(
        "garbage",
        "comments that only look like entries",
        &["malformed", "malformed", "malformed"],
        "findings",
        with(&|w| {
            let array = r#"["cGF5bG9hZA==","application/vnd.in-toto+json",[]]"#;
            for text in ["{\"payload\":", array, "\u{202e}\u{1f600}"] {
                repost_text(w, text.to_owned());
            }
        }),
    );
    case(
        "duplicate-post",
        "a worker that got no answer posted its entry twice",
        &[],
        "verified",
        with(&|w| {
            let copy = w.items[0].comments[15].envelope.clone();
            repost_text(w, copy);
        }),
    );
    case(
        "duplicate-key",
        "a signed payload has a key twice",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(w, "\"rules\":0,", "\"rules\":0,\"rules\":0,");
        }),
    );
    case(
        "unsafe-integer",
        "a signed payload holds an integer beyond 2^53",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(w, "\"events\":[]", "\"events\":[9007199254740993]");
        }),
    );
    case(
        "huge-integer",
        "a signed payload holds an integer beyond 2^64",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(w, "\"events\":[]", "\"events\":[100000000000000000000]");
        }),
    );
    case(
        "not-canonical",
        "a signed payload has a space",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(w, "\"events\":[]", "\"events\": []");
        }),
    );
    case(
        "unsorted",
        "the keys of a signed payload are in another order",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(
                w,
                "\"events\":[]",
                "\"events\":[{\"\u{fb33}\":1,\"\u{1f600}\":2}]",
            );
        }),
    );
    case(
        "lone-surrogate",
        "a signed payload escapes half a character",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(w, "\"events\":[]", "\"events\":[\"\\ud800\"]");
        }),
    );
    case(
        "field-left-out",
        "a signed payload leaves out what is null",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(w, "\"base\":null,", "");
        }),
    );
    case(
        "struct-as-array",
        "a signed payload writes an object as an array",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(
                w,
                "\"records\":[]",
                "\"records\":[[\"a\",\"spec\",\"t\",0,null]]",
            );
        }),
    );
    case(
        "other-time",
        "a signed payload writes its time another way",
        &["malformed"],
        "findings",
        with(&|w| {
            add_raw(w, "T12:20:00.000Z", "T12:20:00Z");
        }),
    );
    case(
        "newer-format",
        "an entry of a later version of the format",
        &["unknown-format"],
        "findings",
        with(&|w| {
            add_raw(w, "\"format\":0,", "\"format\":1,\"new\":true,");
        }),
    );
    case(
        "newer-predicate",
        "an entry whose predicate type names a later version",
        &["unknown-format"],
        "findings",
        with(&|w| {
            add_raw(w, "urn:trail:entry:v0", "urn:trail:entry:v1");
        }),
    );
    case(
        "wrong-sequence",
        "an entry numbers itself wrongly",
        &["wrong-sequence"],
        "findings",
        with(&|w| {
            let entry = w.draft(0, Holder::Planner, Draft::default());
            w.post(0, Holder::Planner, Entry { seq: 21, ..entry });
        }),
    );
    case(
        "older-trust",
        "an entry names an older trust document than the one before it",
        &["trust"],
        "findings",
        with(&|w| {
            let first = w.documents[0].0;
            let entry = w.draft(0, Holder::Planner, Draft::default());
            w.post(
                0,
                Holder::Planner,
                Entry {
                    trust: first,
                    ..entry
                },
            );
        }),
    );
    case(
        "unknown-trust",
        "an entry names a trust document that nobody has",
        &["trust"],
        "findings",
        with(&|w| {
            let entry = w.draft(0, Holder::Planner, Draft::default());
            w.post(
                0,
                Holder::Planner,
                Entry {
                    trust: Digest::of(b"my own"),
                    ..entry
                },
            );
        }),
    );
    case(
        "other-policy",
        "an entry was made under another policy than the operator's",
        &["trust"],
        "findings",
        with(&|w| {
            let entry = w.draft(0, Holder::Planner, Draft::default());
            w.post(
                0,
                Holder::Planner,
                Entry {
                    policy: facts::other_policy(),
                    ..entry
                },
            );
        }),
    );
    case(
        "blob-missing",
        "the patchset's bytes are not there, so nothing shows what the commit applied",
        &["missing-blob", "ungated"],
        "findings",
        with(&|w| {
            w.blobs.clear();
        }),
    );
    case(
        "blob-damaged",
        "the patchset's bytes are others",
        &["damaged-record", "ungated"],
        "findings",
        with(&|w| {
            let bytes = w.blobs.values_mut().next().expect("there is one");
            bytes[40] ^= 1;
        }),
    );
    let all: &[&str] = &["trust", "trust"];
    case(
        "trust-forged",
        "the second trust document is a stranger's",
        all,
        "findings",
        with(&|w| {
            reissue(w, Holder::Stranger, &|_| {});
        }),
    );
    case(
        "trust-out-of-line",
        "the second trust document names no predecessor",
        all,
        "findings",
        with(&|w| {
            reissue(w, Holder::Operator, &|document| document.prev = None);
        }),
    );
    case(
        "trust-forgets",
        "the second trust document leaves the revoked key out",
        all,
        "findings",
        with(&|w| {
            reissue(w, Holder::Operator, &|document| {
                document.personas[1].keys.remove(0);
            });
        }),
    );
    case(
        "trust-shares",
        "the second trust document gives the coder the tester's key",
        all,
        "findings",
        with(&|w| {
            reissue(w, Holder::Operator, &|document| {
                let shared = document.personas[2].keys[0].clone();
                document.personas[1].keys.push(shared);
            });
        }),
    );
    case(
        "trust-missing",
        "the second trust document is not there",
        TRUST_MISSING,
        "findings",
        with(&|w| {
            w.trust.pop();
        }),
    );
    case(
        "checkpoint-forged",
        "a checkpoint is signed by a worker",
        &["checkpoint", "checkpoint"],
        "findings",
        with(&|w| {
            w.checkpoint(0, 19, Holder::Reviewer);
        }),
    );
    case(
        "checkpoint-of-another-history",
        "a checkpoint saw another entry",
        &["checkpoint"],
        "findings",
        with(&|w| {
            let mut other = w.clone();
            other.items[0].sealed[12].digest = Digest::of(b"another entry");
            other.checkpoint(0, 12, Holder::Auditor);
            w.checkpoints = other.checkpoints;
        }),
    );

    for (name, about, findings, twist) in twisted() {
        case(name, about, findings, "findings", play(twist));
    }
    cases
}

type Twisted = (&'static str, &'static str, &'static [&'static str], Twist);

const APPROVAL: &[&str] = &["approval"];
const UNGATED: &[&str] = &["ungated"];
const DAMAGED: &[&str] = &["damaged-record"];

fn twisted() -> Vec<Twisted> {
    vec![
        (
            "request-other-head",
            "a request covers another head than its entry extends",
            APPROVAL,
            Twist::RequestNamesOtherHead,
        ),
        (
            "request-other-asker",
            "a request says that another persona asks",
            APPROVAL,
            Twist::RequestSaysOtherAsks,
        ),
        (
            "request-other-policy",
            "a request covers another policy than its entry",
            APPROVAL,
            Twist::RequestOfOtherPolicy,
        ),
        (
            "approval-wrong-code",
            "a decision names a code that is not the request's",
            APPROVAL,
            Twist::DecisionWrongCode,
        ),
        (
            "approval-by-persona",
            "the approver's account serves a persona, though it is listed",
            APPROVAL,
            Twist::DecisionByPersonaAccount,
        ),
        (
            "approval-by-unlisted",
            "the approver is not listed",
            APPROVAL,
            Twist::DecisionByUnlisted,
        ),
        (
            "approval-edited",
            "the approving comment was edited",
            APPROVAL,
            Twist::DecisionOnEditedComment,
        ),
        (
            "approval-by-requester",
            "the persona that asked seals the decision",
            APPROVAL,
            Twist::DecisionByRequester,
        ),
        (
            "approval-of-other",
            "a decision answers what is no request",
            APPROVAL,
            Twist::DecisionOfOtherRequest,
        ),
        (
            "approval-delegated",
            "the planner decides by delegation",
            APPROVAL,
            Twist::DecisionDelegatedToPlanner,
        ),
        (
            "approval-hides-play",
            "a played approval is passed off as a person's",
            APPROVAL,
            Twist::DecisionHidesPlay,
        ),
        (
            "approval-decided-twice",
            "one approver decides one request twice",
            APPROVAL,
            Twist::DecisionTwice,
        ),
        (
            "commit-unapproved",
            "a commit rests on no approval",
            UNGATED,
            Twist::CommitUnapproved,
        ),
        (
            "commit-rejected",
            "a commit rests on a rejection",
            UNGATED,
            Twist::CommitAfterRejection,
        ),
        (
            "approval-used-twice",
            "two commits rest on one approval",
            UNGATED,
            Twist::CommitTwice,
        ),
        (
            "commit-onto-other",
            "a commit applies the patchset onto another commit",
            UNGATED,
            Twist::CommitOntoOther,
        ),
        (
            "contract-path",
            "a commit under the contract writes a path outside of it",
            UNGATED,
            Twist::CommitBeyondContract,
        ),
        (
            "contract-climb",
            "a commit under the contract climbs out of it",
            UNGATED,
            Twist::CommitClimbsOutOfContract,
        ),
        (
            "contract-bytes",
            "a commit under the contract is bigger than it allows",
            UNGATED,
            Twist::CommitAboveBudget,
        ),
        (
            "commit-too-few",
            "a commit rests on one approval where two are asked for",
            UNGATED,
            Twist::CommitByTooFew,
        ),
        (
            "commit-rejected-by-second",
            "a second approver rejected what the first approved",
            UNGATED,
            Twist::CommitAfterSecondThoughts,
        ),
        (
            "commit-amended",
            "the task was amended between approval and commit",
            UNGATED,
            Twist::CommitAfterAmendment,
        ),
        (
            "contract-count",
            "more patchsets pass under the contract than it allows",
            UNGATED,
            Twist::CommitOverCount,
        ),
        (
            "path-twice",
            "a patchset changes a path twice",
            DAMAGED,
            Twist::PathTwice,
        ),
        (
            "newer-record",
            "a record of a later version of the format",
            &["unknown-format"],
            Twist::RecordOfNewerFormat,
        ),
        (
            "input-from-nowhere",
            "a record rests on one that was never sealed",
            DAMAGED,
            Twist::InputFromNowhere,
        ),
        (
            "spec-from-nowhere",
            "an entry names a spec that was never sealed",
            DAMAGED,
            Twist::SpecFromNowhere,
        ),
        (
            "body-of-other-shape",
            "a commit's body has another shape",
            DAMAGED,
            Twist::BodyOfOtherShape,
        ),
        (
            "delivery-other-tree",
            "another tree is delivered than the approved one",
            UNGATED,
            Twist::DeliveryOfOtherTree,
        ),
        (
            "delivery-unapproved",
            "a delivery rests on no approval",
            UNGATED,
            Twist::DeliveryUnapproved,
        ),
        (
            "delivery-by-other",
            "another persona delivers than the one that was to",
            UNGATED,
            Twist::DeliveryByOther,
        ),
        (
            "delivery-refused",
            "the reviewer refuses and delivers all the same",
            UNGATED,
            Twist::DeliveryAfterRefusal,
        ),
    ]
}

/// The payload of a posted entry.
fn payload(envelope: &str) -> Vec<u8> {
    Envelope::from_json(envelope.as_bytes())
        .and_then(|envelope| envelope.payload(entry::PAYLOAD_TYPE))
        .expect("is an entry")
}

fn replaced(payload: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(payload).expect("JSON is UTF-8");
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1).into_bytes()
}

/// Changes a payload and leaves the signature as it is.
fn edit_payload(world: &mut World, index: usize, from: &str, to: &str) {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let comment = &mut world.items[0].comments[index];
    let old = payload(&comment.envelope);
    let new = replaced(&old, from, to);
    comment.envelope = comment
        .envelope
        .replace(&base64.encode(old), &base64.encode(new));
}

fn signed(payload: &[u8], key: &Keypair) -> Envelope {
    Envelope::sign(entry::PAYLOAD_TYPE, payload, key)
}

/// Signs a posted payload by another key.
fn resign(world: &mut World, index: usize, by: Holder) {
    let comment = &mut world.items[0].comments[index];
    comment.envelope = signed(&payload(&comment.envelope), &by.key()).to_json();
}

/// Adds an entry without records.
fn add(world: &mut World, item: usize, by: Holder) {
    world.write(item, by, Draft::default());
}

/// Adds an entry by the planner whose payload is changed before it is signed.
fn add_raw(world: &mut World, from: &str, to: &str) {
    let mut other = world.clone();
    add(&mut other, 0, Holder::Planner);
    let posted = other.items[0].comments.pop().expect("was added");
    let payload = replaced(&payload(&posted.envelope), from, to);
    let envelope = signed(&payload, &Holder::Planner.key()).to_json();
    world.items[0].comments.push(Comment { envelope, ..posted });
}

/// Posts an envelope once more, under the account its entry belongs under.
fn repost(world: &mut World, envelope: Envelope) {
    repost_text(world, envelope.to_json());
}

fn repost_text(world: &mut World, envelope: String) {
    let number = world.items[0].comments.len();
    world.items[0].comments.push(Comment {
        comment: CommentId::new(format!("c-9{number:03}")),
        author: UserId::from("u-tester"),
        edited: false,
        envelope,
    });
}

/// Puts a changed document in the place of the second.
fn reissue(world: &mut World, by: Holder, change: &dyn Fn(&mut Trust)) {
    let (_, mut document) = world.documents.pop().expect("there are two");
    world.trust.pop();
    change(&mut document);
    world.issue(&document, by);
}
