//! What an idle `trail up` costs in memory: six processes, each charged its own share of what
//! several of them map.

use std::time::Duration;

use trail_tests::binary;
use trail_tests::foreign::say;
use trail_tests::installation::Installation;
use trail_tests::pages;
use trail_tests::service::{children, memory_kb};

/// The most an idle `trail up` may take, in kB; only a release build is held to it.
const LIMIT: u64 = 60 * 1024;

#[test]
fn an_idle_trail_up_is_small() {
    let release = binary::workspace().join("target/release/trail");
    let measured = if release.is_file() {
        release.clone()
    } else {
        binary::trail().to_owned()
    };
    let own = Installation::new("pages", pages::FILES, pages::TESTS, |own| {
        own.write("script.json", &pages::script(0, 0).to_string());
        format!("kind=scripted,script={}/script.json", own.home().display())
    });
    let up = own.start_program(&measured, &["up"], &[]);
    let all = own.wait_for(Duration::from_secs(30), "four workers that poll", || {
        let ready = own.log().matches(" ready").count();
        let all = children(up.id());
        (all.len() == 5 && ready >= 4).then_some(all)
    });
    // What was needed only to start is given back or not within a moment.
    std::thread::sleep(Duration::from_secs(1));
    let mut sum = 0;
    for (id, name) in [(up.id(), "up".to_owned())].into_iter().chain(all) {
        let size = memory_kb(id).expect("the process runs");
        let role = name.rsplit_once("json ").map_or(&*name, |(_, role)| role);
        let role = role.rsplit_once("text ").map_or(role, |(_, role)| role);
        say(&format!("{size:>7} kB  {}", role.trim()));
        sum += size;
    }
    let kind = if measured == release {
        "release"
    } else {
        "debug"
    };
    say(&format!("{sum:>7} kB  an idle `trail up`, {kind} build"));
    assert!(measured != release || sum < LIMIT, "{sum} kB");
}
