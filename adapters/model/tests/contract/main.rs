//! What every model must do, over all three wire formats against the scripted peer, and by script.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod session;

use trail_model::peer::Peer;
use trail_model::scripted::Turn;
use trail_record::body::Usage;

fn usage(input: u64, output: u64) -> Usage {
    Usage {
        input: Some(input),
        output: Some(output),
        ..Usage::default()
    }
}

fn turn(text: &str) -> Turn {
    Turn {
        text: text.to_owned(),
        usage: Some(usage(10, 2)),
        ..Turn::default()
    }
}

async fn turn_peer(texts: &[&str]) -> Peer {
    Peer::of_turns(texts.iter().map(|text| turn(text)).collect())
        .await
        .unwrap()
}
