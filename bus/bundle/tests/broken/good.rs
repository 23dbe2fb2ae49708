//! What a good bundle is: one form, verified, and no more than its history; and what may be withheld.

use std::io::Cursor;

use proptest::prelude::*;
use serde_json::Value;
use trail_bundle::{Withheld, is_bundle};

use crate::cases::decision_blob;
use crate::tinker::Parts;
use crate::{judge, sample, told};

#[test]
fn the_same_history_gives_the_same_bundle_and_it_is_verified() {
    let bundle = sample::good();
    assert_eq!(bundle, sample::good());
    assert!(is_bundle(&mut Cursor::new(&bundle)).unwrap());
    let verified = judge(&bundle);
    assert_eq!(verified.problems, []);
    assert_eq!(verified.verdict().as_str(), "verified");
    // The golden policy is a text that no files give.
    assert_eq!(
        verified.unchecked,
        ["the policy's files are not in the bundle"]
    );
    let item = &verified.items[0];
    assert_eq!(item.judged.judgement.counts.entries, 16);
    // 4 calls, 2 approvals, 6 runs, 5 proofs, 3 proven criteria, 1 summary.
    assert_eq!(verified.attestations, 21);
}

#[test]
fn every_cut_is_found_and_none_panics() {
    let bundle = sample::good();
    for length in (0..bundle.len())
        .step_by(997)
        .chain(bundle.len() - 1025..bundle.len())
    {
        let cut = &bundle[..length];
        if is_bundle(&mut Cursor::new(cut)).unwrap() {
            let own = told(&judge(cut));
            assert_eq!(
                own["findings"],
                serde_json::json!(["bundle-cut"]),
                "{length}"
            );
        } else {
            assert!(length < 512, "{length}");
        }
    }
}

#[test]
fn every_changed_byte_is_found() {
    let bundle = sample::good();
    for at in (0..bundle.len()).step_by(1499) {
        let mut changed = bundle.clone();
        changed[at] ^= 0x20;
        if is_bundle(&mut Cursor::new(&changed)).unwrap() {
            let verified = judge(&changed);
            assert_eq!(verified.verdict().as_str(), "findings", "byte {at}");
        }
    }
}

#[test]
fn attestations_are_the_three_of_intoto_and_slsa_and_three_of_trails_own() {
    let parts = Parts::of(&sample::good());
    let lines = &parts
        .list
        .iter()
        .find(|own| own.name == "attestations.intoto.jsonl")
        .unwrap()
        .bytes;
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for line in std::str::from_utf8(lines).unwrap().lines() {
        let statement = statement(line);
        *kinds
            .entry(statement["predicateType"].as_str().unwrap().to_owned())
            .or_default() += 1;
        if statement["predicateType"] == trail_bundle::predicate::VSA {
            assert_eq!(
                statement["predicate"]["verifiedLevels"],
                serde_json::json!([
                    "TRAIL_HISTORY_VERIFIED",
                    "TRAIL_APPROVED_BY_HUMAN",
                    "TRAIL_ALL_CRITERIA_PROVEN"
                ])
            );
        }
    }
    let expected = [
        (trail_bundle::predicate::SVR, 3),
        (trail_bundle::predicate::TEST_RESULT, 6),
        (trail_bundle::predicate::VSA, 1),
        (trail_bundle::predicate::APPROVAL, 2),
        (trail_bundle::predicate::PROOF, 5),
        (trail_bundle::predicate::DECISION, 4),
    ];
    let expected = expected
        .map(|(kind, count)| (kind.to_owned(), count))
        .into();
    assert_eq!(kinds, expected);
}

/// Returns the statement in an envelope.
pub(crate) fn statement(line: &str) -> Value {
    let envelope = trail_record::Envelope::from_json(line.as_bytes()).unwrap();
    serde_json::from_slice(&envelope.payload("application/vnd.in-toto+json").unwrap()).unwrap()
}

fn withhold(digest: &str, reason: &str) -> Result<Vec<u8>, String> {
    let withheld = Withheld {
        digest: digest.parse().unwrap(),
        reason: reason.to_owned(),
    };
    sample::bundle(sample::history(), vec![withheld], None).map_err(|error| error.to_string())
}

#[test]
fn a_record_can_be_withheld_and_is_said_to_be_and_an_entry_or_a_judged_record_cannot() {
    let parts = Parts::of(&sample::good());
    let digest = |member: &str| format!("sha256:{}", &member["history/blobs/00/".len()..]);
    let call = digest(&decision_blob(&parts));
    let verified = judge(&withhold(&call, "it quotes a customer").unwrap());
    assert_eq!(verified.verdict().as_str(), "withheld");
    assert_eq!(verified.items[0].withheld[0].reason, "it quotes a customer");

    let error = withhold(&call, " ").unwrap_err();
    assert!(error.contains("without a reason"), "{error}");
    let head = verified.items[0].judged.assembly.chain.head().unwrap();
    let error = withhold(&head.to_string(), "secret").unwrap_err();
    assert!(error.contains("an entry cannot be withheld"), "{error}");
    let inside = verified.items[0].judged.assembly.chain.entries()[0]
        .signed
        .entry
        .records[0]
        .digest;
    let error = withhold(&inside.to_string(), "secret").unwrap_err();
    assert!(error.contains("stands inside its entry"), "{error}");
    let error = withhold(&format!("sha256:{}", "0".repeat(64)), "secret").unwrap_err();
    assert!(error.contains("no entry lists"), "{error}");
    let judged = parts.list.iter().find(|own| {
        own.name.starts_with("history/blobs/")
            && String::from_utf8_lossy(&own.bytes).contains("\"kind\":\"trial\"")
    });
    if let Some(trial) = judged {
        let error = withhold(&digest(&trial.name), "secret").unwrap_err();
        assert!(error.contains("the rest does not verify"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is done to a bundle, it is read to its end or refused, and never called good.
    #[test]
    fn no_change_is_called_good_and_none_panics(
        at in 0.0..1.0_f64,
        removed in 0..2000_usize,
        inserted in proptest::collection::vec(prop_oneof![Just(0), Just(b'0'), any::<u8>()], 0..1500),
    ) {
        let bundle = sample::small();
        let at = (at * bundle.len() as f64) as usize;
        let end = (at + removed).min(bundle.len());
        let mut changed = bundle[..at].to_vec();
        changed.extend_from_slice(&inserted);
        changed.extend_from_slice(&bundle[end..]);
        if changed != bundle && is_bundle(&mut Cursor::new(&changed)).unwrap() {
            prop_assert_eq!(judge(&changed).verdict().as_str(), "findings");
        }
    }
}
