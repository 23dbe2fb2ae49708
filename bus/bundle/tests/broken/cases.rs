//! The broken bundles: what was done to each, and what a verifier must say to it. The findings are
//! written here by hand; no verifier's answer is copied.

use serde_json::json;
use trail_bundle::Withheld;
use trail_record::Envelope;

use crate::sample;
use crate::tinker::{Part, Parts};

/// A broken bundle.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// The words of all problems and findings, sorted.
    pub(crate) findings: Vec<&'static str>,
    pub(crate) word: &'static str,
}

const OPERATOR: &str = "history/operator.pub";
const COMMENTS: &str = "history/items/1/comments.jsonl";
const ATTESTATIONS: &str = "attestations.intoto.jsonl";

struct Cases {
    /// What most cases are made of: a small good bundle.
    good: Parts,
    /// The whole golden history.
    whole: Parts,
    list: Vec<Case>,
}

impl Cases {
    fn add(
        &mut self,
        name: &'static str,
        about: &'static str,
        findings: &[&'static str],
        change: impl FnOnce(&mut Parts),
    ) {
        let mut parts = self.good.clone();
        change(&mut parts);
        self.put(name, about, findings, parts.bytes());
    }

    /// As [`Cases::add`], of the whole history.
    fn of_whole(
        &mut self,
        name: &'static str,
        about: &'static str,
        findings: &[&'static str],
        change: impl FnOnce(&mut Parts),
    ) {
        let mut parts = self.whole.clone();
        change(&mut parts);
        self.put(name, about, findings, parts.bytes());
    }

    /// Adds a member that does not belong there, listed in the manifest like any other.
    fn with(
        &mut self,
        name: &'static str,
        about: &'static str,
        findings: &[&'static str],
        part: Part,
    ) {
        self.add(name, about, findings, |parts| {
            parts.add(part);
            parts.list_again();
        });
    }

    fn put(
        &mut self,
        name: &'static str,
        about: &'static str,
        findings: &[&'static str],
        bytes: Vec<u8>,
    ) {
        self.list.push(Case {
            name,
            about,
            bytes,
            findings: findings.to_vec(),
            word: "findings",
        });
    }
}

/// Returns all cases.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Cases {
        good: Parts::of(&sample::small()),
        whole: Parts::of(&sample::good()),
        list: Vec::new(),
    };
    names(&mut cases);
    members(&mut cases);
    ends(&mut cases);
    manifests(&mut cases);
    contents(&mut cases);
    attestations(&mut cases);
    cases.list
}

fn names(cases: &mut Cases) {
    let evil = |name: &str| Part::file(name, b"evil");
    for (name, about, member) in [
        (
            "climbs",
            "a member's name climbs",
            "../../home/user/.profile",
        ),
        (
            "climbs-inside",
            "a member's name climbs inside the bundle",
            "history/items/../operator.pub",
        ),
        (
            "absolute",
            "a member's name is absolute",
            "/etc/cron.d/evil",
        ),
        (
            "backslash",
            "a member's name leads elsewhere on Windows",
            "policy/..\\evil",
        ),
        (
            "looks-alike",
            "a member's name has a letter that looks like another",
            "policy/rules/g\u{430}tes.cedar",
        ),
        ("unknown-name", "a member that no bundle has", "README.md"),
        (
            "blob-misplaced",
            "a blob in another folder than its name's",
            "history/blobs/00/1111111111111111111111111111111111111111111111111111111111111111",
        ),
    ] {
        cases.with(name, about, &["bundle-name"], evil(member));
    }
    cases.with(
        "nested",
        "a bundle in a bundle",
        &["bundle-nested"],
        evil("policy/inner.trail"),
    );
    for (name, about, kind) in [
        ("symlink", "a member is a symbolic link", b'2'),
        ("hard-link", "a member is a hard link", b'1'),
        ("device", "a member is a device", b'3'),
        ("folder", "a member is a folder", b'5'),
        ("fifo", "a member is a pipe", b'6'),
        (
            "pax-header",
            "a member says in a pax header what the next is called",
            b'x',
        ),
        (
            "long-name",
            "a member says in GNU's way what the next is called",
            b'L',
        ),
        ("sparse", "a member is a sparse file", b'S'),
    ] {
        cases.add(name, about, &["bundle-link"], |parts| {
            parts.part(OPERATOR).kind = kind;
        });
    }
}

fn members(cases: &mut Cases) {
    cases.add(
        "duplicate",
        "a member is there twice, the second time with other bytes",
        &["bundle-duplicate"],
        |parts| {
            let at = parts
                .list
                .iter()
                .position(|own| own.name == OPERATOR)
                .unwrap();
            parts
                .list
                .insert(at + 1, Part::file(OPERATOR, b"ed25519:00\n"));
        },
    );
    cases.add(
        "second-manifest",
        "there is a second manifest",
        &["bundle-duplicate"],
        |parts| {
            let again = parts.list[0].clone();
            parts.list.insert(1, again);
        },
    );
    cases.add(
        "order",
        "two members are not in order",
        &["bundle-order"],
        |parts| {
            let last = parts.list.len() - 1;
            parts.list.swap(last, last - 1);
        },
    );
    cases.add(
        "unlisted",
        "a member is not in the manifest",
        &["bundle-unlisted"],
        |parts| {
            parts.add(Part::file(
                "policy/rules/mine.cedar",
                b"permit(principal, action, resource);",
            ));
        },
    );
    cases.add(
        "missing",
        "a member of the manifest is not there",
        &["bundle-missing"],
        |parts| {
            let blob = parts.first("history/blobs/");
            parts.remove(&blob);
        },
    );
    cases.add(
        "size",
        "a member has another size than the manifest says",
        &["bundle-size"],
        |parts| {
            parts.part(OPERATOR).bytes.push(b'\n');
        },
    );
    cases.add(
        "digest",
        "a member has other bytes than the manifest says",
        &["bundle-digest"],
        |parts| {
            let blob = parts.first("history/blobs/");
            parts.part(&blob).bytes[40] ^= 1;
        },
    );
    cases.add(
        "large",
        "a member is larger than such a member may be, in header and manifest",
        &["bundle-cut", "bundle-size"],
        |parts| {
            parts.part("history/trust/0001.json").size = Some(7 * 1024 * 1024 * 1024);
            parts.list_again();
        },
    );
    cases.add(
        "mode",
        "a member is executable",
        &["bundle-header"],
        |parts| {
            parts.part(OPERATOR).mode = "0000755";
        },
    );
    let mut bytes = cases.good.bytes();
    let second = 512 + cases.good.list[0].bytes.len().next_multiple_of(512);
    bytes[second + 148] ^= 1;
    cases.put(
        "checksum",
        "a header has another checksum",
        &["bundle-header"],
        bytes,
    );
    let mut bytes = cases.good.bytes();
    bytes[second + 124] = 0x80;
    cases.put(
        "binary-size",
        "a header tells the size in GNU's way",
        &["bundle-header"],
        bytes,
    );
}

fn ends(cases: &mut Cases) {
    let bytes = cases.good.bytes();
    let half = bytes.len() / 2;
    for (name, about, length) in [
        ("cut-in-manifest", "it ends inside the manifest", 700),
        ("cut-in-half", "it ends in the middle of a member", half),
        (
            "cut-before-end",
            "it ends before its end",
            bytes.len() - 1024,
        ),
        ("cut-in-end", "it ends inside its end", bytes.len() - 512),
    ] {
        cases.put(name, about, &["bundle-cut"], bytes[..length].to_vec());
    }
    let mut padded = bytes.clone();
    padded.extend_from_slice(b"and more");
    cases.put("padded", "bytes follow the end", &["bundle-padded"], padded);
    let mut padded = bytes.clone();
    padded.extend_from_slice(&[0; 512]);
    cases.put(
        "padded-with-nothing",
        "a block of nothing follows the end",
        &["bundle-padded"],
        padded,
    );
    let twice = [bytes.clone(), bytes.clone()].concat();
    cases.put(
        "two-bundles",
        "a second bundle follows the end",
        &["bundle-padded"],
        twice,
    );
    cases.add(
        "gap",
        "something stands in the gap after a member",
        &["bundle-padded"],
        |parts| {
            parts.part(OPERATOR).gap = b'x';
        },
    );
    let mut ended = bytes;
    let at = ended.len() - 512;
    ended[at] = b'x';
    cases.put(
        "half-an-end",
        "the end is no end",
        &["bundle-padded"],
        ended,
    );
}

fn manifests(cases: &mut Cases) {
    const WRONG: &[&str] = &["bundle-manifest"];
    cases.add(
        "manifest-not-first",
        "the manifest is not the first member",
        WRONG,
        |parts| {
            parts.list.swap(0, 1);
        },
    );
    cases.add(
        "manifest-no-json",
        "the manifest is no JSON",
        WRONG,
        |parts| {
            parts.list[0].bytes = b"{\"format\":0,".to_vec();
        },
    );
    cases.add(
        "manifest-key-twice",
        "the manifest says its format twice",
        WRONG,
        |parts| {
            let text = String::from_utf8(parts.list[0].bytes.clone()).unwrap();
            let text = text.replacen("\"format\":0", "\"format\":0,\"format\":0", 1);
            parts.list[0].bytes = text.into_bytes();
        },
    );
    cases.add(
        "manifest-spaced",
        "the manifest is not in canonical form",
        WRONG,
        |parts| {
            parts.list[0].bytes.insert(1, b' ');
        },
    );
    cases.add(
        "manifest-of-other-shape",
        "the manifest has a field of its own",
        WRONG,
        |parts| {
            parts.tell(|manifest| manifest["trusted"] = json!(true));
        },
    );
    cases.add(
        "manifest-unordered",
        "the manifest lists its members in another order",
        WRONG,
        |parts| {
            parts.tell(|manifest| manifest["members"].as_array_mut().unwrap().swap(0, 1));
        },
    );
    cases.add(
        "newer-format",
        "a bundle of a later version of the format",
        &["unknown-format"],
        |parts| {
            parts.tell(|manifest| manifest["format"] = json!(1));
        },
    );
    cases.add(
        "other-head",
        "the manifest names another end of an item",
        &["bundle-head"],
        |parts| {
            parts.tell(|manifest| manifest["items"][0]["entries"] = json!(15));
        },
    );
    cases.add(
        "item-left-out",
        "the manifest names no item",
        &["bundle-head"],
        |parts| {
            parts.tell(|manifest| manifest["items"] = json!([]));
        },
    );
    let digest = format!("sha256:{}", "12".repeat(32));
    cases.add(
        "withheld-nothing",
        "the manifest calls withheld what no entry lists",
        &["bundle-withheld"],
        |parts| {
            parts.tell(|own| own["withheld"] = json!([{ "digest": digest, "reason": "secret" }]));
        },
    );
    cases.add(
        "withheld-without-reason",
        "the manifest withholds something without saying why",
        WRONG,
        |parts| parts.tell(|own| own["withheld"] = json!([{ "digest": digest, "reason": " " }])),
    );
    cases.add(
        "withheld-and-here",
        "the manifest calls withheld what is there",
        &["bundle-withheld"],
        |parts| {
            let blob = parts.first("history/blobs/");
            let digest = format!("sha256:{}", &blob["history/blobs/00/".len()..]);
            parts.tell(|own| own["withheld"] = json!([{ "digest": digest, "reason": "secret" }]));
        },
    );
}

fn contents(cases: &mut Cases) {
    cases.add(
        "blob-left-out",
        "a record's bytes are left out, and nobody says so",
        &["missing-blob"],
        |parts| {
            let blob = decision_blob(parts);
            parts.remove(&blob);
            parts.list_again();
            // The attestation of the call would say more than is here.
            drop_attestations(parts);
        },
    );
    cases.add(
        "comments-broken",
        "an item's comments cannot be read",
        &["bundle-history"],
        |parts| {
            parts.part(COMMENTS).bytes = b"{}\n".to_vec();
            parts.list_again();
        },
    );
    cases.add(
        "no-subject",
        "nothing says which item it is",
        &["bundle-history"],
        |parts| {
            parts.remove("history/items/1/subject.json");
            parts.list_again();
        },
    );
    cases.add(
        "no-operator",
        "there is no operator's key",
        &["bundle-history"],
        |parts| {
            parts.remove(OPERATOR);
            parts.list_again();
        },
    );
    cases.of_whole(
        "last-entry-cut",
        "the last entry is left out, and the manifest fits",
        &["truncated"],
        |parts| {
            let comments = parts.part(COMMENTS);
            let text = String::from_utf8(comments.bytes.clone()).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let (kept, last) = (&lines[..lines.len() - 1], lines[lines.len() - 1]);
            comments.bytes = format!("{}\n", kept.join("\n")).into_bytes();
            let head = previous(last);
            parts.list_again();
            parts.tell(|own| {
                own["items"][0]["entries"] = json!(15);
                own["items"][0]["head"] = json!(head);
            });
            drop_attestations(parts);
        },
    );
    cases.add(
        "other-policy",
        "the policy is not the one that was in force",
        &["bundle-policy"],
        |parts| {
            parts.add(Part::file(
                "policy/rules/mine.cedar",
                b"permit(principal, action, resource);",
            ));
            parts.list_again();
        },
    );
    cases.of_whole(
        "git-object",
        "a git object has other bytes than its name stands for",
        &["git-object"],
        |parts| {
            let object = parts.first("git/");
            let bytes = &mut parts.part(&object).bytes;
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            parts.list_again();
        },
    );
    let other = crate::git::history_of_another_patchset();
    cases.put(
        "git-tree",
        "a commit changes a file that its sealed patchset leaves out, and nobody approved it",
        &["git-tree", "ungated"],
        sample::bundle(other, Vec::new(), None).unwrap(),
    );
}

fn attestations(cases: &mut Cases) {
    const WRONG: &[&str] = &["attestation"];
    cases.of_whole(
        "attestation-signature",
        "an attestation's signature is another's",
        WRONG,
        |parts| {
            let text = String::from_utf8(parts.part(ATTESTATIONS).bytes.clone()).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let sig = |line: &str| line.rsplit("\"sig\":\"").next().unwrap().to_owned();
            let (one, other) = (sig(&lines[0]), sig(&lines[1]));
            lines[0] = lines[0].replace(&one, &other);
            parts.part(ATTESTATIONS).bytes = format!("{}\n", lines.join("\n")).into_bytes();
            parts.list_again();
        },
    );
    let say = |parts: &mut Parts, by: &trail_record::Keypair, criterion: &str| {
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "VSME-150", "digest": { "gitCommit": "00".repeat(20) } }],
            "predicateType": trail_bundle::predicate::SVR,
            "predicate": {
                "verifier": { "id": "https://trail.invalid/verifier/trail" },
                "policies": [],
                "timeCreated": "2026-11-20T12:00:00.000Z",
                "properties": ["TRAIL_CRITERION_PROVEN", format!("TRAIL_CRITERION:VSME-150/{criterion}@1")],
            },
        });
        let payload = trail_record::canonical::to_bytes(&statement).unwrap();
        let line = Envelope::sign("application/vnd.in-toto+json", &payload, by).to_json();
        let bytes = &mut parts.part(ATTESTATIONS).bytes;
        bytes.extend_from_slice(format!("{line}\n").as_bytes());
        parts.list_again();
    };
    cases.add(
        "attestation-by-stranger",
        "an attestation is signed by a key that nobody trusts",
        WRONG,
        |parts| {
            say(parts, &sample::stranger(), "AC-1");
        },
    );
    cases.add(
        "attestation-lies",
        "the checkpoint key signed that an unproven criterion is proven",
        WRONG,
        |parts| {
            say(parts, &sample::auditor(), "AC-9");
        },
    );
    cases.add(
        "attestations-left-out",
        "the manifest says who attested, and nothing is attested",
        WRONG,
        |parts| {
            parts.remove(ATTESTATIONS);
            parts.list_again();
        },
    );
    cases.add(
        "attestation-no-json",
        "an attestation is no JSON",
        WRONG,
        |parts| {
            parts.part(ATTESTATIONS).bytes.extend_from_slice(b"hello\n");
            parts.list_again();
        },
    );
    let withheld = redacted(&cases.whole);
    cases.list.push(Case {
        name: "redacted",
        about: "not broken: a record is withheld, and said to be",
        bytes: withheld,
        findings: Vec::new(),
        word: "withheld",
    });
}

