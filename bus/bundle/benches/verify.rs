//! What verifying a bundle costs beside what it cannot do without: the hash of its bytes, the hash of
//! every record, and one signature for each entry and each attestation.
//!
//! `cargo bench -p trail-bundle --bench verify`

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Cursor;
use std::time::{Duration, Instant};

use trail_bundle::{Contents, Verdict, git, to_bytes, verify};
use trail_reader::history::{Blobs, Comment, History, Item};
use trail_record::body::{Decision, Usage};
use trail_record::chain::Subject;
use trail_record::record::Sealable;
use trail_record::trust::{KeyTrust, PersonaTrust, Trust};
use trail_record::{
    Blob, Checkpoint, CommentId, Digest, Entry, FORMAT, ItemId, ItemKey, Keypair, Listed, Moment,
    Persona, ProjectId, Record, RunId, UserId, WorkerId,
};

const ENTRIES: u64 = 200;
const PER_ENTRY: u64 = 16;
const BYTES: usize = 2_000;
const ROUNDS: u32 = 5;

fn main() {
    let key = Keypair::from_seed(&[2; 32]);
    let (bundle, records) = bundle(&key);
    let attested = ENTRIES * PER_ENTRY;
    let whole = best(|| {
        let verified = verify(Cursor::new(bundle.clone()), None, None).expect("is in memory");
        assert_eq!(verified.problems, []);
        assert_eq!(verified.verdict(), Verdict::Verified);
        assert_eq!(verified.attestations as u64, attested);
    });
    let copied = best(|| drop(black_box(bundle.clone())));
    let (message, public) = (vec![7; 30_000], key.public());
    let signature = key.sign(&message);
    let statement = vec![7; 700];
    let short = key.sign(&statement);
    let bare = best(|| {
        black_box(Digest::<Blob>::of(&bundle));
        for record in &records {
            black_box(Digest::<Blob>::of(record));
        }
        for _ in 0..ENTRIES {
            assert!(public.verifies(&message, &signature));
        }
        for _ in 0..attested {
            assert!(public.verifies(&statement, &short));
        }
    });
    let whole = whole.saturating_sub(copied);
    println!(
        "verify: a bundle of {:.1} MB, {ENTRIES} entries, {} records, {attested} attestations in \
         {:.1} ms; its bare hashes and signatures {:.1} ms; ratio {:.2}",
        bundle.len() as f64 / 1e6,
        records.len(),
        whole.as_secs_f64() * 1e3,
        bare.as_secs_f64() * 1e3,
        whole.as_secs_f64() / bare.as_secs_f64(),
    );
}

/// Returns the best time of a few rounds: the one that was disturbed least.
fn best(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .expect("there is at least one round")
}

/// Makes a bundle of one long item, and returns its records' bytes as well.
fn bundle(key: &Keypair) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (operator, auditor) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[3; 32]));
    let policy = Digest::of(b"policy");
    let trust = Trust {
        format: FORMAT,
        project: ProjectId::from("bench"),
        serial: 1,
        prev: None,
        at: Moment::from_millis(0),
        personas: vec![PersonaTrust {
            persona: Persona::Coder,
            account: UserId::from("u-coder"),
            keys: vec![KeyTrust {
                key: key.public(),
                revoked: None,
            }],
        }],
        approvers: Vec::new(),
        policy,
        checkpoint_keys: vec![auditor.public()],
        endpoints: Vec::new(),
    };
    let (digest, envelope) = trust.seal(&operator).expect("has a canonical form");
    let subject = Subject {
        project: ProjectId::from("bench"),
        item: ItemId::from("item"),
        key: ItemKey::from("BENCH-1"),
    };
    let (mut comments, mut blobs, mut bytes) = (Vec::new(), BTreeMap::new(), Vec::new());
    let mut prev = None;
    for seq in 0..ENTRIES {
        let records: Vec<Sealable> = (0..PER_ENTRY)
            .map(|index| decision(seq * PER_ENTRY + index))
            .collect();
        let (listed, apart) = Listed::all(&records);
        for index in apart {
            let own = &records[index];
            blobs.insert(own.digest().cast(), own.bytes().to_vec());
        }
        let entry = Entry {
            format: FORMAT,
            rules: 0,
            project: subject.project.clone(),
            item: subject.item.clone(),
            key: subject.key.clone(),
            run: RunId::from("BENCH-1.1"),
            seq,
            prev,
            persona: Persona::Coder,
            worker: WorkerId::from("coder@host:1"),
            trust: digest,
            policy,
            spec: None,
            base: None,
            at: Moment::from_millis(1_763_000_000_000),
            events: Vec::new(),
            records: listed,
        };
        let sealed = entry.seal(key).expect("has a canonical form");
        prev = Some(sealed.digest);
        comments.push(Comment {
            comment: CommentId::new(seq.to_string()),
            author: UserId::from("u-coder"),
            edited: false,
            backdated: false,
            envelope: sealed.envelope.to_json(),
        });
        bytes.extend(records.iter().map(|own| own.bytes().to_vec()));
    }
    let checkpoint = Checkpoint {
        format: FORMAT,
        project: subject.project.clone(),
        item: subject.item.clone(),
        key: subject.key.clone(),
        seq: ENTRIES - 1,
        head: prev.expect("there are entries"),
        at: Moment::from_millis(1_763_000_000_000),
    };
    let checkpoint = checkpoint.seal(&auditor).expect("has a canonical form");
    let history = History {
        operator: operator.public(),
        trust: vec![envelope.to_json().into_bytes()],
        checkpoints: vec![checkpoint.to_json().into_bytes()],
        items: vec![Item { subject, comments }],
        blobs: Blobs::Memory(blobs),
    };
    let mut none: Box<git::Find<'_>> = Box::new(|_: &str| None);
    let contents = Contents {
        history,
        policy: BTreeMap::new(),
        objects: &mut *none,
        withheld: Vec::new(),
        signer: Some(&auditor),
        made_at: Moment::from_millis(1_763_000_000_000),
        made_by: "bench".to_owned(),
        notes: Vec::new(),
    };
    (to_bytes(contents, None).expect("can be made"), bytes)
}

/// A call of about the size of a real one.
fn decision(call: u64) -> Sealable {
    let body = Decision {
        call: u32::try_from(call).expect("few calls"),
        persona: Persona::Coder,
        action: "implement".to_owned(),
        model_requested: "scripted-1".to_owned(),
        model_served: Some("scripted-1".to_owned()),
        endpoint: "scripted".to_owned(),
        temperature: Some(0.2),
        context: Digest::of(&call.to_be_bytes()),
        appended: serde_json::json!([{ "role": "user", "text": "Go on." }]),
        text: "The renderer walks the disclosures in order.\n".repeat(BYTES / 60),
        reasoning: None,
        asks: Vec::new(),
        stop: Some("end_turn".to_owned()),
        message_id: None,
        request_id: None,
        usage: Usage::default(),
        cost_micros: None,
        at: Moment::from_millis(1_763_000_000_000),
        took_ms: 0,
        attempts: Vec::new(),
    };
    Record::new("read renderer", [], &body).expect("has a canonical form")
}
