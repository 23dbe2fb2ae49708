//! What sharing costs: time and git commands of a put, of an entry, sizes as a history grows, and a
//! new machine's first look. The remote is a bare repository on this disk.
//!
//! `TRAIL_BENCH_ITEMS` says how many items of 20 entries are kept, one push each entry (default 20).

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use trail_port::mirror::Kept;
use trail_port::{Blobs, Mirror};
use trail_record::chain::Subject;
use trail_workspace::{RefSettings, RefStore};

/// Entries of an item, and about how many characters an envelope has.
const ENTRIES: u64 = 20;
const ENVELOPE: usize = 8 * 1024;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(measure());
}

async fn measure() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let done = Command::new("git")
        .args(["init", "-q", "--bare", "remote.git"])
        .current_dir(dir.path())
        .status();
    assert!(done.is_ok_and(|status| status.success()), "git init");
    let remote = dir.path().join("remote.git");
    let open = async |name: &str| {
        let url = remote.to_str().expect("it is text");
        let settings = RefSettings::new(url, dir.path().join(name));
        RefStore::open(settings).await.expect("it opens")
    };

    let one = open("one").await;
    let mut noise = Noise(1);
    one.put(&[b"warm"]).await.expect("it is there");
    let (before, began) = (one.counts(), Instant::now());
    let puts = 40;
    for _ in 0..puts {
        let blob = noise.text(4096);
        one.put(&[blob.as_bytes()]).await.expect("it is there");
    }
    let commands = one.counts().commands - before.commands;
    report("put of 4 KiB", began.elapsed() / puts);
    println!(
        "git commands per put: {:.1}",
        f64::from(u32::try_from(commands).unwrap_or(0)) / f64::from(puts)
    );

    let items = std::env::var("TRAIL_BENCH_ITEMS").ok();
    let items: u32 = items.and_then(|text| text.parse().ok()).unwrap_or(20);
    let began = Instant::now();
    for item in 0..items {
        let subject = Subject {
            project: "bench".into(),
            item: item.to_string().as_str().into(),
            key: format!("B-{item}").as_str().into(),
        };
        for seq in 0..ENTRIES {
            let kept = Kept {
                seq,
                comment: format!("{item}-{seq}").as_str().into(),
                author: "bot".into(),
                envelope: noise.text(ENVELOPE),
            };
            one.keep(&subject, vec![kept]);
            one.flush().await.expect("the remote is there");
        }
    }
    let entries = items * u32::try_from(ENTRIES).expect("it is small");
    report("entry, one push each", began.elapsed() / entries.max(1));
    let per = |path: &Path| size(path) / u64::from(entries.max(1));
    println!("after {entries} entries of {ENVELOPE} characters and {puts} blobs:");
    println!(
        "  this machine's copy: {} bytes an entry",
        per(&dir.path().join("one"))
    );
    println!("  the remote as pushed: {} bytes an entry", per(&remote));
    let packed = Command::new("git")
        .args(["gc", "-q"])
        .current_dir(&remote)
        .status();
    assert!(packed.is_ok_and(|status| status.success()), "git gc");
    println!("  the remote when packed: {} bytes an entry", per(&remote));

    let began = Instant::now();
    let new = open("new").await;
    new.refresh().await.expect("the remote is there");
    report("a new machine's first look", began.elapsed());
    println!(
        "  its copy: {} bytes an entry",
        per(&dir.path().join("new"))
    );
    let began = Instant::now();
    let heads = new.heads().await.expect("they can be read");
    report("all heads", began.elapsed());
    assert_eq!(heads.len(), items as usize);
}

fn report(what: &str, time: Duration) {
    println!("{what}: {:.1} ms", time.as_secs_f64() * 1e3);
}

/// Returns the bytes of all files under a path.
fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return path.metadata().map_or(0, |found| found.len());
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Text that packs about as well as an envelope: base64 of JSON, half words, half digests.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        // xorshift64 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn text(&mut self, len: usize) -> String {
        let mut text = String::with_capacity(len + 32);
        while text.len() < len {
            text.push_str("InJlY29yZHMiOlt7ImRpZ2VzdCI6");
            text.push_str(&format!("{:016x}{:016x}", self.next(), self.next()));
        }
        text.truncate(len);
        text
    }
}