/// A bundle that withholds an AI call.
fn redacted(good: &Parts) -> Vec<u8> {
    let blob = decision_blob(good);
    let digest = format!("sha256:{}", &blob["history/blobs/00/".len()..]);
    let withheld = Withheld {
        digest: digest.parse().unwrap(),
        reason: "it quotes a customer".to_owned(),
    };
    sample::bundle(sample::history(), vec![withheld], Some(&sample::auditor())).unwrap()
}

/// Returns the member of a record that nothing else is judged by: an AI call.
pub(crate) fn decision_blob(parts: &Parts) -> String {
    let found = parts.list.iter().find(|own| {
        let text = String::from_utf8_lossy(&own.bytes);
        own.name.starts_with("history/blobs/") && text.contains("\"kind\":\"decision\"")
    });
    found.expect("a call is kept apart").name.clone()
}

fn drop_attestations(parts: &mut Parts) {
    parts.remove(ATTESTATIONS);
    parts.list_again();
    parts.tell(|own| own["attested_by"] = json!(null));
}

/// Returns the digest of the entry that the entry in this line extends.
fn previous(line: &str) -> String {
    use base64::Engine as _;
    let comment: serde_json::Value = serde_json::from_str(line).unwrap();
    let envelope: serde_json::Value =
        serde_json::from_str(comment["envelope"].as_str().unwrap()).unwrap();
    let payload = envelope["payload"].as_str().unwrap();
    let payload = base64::engine::general_purpose::STANDARD
        .decode(payload)
        .unwrap();
    let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    statement["predicate"]["prev"].as_str().unwrap().to_owned()
}
