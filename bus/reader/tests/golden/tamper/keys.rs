//! Order, trust, policy, blobs and checkpoints.

use trail_record::{Digest, Entry};

use super::Cases;
use super::craft::reissue;
use crate::facts;
use crate::world::{Draft, Holder};

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

pub(super) fn add(cases: &mut Cases) {
    cases.add(
        "wrong-sequence",
        "an entry numbers itself wrongly",
        &["wrong-sequence"],
        "findings",
        |w| {
            let entry = w.draft(0, Holder::Planner, Draft::default());
            w.post(0, Holder::Planner, Entry { seq: 21, ..entry });
        },
    );
    cases.add(
        "older-trust",
        "an entry names an older trust document than the one before it",
        &["trust"],
        "findings",
        |w| {
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
        },
    );
    cases.add(
        "unknown-trust",
        "an entry names a trust document that nobody has",
        &["trust"],
        "findings",
        |w| {
            let entry = w.draft(0, Holder::Planner, Draft::default());
            w.post(
                0,
                Holder::Planner,
                Entry {
                    trust: Digest::of(b"my own"),
                    ..entry
                },
            );
        },
    );
    cases.add(
        "other-policy",
        "an entry was made under another policy than the operator's",
        &["trust"],
        "findings",
        |w| {
            let entry = w.draft(0, Holder::Planner, Draft::default());
            w.post(
                0,
                Holder::Planner,
                Entry {
                    policy: facts::other_policy(),
                    ..entry
                },
            );
        },
    );
    cases.add(
        "blob-missing",
        "the patchset's bytes are not there, so nothing shows what the commit applied",
        &["missing-blob", "ungated"],
        "findings",
        |w| {
            w.blobs.clear();
        },
    );
    cases.add(
        "blob-damaged",
        "the patchset's bytes are others",
        &["damaged-record", "ungated"],
        "findings",
        |w| {
            let bytes = w.blobs.values_mut().next().expect("there is one");
            bytes[40] ^= 1;
        },
    );
    let all: &[&str] = &["trust", "trust"];
    cases.add(
        "trust-forged",
        "the second trust document is a stranger's",
        all,
        "findings",
        |w| {
            reissue(w, Holder::Stranger, &|_| {});
        },
    );
    cases.add(
        "trust-out-of-line",
        "the second trust document names no predecessor",
        all,
        "findings",
        |w| {
            reissue(w, Holder::Operator, &|document| document.prev = None);
        },
    );
    cases.add(
        "trust-forgets",
        "the second trust document leaves the revoked key out",
        all,
        "findings",
        |w| {
            reissue(w, Holder::Operator, &|document| {
                document.personas[1].keys.remove(0);
            });
        },
    );
    cases.add(
        "trust-shares",
        "the second trust document gives the coder the tester's key",
        all,
        "findings",
        |w| {
            reissue(w, Holder::Operator, &|document| {
                let shared = document.personas[2].keys[0].clone();
                document.personas[1].keys.push(shared);
            });
        },
    );
    cases.add(
        "trust-missing",
        "the second trust document is not there",
        TRUST_MISSING,
        "findings",
        |w| {
            w.trust.pop();
        },
    );
    cases.add(
        "checkpoint-forged",
        "a checkpoint is signed by a worker",
        &["checkpoint", "checkpoint"],
        "findings",
        |w| {
            w.checkpoint(0, 19, Holder::Reviewer);
        },
    );
    cases.add(
        "checkpoint-of-another-history",
        "a checkpoint saw another entry",
        &["checkpoint"],
        "findings",
        |w| {
            let mut other = w.clone();
            other.items[0].sealed[12].digest = Digest::of(b"another entry");
            other.checkpoint(0, 12, Holder::Auditor);
            w.checkpoints = other.checkpoints;
        },
    );
}
