//! The hands that tamper.

use trail_reader::history::Comment;
use trail_record::trust::Trust;
use trail_record::{CommentId, Envelope, Keypair, UserId, entry};

use crate::world::{Draft, Holder, World};

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
pub(super) fn edit_payload(world: &mut World, index: usize, from: &str, to: &str) {
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
pub(super) fn resign(world: &mut World, index: usize, by: Holder) {
    let comment = &mut world.items[0].comments[index];
    comment.envelope = signed(&payload(&comment.envelope), &by.key()).to_json();
}

/// Adds an entry without records.
pub(super) fn add(world: &mut World, item: usize, by: Holder) {
    world.write(item, by, Draft::default());
}

/// Adds an entry by the planner whose payload is changed before it is signed.
pub(super) fn add_raw(world: &mut World, from: &str, to: &str) {
    let mut other = world.clone();
    add(&mut other, 0, Holder::Planner);
    let posted = other.items[0].comments.pop().expect("was added");
    let payload = replaced(&payload(&posted.envelope), from, to);
    let envelope = signed(&payload, &Holder::Planner.key()).to_json();
    world.items[0].comments.push(Comment { envelope, ..posted });
}

/// Posts an envelope once more, under the account its entry belongs under.
pub(super) fn repost(world: &mut World, envelope: Envelope) {
    repost_text(world, envelope.to_json());
}

pub(super) fn repost_text(world: &mut World, envelope: String) {
    let number = world.items[0].comments.len();
    world.items[0].comments.push(Comment {
        comment: CommentId::new(format!("c-9{number:03}")),
        author: UserId::from("u-tester"),
        edited: false,
        backdated: false,
        envelope,
    });
}

/// Puts a changed document in the place of the second.
pub(super) fn reissue(world: &mut World, by: Holder, change: &dyn Fn(&mut Trust)) {
    let (_, mut document) = world.documents.pop().expect("there are two");
    world.trust.pop();
    change(&mut document);
    world.issue(&document, by);
}
