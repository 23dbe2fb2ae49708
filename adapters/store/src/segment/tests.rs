use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::Error;

const SMALL: Options = Options {
    chunk: 4096,
    roll: 64 * 1024,
    tolerant: false,
};

fn payloads(log: &Log) -> Vec<Vec<u8>> {
    log.iter_from(Position::START)
        .map(|frame| frame.unwrap().payload)
        .collect()
}

/// Makes a log of one file with frames of these payloads; returns their places.
fn filled(dir: &Path, contents: &[&[u8]]) -> Vec<(usize, usize)> {
    let log = Log::open(dir, SMALL).unwrap();
    let place = |content: &&[u8]| {
        let appended = log.append(content).unwrap();
        (appended.at.offset as usize, appended.next.offset as usize)
    };
    contents.iter().map(place).collect()
}

fn first_file(dir: &Path) -> std::path::PathBuf {
    dir.join("00000001.seg")
}

#[test]
fn frames_are_read_by_position_and_in_order_over_many_files() {
    let dir = tempfile::tempdir().unwrap();
    let contents: Vec<Vec<u8>> = (0..200u8).map(|n| vec![n; usize::from(n) * 13]).collect();
    let mut places = Vec::new();
    for half in contents.chunks(100) {
        let log = Log::open(dir.path(), SMALL).unwrap();
        for content in half {
            let appended = log.append(content).unwrap();
            assert_eq!(log.read(appended.at).unwrap(), *content);
            places.push(appended);
        }
    }
    let log = Log::open(dir.path(), SMALL).unwrap();
    assert!(
        log.end().segment > 3,
        "the log was meant to roll: {:?}",
        log.end()
    );
    assert_eq!(payloads(&log), contents);
    assert!(places.windows(2).all(|pair| pair[0].at < pair[1].at));
    for (n, place) in places.iter().enumerate() {
        let rest: Vec<_> = log
            .iter_from(place.next)
            .map(|f| f.unwrap().payload)
            .collect();
        assert_eq!(rest, contents[n + 1..]);
    }
}

#[test]
fn a_frame_larger_than_chunk_and_roll_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let large = vec![3; 100_000];
    filled(dir.path(), &[b"a", &large, b"b"]);
    let log = Log::open(dir.path(), SMALL).unwrap();
    assert_eq!(payloads(&log), [b"a".to_vec(), large, b"b".to_vec()]);
}

#[test]
fn an_append_makes_one_sync_while_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), Options::default()).unwrap();
    let before = log.syncs();
    for _ in 0..100 {
        log.append(&[1; 100]).unwrap();
    }
    assert_eq!(log.syncs() - before, 100);
    assert!(matches!(
        log.append(&vec![0; MAX_PAYLOAD + 1]),
        Err(Error::TooLarge { .. })
    ));
    log.append(b"a refused frame does no harm").unwrap();
}

#[test]
fn a_last_frame_cut_at_any_byte_is_removed_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let last = b"the last frame, which is torn \xff\xff";
    let places = filled(dir.path(), &[b"one", b"two", last]);
    let (begin, end) = places[2];
    let whole = fs::read(first_file(dir.path())).unwrap();
    for cut in begin..end {
        let mut torn = whole.clone();
        torn[cut..end].fill(0);
        let lost = torn != whole;
        fs::write(first_file(dir.path()), &torn).unwrap();
        let log = Log::open(dir.path(), SMALL).unwrap();
        let mut expected = vec![b"one".to_vec(), b"two".to_vec()];
        if !lost {
            expected.push(last.to_vec());
        }
        assert_eq!(payloads(&log), expected, "cut at {cut}");
        log.append(b"after").unwrap();
        expected.push(b"after".to_vec());
        drop(log);
        assert_eq!(
            payloads(&Log::open(dir.path(), SMALL).unwrap()),
            expected,
            "cut at {cut}"
        );
    }
}

#[test]
fn a_file_cut_short_in_its_last_frame_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let places = filled(dir.path(), &[b"one", b"two"]);
    let whole = fs::read(first_file(dir.path())).unwrap();
    for cut in places[1].0..places[1].1 - 5 {
        fs::write(first_file(dir.path()), &whole[..cut]).unwrap();
        let log = Log::open(dir.path(), SMALL).unwrap();
        log.append(b"after").unwrap();
        drop(log);
        let log = Log::open(dir.path(), SMALL).unwrap();
        assert_eq!(payloads(&log), [b"one".to_vec(), b"after".to_vec()]);
    }
}

