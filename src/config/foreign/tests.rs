//! What configuration says of trackers and forges of other makers.

use trail_port::tests::Runner;

use super::*;

#[test]
fn the_template_of_another_tracker_reads_back_as_it_was_filled_in() {
    let app = PersonaSettings {
        app_id: Some("12".to_owned()),
        app_key_file: Some("/k.pem".into()),
        installation: Some(7),
        ..PersonaSettings::default()
    };
    let variable = PersonaSettings {
        token_env: Some("TRAIL_CODER_TOKEN".to_owned()),
        ..PersonaSettings::default()
    };
    let filled = Filled {
        project: "p".to_owned(),
        prefix: "P".to_owned(),
        repository: "r".into(),
        remote: Some("origin".to_owned()),
        test_runner: Runner::Exit,
        tracker: Tracker {
            kind: TrackerKind::Github,
            url: "https://github.example.org/api/v3".to_owned(),
            github: GitHubTracker {
                owner: "acme".to_owned(),
                repo: "reports".to_owned(),
                graphql: false,
            },
            ..Tracker::default()
        },
        forge: Forge {
            base: Some("main".to_owned()),
            ..Forge::default()
        },
        personas: Personas {
            planner: app.clone(),
            coder: variable.clone(),
            ..Personas::default()
        },
        ..Filled::default()
    };
    let text = template(&filled);
    let variables = [("TRAIL_CODER_TOKEN".to_owned(), "t".to_owned())];
    let read = read::load_text(Path::new("trail.toml"), &text, &variables.into());
    let read = read.unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    assert_eq!(read.tracker.github, filled.tracker.github);
    assert_eq!(read.tracker.url, filled.tracker.url);
    assert_eq!(read.tracker.label.as_deref(), Some("trail"));
    assert_eq!(
        (read.personas.planner, read.personas.coder),
        (app, variable)
    );
    assert_eq!(read.forge.repo.as_deref(), Some("reports"));
    assert_eq!(read.forge.base.as_deref(), Some("main"));
    assert_eq!(read.blobs.kind, Some(BlobKind::Refs));
    assert_eq!(read.blobs.remote.as_deref(), Some("origin"));
}

#[test]
fn what_does_not_fit_a_tracker_is_named_with_its_place_and_a_way_out() {
    let github = "[tracker]\nkind = \"github\"\n[tracker.github]\nowner = \"acme\"\nrepo = \"r\"\n[blobs]\nremote = \"o\"\n[forge]\nkind = \"none\"\n";
    read(github, &[]).unwrap();
    let plane = "[tracker]\nkind = \"plane\"\nurl = \"https://p.example\"\n[tracker.plane]\nworkspace = \"w\"\nproject = \"P\"\n[blobs]\nremote = \"o\"\n";
    read(plane, &[]).unwrap();
    let with = |base: &str, more: &str| format!("{base}{more}");
    for (text, parts) in [
        (
            "[tracker]\nkind = \"githup\"\n".to_owned(),
            ["did you mean \"github\"", "trail.toml:8:8"],
        ),
        (
            "[tracker]\nkind = \"github\"\n".to_owned(),
            ["tracker.github.owner", "not named"],
        ),
        (
            "[tracker]\nkind = \"plane\"\n".to_owned(),
            ["tracker.plane.workspace", "address is not set"],
        ),
        (
            "[tracker.plane]\nworkspace = \"w\"\n".to_owned(),
            ["of kind \"embedded\"", "take this section out"],
        ),
        (
            github.replace("\"r\"", "\"acme/r\""),
            ["\"acme/r\" cannot be a name", "github.com/acme/reports"],
        ),
        (
            plane.replace("https://p", "http://p"),
            ["unencrypted", "tracker.url"],
        ),
        (
            plane.replace("https://p", "https://me:secret@p"),
            ["password stands in the address", "tracker.url"],
        ),
        (
            plane.replace("remote = \"o\"\n", ""),
            ["blobs.remote", "none is named"],
        ),
        (
            with(plane, "kind = \"tracker\"\n"),
            ["plane keeps no blobs", "refs/trail"],
        ),
        (
            with(plane, "[forge]\nkind = \"github\"\n"),
            ["forge.owner", "repository.remote"],
        ),
        (
            with(plane, "[forge]\nbase = \"x\"\nowner = \"o\"\n"),
            ["no forge is chosen", "forge.kind"],
        ),
        (
            with(plane, "[personas.coder]\napp_id = \"1\"\n"),
            ["only GitHub has Apps", "token_env"],
        ),
        (
            with(github, "[personas.coder]\napp_id = \"1\"\n"),
            ["its id and its private key", "app_key_file"],
        ),
        (
            with(github, "[personas.coder]\ntoken_env = \"ghp_secret\"\n"),
            ["not the name of a variable", "revoke it"],
        ),
        (
            with(github, "[personas.coder]\ntoken_env = \"TRAIL_TOKEN\"\n"),
            ["no worker may have", "TRAIL_CODER_TOKEN"],
        ),
        (
            with(
                github,
                "[personas.coder]\ntoken_env = \"A\"\ntoken_file = \"b\"\n",
            ),
            ["in a variable and in a file", "keep one"],
        ),
        (
            with(github, "[personas.coder]\ntoken_evn = \"A\"\n"),
            ["personas.coder.token_evn", "token_env"],
        ),
    ] {
        let said = said(&text, &[]);
        for part in parts {
            assert!(said.contains(part), "{text}\n{said}");
        }
        // A secret that was pasted in the wrong place is not repeated by the words said of it.
        let words = said.split("trail.toml").next().unwrap_or_default();
        assert!(
            !words.contains("ghp_secret") && !words.contains("me:secret"),
            "{said}"
        );
    }
}
