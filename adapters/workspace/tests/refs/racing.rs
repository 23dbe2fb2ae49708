//! Many machines writing at once.

use trail_port::{Blobs, Mirror};

use crate::{Lab, REF, holds, kept, subject};

/// Machines and puts of each.
const WRITERS: u8 = 8;
const PUTS: u8 = 25;

#[tokio::test(flavor = "multi_thread")]
async fn eight_machines_putting_at_once_lose_nothing_and_history_is_one_line() {
    let lab = Lab::new();
    let mut stores = Vec::new();
    for n in 0..WRITERS {
        stores.push(lab.machine(&format!("m{n}")).await);
    }
    let item = subject("1");
    let tasks: Vec<_> = stores
        .iter()
        .enumerate()
        .map(|(writer, store)| {
            let (store, item) = (store.clone(), item.clone());
            tokio::spawn(async move {
                let own = subject(&format!("own-{writer}"));
                for put in 0..PUTS {
                    store.keep(&item, (0..=u64::from(put)).map(kept).collect());
                    store.keep(&own, vec![kept(put.into())]);
                    store
                        .put(&[&[writer as u8, put], b"the same for all"])
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let fresh = lab.machine("fresh").await;
    for writer in 0..WRITERS {
        for put in 0..PUTS {
            holds(&fresh, &[writer, put]).await;
        }
        let own = fresh
            .recall(&subject(&format!("own-{writer}")))
            .await
            .unwrap();
        assert_eq!(own, (0..PUTS.into()).map(kept).collect::<Vec<_>>());
    }
    assert_eq!(
        fresh.recall(&item).await.unwrap(),
        (0..PUTS.into()).map(kept).collect::<Vec<_>>()
    );
    let merges = lab.git(&["rev-list", "--count", "--min-parents=2", REF]);
    assert_eq!(merges, "0");
    let blobs = lab
        .files()
        .iter()
        .filter(|path| path.starts_with("blobs/"))
        .count();
    assert_eq!(blobs, usize::from(WRITERS) * usize::from(PUTS) + 1);
    for store in &stores {
        assert_eq!(store.rewound(), None);
    }
    let commits: u32 = lab.git(&["rev-list", "--count", REF]).parse().unwrap();
    let races: u64 = stores.iter().map(|own| own.counts().races).sum();
    let commands: u64 = stores.iter().map(|own| own.counts().commands).sum();
    eprintln!(
        "{WRITERS} machines, {PUTS} puts each: {commits} commits stand, {races} lost races, {commands} git commands"
    );
}