#[test]
fn damage_before_a_good_frame_is_an_error_with_file_and_place_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let places = filled(dir.path(), &[b"one", b"the second frame", b"three"]);
    let (begin, _) = places[1];
    let whole = fs::read(first_file(dir.path())).unwrap();
    for at in begin..begin + 16 + b"the second frame".len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(first_file(dir.path()), &damaged).unwrap();
        let refused = Log::open(dir.path(), SMALL).unwrap_err();
        let Error::Corrupt { file, offset, .. } = &refused else {
            panic!("{refused}")
        };
        assert_eq!((file, *offset), (&first_file(dir.path()), begin as u64));
        assert_eq!(fs::read(first_file(dir.path())).unwrap(), damaged);
    }
}

#[test]
fn a_stored_frame_inside_a_payload_is_never_taken_for_a_frame() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), &[b"inner"]);
    let image = fs::read(first_file(dir.path())).unwrap();
    let other = tempfile::tempdir().unwrap();
    let places = filled(other.path(), &[b"one", &image[..200]]);
    let mut torn = fs::read(first_file(other.path())).unwrap();
    torn[places[1].0] ^= 1;
    fs::write(first_file(other.path()), &torn).unwrap();
    let log = Log::open(other.path(), SMALL).unwrap();
    assert_eq!(payloads(&log), [b"one".to_vec()]);
}

#[test]
fn missing_files_and_cut_ends_of_full_files_are_found() {
    let dir = tempfile::tempdir().unwrap();
    {
        let log = Log::open(dir.path(), SMALL).unwrap();
        for _ in 0..100 {
            log.append(&[8; 2000]).unwrap();
        }
    }
    let first = first_file(dir.path());
    let whole = fs::read(&first).unwrap();
    // The last frame of the first file is gone without a trace.
    let mut cut = whole.clone();
    cut[60_000..].fill(0);
    fs::write(&first, &cut).unwrap();
    let log = Log::open(dir.path(), SMALL).unwrap();
    let found = log.iter_from(Position::START).find_map(Result::err);
    assert!(matches!(found, Some(Error::Corrupt { file, .. }) if file == first));
    drop(log);
    fs::write(&first, &whole[..60_000]).unwrap();
    assert!(matches!(
        Log::open(dir.path(), SMALL),
        Err(Error::Corrupt { .. })
    ));
    fs::remove_file(&first).unwrap();
    let refused = Log::open(dir.path(), SMALL).unwrap_err().to_string();
    assert!(
        refused.contains("00000001.seg") && refused.contains("missing"),
        "{refused}"
    );
}

#[test]
fn a_foreign_or_damaged_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), &[b"one"]);
    let whole = fs::read(first_file(dir.path())).unwrap();
    for (at, says) in [
        (0, "no segment"),
        (8, "newer"),
        (17, "checksum"),
        (40, "checksum"),
    ] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(first_file(dir.path()), damaged).unwrap();
        let refused = Log::open(dir.path(), SMALL).unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
    }
    fs::write(first_file(dir.path()), b"short").unwrap();
    assert!(
        Log::open(dir.path(), SMALL)
            .unwrap_err()
            .to_string()
            .contains("cut off")
    );
}

#[test]
fn a_new_file_that_was_never_finished_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), &[b"one"]);
    fs::write(dir.path().join("00000002.seg.tmp"), b"half").unwrap();
    let log = Log::open(dir.path(), SMALL).unwrap();
    assert_eq!(payloads(&log), [b"one".to_vec()]);
    assert!(!dir.path().join("00000002.seg.tmp").exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// A power loss keeps any set of the sectors of a write that was not acknowledged.
    #[test]
    fn a_last_frame_of_which_any_sectors_are_missing_is_removed(
        sizes in proptest::collection::vec(0..3000usize, 1..6),
        missing in proptest::collection::vec(any::<bool>(), 16),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let contents: Vec<Vec<u8>> = sizes.iter().map(|size| vec![0xA5; *size]).collect();
        let refs: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
        let places = filled(dir.path(), &refs);
        let (begin, end) = *places.last().unwrap();
        let mut torn = fs::read(first_file(dir.path())).unwrap();
        let whole = torn.clone();
        for (n, at) in (begin - begin % 512..end).step_by(512).enumerate() {
            if missing[n % missing.len()] {
                torn[at.max(begin)..(at + 512).min(end)].fill(0);
            }
        }
        fs::write(first_file(dir.path()), &torn).unwrap();
        let log = Log::open(dir.path(), SMALL).unwrap();
        let kept = if torn == whole { contents.len() } else { contents.len() - 1 };
        prop_assert_eq!(payloads(&log), &contents[..kept]);
    }
}
