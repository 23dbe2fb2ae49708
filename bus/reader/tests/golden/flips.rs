//! Any single changed byte is found.

use std::sync::LazyLock;

use proptest::prelude::*;
use trail_reader::history::{Blobs, History};
use trail_record::verify::Counts;

use crate::scenario::{Twist, play};

static GOLDEN: LazyLock<History> = LazyLock::new(|| play(Twist::None).history());

/// What a change may be made to.
#[derive(Debug, Clone, Copy)]
enum Part {
    Envelope,
    Blob,
    Trust,
    Checkpoint,
}

fn change(history: &mut History, part: Part, which: prop::sample::Index, f: impl Fn(&mut Vec<u8>)) {
    match part {
        Part::Envelope => {
            let mut comments: Vec<_> = history
                .items
                .iter_mut()
                .flat_map(|item| &mut item.comments)
                .collect();
            let index = which.index(comments.len());
            let mut bytes = std::mem::take(&mut comments[index].envelope).into_bytes();
            f(&mut bytes);
            comments[index].envelope = String::from_utf8_lossy(&bytes).into_owned();
        }
        Part::Blob => {
            let Blobs::Memory(blobs) = &mut history.blobs else {
                unreachable!("made in memory")
            };
            let index = which.index(blobs.len());
            f(blobs.values_mut().nth(index).unwrap());
        }
        Part::Trust => {
            let index = which.index(history.trust.len());
            f(&mut history.trust[index]);
        }
        Part::Checkpoint => {
            let index = which.index(history.checkpoints.len());
            f(&mut history.checkpoints[index]);
        }
    }
}

fn counts(history: &History) -> (bool, Vec<Counts>) {
    let judged = history.judge(None);
    let verified = judged
        .iter()
        .all(|item| item.judgement.word() == "verified");
    (
        verified,
        judged.iter().map(|item| item.judgement.counts).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_single_changed_byte_goes_unnoticed(
        part in prop_oneof![
            Just(Part::Envelope), Just(Part::Blob), Just(Part::Trust), Just(Part::Checkpoint)
        ],
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
    ) {
        let mut history = GOLDEN.clone();
        change(&mut history, part, which, |bytes| {
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
        });
        let (verified, found) = counts(&history);
        prop_assert!(!verified, "{part:?}: still verified with {found:?}");
    }

    #[test]
    fn any_cut_through_a_file_is_found(
        part in prop_oneof![
            Just(Part::Envelope), Just(Part::Blob), Just(Part::Trust), Just(Part::Checkpoint)
        ],
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
    ) {
        let mut history = GOLDEN.clone();
        change(&mut history, part, which, |bytes| {
            let place = place.index(bytes.len());
            bytes.truncate(place);
        });
        let (verified, found) = counts(&history);
        prop_assert!(!verified, "{part:?}: still verified with {found:?}");
    }
}
