//! What configuration says to people about their mistakes.

use std::path::Path;

use super::*;

const LEAST: &str = "\
[project]
id = \"reports\"
key_prefix = \"REP\"

[repository]
path = \"../reports\"
";

fn read(more: &str, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    read::load_text(
        Path::new("trail.toml"),
        &format!("{LEAST}{more}"),
        &environment,
    )
}

/// Returns everything that is said: places, problems, help.
fn said(more: &str, variables: &[(&str, &str)]) -> String {
    let problems = read(more, variables).expect_err("something is wrong");
    format!("{problems} | {}", problems.help().unwrap_or_default())
}

#[test]
fn the_least_configuration_gets_the_defaults() {
    let config = read("", &[]).unwrap();
    assert_eq!(config.worker, Worker::default());
    assert_eq!(config.tests, Tests::default());
    assert_eq!(config.tracker.url, "http://127.0.0.1:7300");
    assert_eq!(config.model_of(Persona::Coder), None);
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_one() {
    let said_of = said("[worker]\nleese = \"15m\"\n", &[]);
    assert!(said_of.contains("trail.toml:8:1"), "{said_of}");
    assert!(
        said_of.contains("`worker.leese`") && said_of.contains("`lease`"),
        "{said_of}"
    );
    let said_of = said("[workers]\nlease = \"15m\"\n", &[]);
    assert!(
        said_of.contains("trail.toml:7:2") && said_of.contains("`worker`"),
        "{said_of}"
    );
    let said_of = said("[models.a]\nkind = \"anthropic\"\nbas_url = \"x\"\n", &[]);
    assert!(
        said_of.contains("trail.toml:9:1") && said_of.contains("`base_url`"),
        "{said_of}"
    );
    let both = read("[worker]\na = 1\nb = 2\n", &[]).unwrap_err();
    assert_eq!(both.all().len(), 2, "all mistakes are told at once");
}

#[test]
fn a_bad_value_is_named_with_its_place_and_what_to_write() {
    for (more, place, what) in [
        (
            "[worker]\nlease = \"15 minutes\"\n",
            "trail.toml:8:9",
            "15m",
        ),
        ("[worker]\nlease = 15\n", "trail.toml:8:9", "15m"),
        (
            "[worker]\nlease = \"25h\"\n",
            "trail.toml:8:9",
            "at most 24h",
        ),
        (
            "[worker]\nconcurrency = \"many\"\n",
            "trail.toml:8:15",
            "many",
        ),
        (
            "[worker]\nconcurrency = 0\n",
            "trail.toml:8:15",
            "at least 1",
        ),
        (
            "[worker]\nconcurrency = -1\n",
            "trail.toml:8:15",
            "concurrency",
        ),
        (
            "[worker]\nsweep = \"* * * *\"\n",
            "trail.toml:8:9",
            "4 fields",
        ),
        (
            "[worker]\nbudget_usd = -1.0\n",
            "trail.toml:8:14",
            "US dollars",
        ),
        ("follow = true\n", "trail.toml:7:10", "no remote to follow"),
        ("[tests]\nformat = \"junt\"\n", "trail.toml:8:10", "junit"),
        ("[tests]\nmemory = \"8GB\"\n", "trail.toml:8:10", "8GiB"),
        (
            "[tests]\ncommand = \"cargo test\"\n",
            "trail.toml:8:11",
            "tests.command",
        ),
        (
            "[tests]\ncommand = [\"cargo\", [1]]\n",
            "trail.toml:8:",
            "tests.command",
        ),
        (
            "[tracker]\nkind = \"embeded\"\n",
            "trail.toml:8:8",
            "embedded",
        ),
        ("worker = 3\n", "trail.toml:7:", ""),
        (
            "[models.a]\nkind = \"antropic\"\n",
            "trail.toml:8:8",
            "did you mean \"anthropic\"",
        ),
        (
            "[models.a]\nmodel = \"x\"\n",
            "trail.toml:7:9",
            "`kind` is not set",
        ),
        (
            "[models.a]\nkind = \"anthropic\"\n[personas.coder]\nmodel = \"b\"\n",
            "trail.toml:10:9",
            "no model \"b\"",
        ),
        (
            "[models.a]\nkind = \"anthropic\"\napi_key_env = \"sk-live-abc\"\n",
            "trail.toml:9:15",
            "revoke",
        ),
        (
            "[prices.\"*-x\"]\ninput = 1\noutput = 1\n",
            "trail.toml",
            "`*`",
        ),
        ("[worker\n", "trail.toml:7:", ""),
        ("[worker]\n[worker]\n", "trail.toml:8:", "duplicate"),
        ("[commands]\nallow = [[]]\n", "trail.toml:8:9", "empty"),
    ] {
        let said = said(more, &[]);
        assert!(said.contains(place), "{more:?}: no {place:?} in {said}");
        assert!(said.contains(what), "{more:?}: no {what:?} in {said}");
    }
}

#[test]
fn a_pasted_key_is_not_repeated_in_what_is_said() {
    let problems = read(
        "[models.a]\nkind = \"anthropic\"\napi_key = \"sk-live-abc\"\n",
        &[],
    );
    assert!(!problems.unwrap_err().to_string().contains("sk-live"));
}

#[test]
fn variables_win_over_the_file_and_are_named_when_wrong() {
    let config = read(
        "[worker]\nlease = \"15m\"\n[tests]\ncommand = [\"a\"]\n",
        &[
            ("TRAIL_WORKER__LEASE", "30m"),
            ("TRAIL_WORKER__CONCURRENCY", "7"),
            ("TRAIL_TESTS__COMMAND", "cargo test --locked"),
            ("TRAIL_SANDBOX__LOOPBACK", "true"),
            ("TRAIL_PROJECT__ID", "2026"),
            ("TRAIL_DIR", "/somewhere"),
            ("TRAIL_TOKEN", "secret"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.worker.lease, Duration::from_secs(1800));
    assert_eq!(config.worker.concurrency, 7);
    assert_eq!(config.tests.command, ["cargo", "test", "--locked"]);
    assert!(config.sandbox.loopback);
    assert_eq!(config.project.id, "2026");

    for (name, value, what) in [
        (
            "TRAIL_WORKER__LEASE",
            "soon",
            "environment variable TRAIL_WORKER__LEASE",
        ),
        ("TRAIL_WORKER__LEESE", "15m", "TRAIL_WORKER__LEASE"),
        ("TRAIL_WORKER_LEASE", "15m", "TRAIL_WORKER__LEASE"),
        ("TRAIL_TOKE", "x", "TRAIL_TOKEN"),
        ("TRAIL_WORKER", "x", "TRAIL_WORKER__<KEY>"),
        ("TRAIL_COMMANDS__ALLOW", "x", "trail.toml"),
        ("TRAIL_NOTHING_LIKE_IT", "x", "TRAIL_<SECTION>__<KEY>"),
    ] {
        let said = said("", &[(name, value)]);
        assert!(said.contains(name) && said.contains(what), "{name}: {said}");
    }
}

#[test]
fn a_models_key_may_be_in_a_variable_with_our_prefix() {
    let model = "[models.a]\nkind = \"anthropic\"\napi_key_env = \"TRAIL_MODEL_KEY\"\n";
    assert!(read(model, &[("TRAIL_MODEL_KEY", "k")]).is_ok());
    assert!(read("", &[("TRAIL_MODEL_KEY", "k")]).is_err());
}

#[test]
fn prices_are_read_in_dollars_per_million_tokens() {
    let config = read("[prices.\"gpt-4.1*\"]\ninput = 2.5\noutput = 10\n", &[]).unwrap();
    let price = config.prices["gpt-4.1*"];
    assert_eq!(
        (price.input.micros(), price.output.micros()),
        (2_500_000, 10_000_000)
    );
}

#[test]
fn the_only_model_is_everybodys_and_one_that_is_named_is_its_personas() {
    let one = "[models.a]\nkind = \"anthropic\"\n";
    assert_eq!(read(one, &[]).unwrap().model_of(Persona::Tester), Some("a"));
    let two = format!("{one}[models.b]\nkind = \"scripted\"\n[personas.coder]\nmodel = \"b\"\n");
    let config = read(&two, &[]).unwrap();
    assert_eq!(config.model_of(Persona::Coder), Some("b"));
    assert_eq!(config.model_of(Persona::Tester), None);
}

/// Returns the setting or section that a commented-out line of the template holds.
fn setting(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("# ")?;
    let name = inner.split([' ', '=']).next()?;
    let word = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (inner.starts_with('[') || word && inner.contains(" = ")).then_some(inner)
}

#[test]
fn the_template_names_every_setting_and_can_be_read_with_all_of_them_uncommented() {
    let filled = Filled {
        project: "a \"quoted\" name".to_owned(),
        prefix: "P".to_owned(),
        repository: "../repo".into(),
        tracker: Tracker {
            listen: "127.0.0.1:7301".to_owned(),
            ..Tracker::default()
        },
        test_command: vec!["cargo".to_owned(), "test".to_owned()],
        test_runner: Runner::Libtest,
        ..Filled::default()
    };
    let text = template(&filled);
    let load = |text: &str| read::load_text(Path::new("trail.toml"), text, &Environment::new());
    let config = load(&text).unwrap();
    assert_eq!(config.project.id, "a \"quoted\" name");
    assert_eq!(config.tests.command, ["cargo", "test"]);
    assert_eq!(config.worker, Worker::default());

    let all: Vec<&str> = text
        .lines()
        .map(|line| setting(line).unwrap_or(line))
        .collect();
    let all = all.join("\n");
    // The example names a key in two places, which is refused; each alone is not.
    let all = all.replace("api_key_file =", "# api_key_file =");
    let loaded = load(&all).unwrap_or_else(|problems| panic!("{problems}\n{all}"));
    assert_eq!(
        loaded.worker.lease,
        Worker::default().lease,
        "the defaults shown are the defaults"
    );
    assert_eq!(loaded.tests.time, Tests::default().time);
    assert_eq!(loaded.tests.memory, Tests::default().memory);
    assert_eq!(
        loaded.worker.contract_bytes,
        Worker::default().contract_bytes
    );
    // What a setting was called before can be read, and is not shown to anybody.
    for key in keys::KEYS.iter().filter(|key| **key != "tests.format") {
        let name = key.trim_end_matches(".**").rsplit('.').next().unwrap();
        assert!(
            text.contains(&format!("{name} = ")),
            "{key} is not in the template"
        );
    }
}

#[test]
fn a_model_from_the_command_line_is_written_and_read_back() {
    let model = Model {
        kind: "openai-chat".to_owned(),
        base_url: Some("http://127.0.0.1:11434/v1".to_owned()),
        model: Some("m".to_owned()),
        temperature: Some(0.0),
        ..Model::default()
    };
    let filled = Filled {
        project: "p".to_owned(),
        prefix: "P".to_owned(),
        repository: "r".into(),
        test_runner: Runner::Exit,
        model: Some(model.clone()),
        ..Filled::default()
    };
    let text = template(&filled);
    let read = read::load_text(Path::new("trail.toml"), &text, &Environment::new());
    assert_eq!(read.unwrap().models["main"], model);
}

#[path = "foreign/tests.rs"]
mod foreign;
