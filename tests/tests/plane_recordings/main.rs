//! The Plane stand-in against recordings of a real server: same status, same keys and types, same
//! words in errors.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what is not as expected ends the test"
)]

mod differences;
mod prepare;
mod scene;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use trail_fake_plane::recording::{Recording, all};

use scene::Scene;
use table::{NOT_REPLAYED, REPLAYED};

#[test]
fn every_recording_is_replayed_or_the_table_says_why_not() {
    let recorded: BTreeSet<String> = all().unwrap().into_iter().map(|r| r.name).collect();
    let replayed = REPLAYED.iter().map(|(name, _)| (*name).to_owned());
    let not = NOT_REPLAYED.iter().map(|(name, _)| (*name).to_owned());
    let listed: Vec<String> = replayed.chain(not).collect();
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), once.len(), "a recording is listed twice");
    assert_eq!(once, recorded);
    assert_eq!(recorded.len(), 87);
}

#[tokio::test]
async fn the_stand_in_answers_as_the_recordings_do() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let recordings: BTreeMap<String, Recording> = all()
        .unwrap()
        .into_iter()
        .map(|r| (r.name.clone(), r))
        .collect();
    let mut wrong = Vec::new();
    for (name, before) in REPLAYED {
        let scene = Scene::new(&recordings, &recordings[*name], *before).await;
        let differs = match &recordings[*name].response {
            Some(response) => scene.replay(response).await,
            None => scene.deliver(),
        };
        wrong.extend(differs.into_iter().map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
