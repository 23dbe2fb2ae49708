//! The commented `trail.toml` that `trail init` writes.

use std::fmt::Write as _;
use std::path::PathBuf;

use trail_port::tests::Runner;

use super::{Blobs, Forge, Model, Personas, Tracker, TrackerKind, written};

/// What `init` fills in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filled {
    /// The project's id.
    pub(crate) project: String,
    /// What item keys begin with.
    pub(crate) prefix: String,
    /// The repository.
    pub(crate) repository: PathBuf,
    /// The branch work starts from.
    pub(crate) base: Option<String>,
    /// The remote finished branches are pushed to.
    pub(crate) remote: Option<String>,
    /// The tracker.
    pub(crate) tracker: Tracker,
    /// Where pull requests are opened, as far as it is not the tracker's own place.
    pub(crate) forge: Forge,
    /// Where large records are kept, as far as it does not follow from the tracker.
    pub(crate) blobs: Blobs,
    /// How the personas prove who they are.
    pub(crate) personas: Personas,
    /// The test command.
    pub(crate) test_command: Vec<String>,
    /// What runs it, and so how its results are read.
    pub(crate) test_runner: Runner,
    /// The model all personas ask.
    pub(crate) model: Option<Model>,
}

/// Writes the configuration with every setting named, those at their default commented out.
pub(crate) fn template(filled: &Filled) -> String {
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let option = |name: &str, value: &Option<String>, example: &str| match value {
        Some(value) => format!("{name} = {}", text(value)),
        None => format!("# {name} = {}", text(example)),
    };
    let command: Vec<String> = filled.test_command.iter().map(|word| text(word)).collect();
    let tests = if command.is_empty() {
        "# command = [\"cargo\", \"test\"]".to_owned()
    } else {
        format!("command = [{}]", command.join(", "))
    };
    TEMPLATE
        .replace("@project@", &text(&filled.project))
        .replace("@prefix@", &text(&filled.prefix))
        .replace("@repository@", &text(&filled.repository.to_string_lossy()))
        .replace("@base@", &option("base", &filled.base, "main"))
        .replace("@remote@", &option("remote", &filled.remote, "origin"))
        .replace("@tracker@", &tracker(filled))
        .replace("@tests@", &tests)
        .replace("@runner@", &text(filled.test_runner.as_str()))
        .replace("@model@", &model(filled.model.as_ref()))
}

/// Returns the sections that say where items, pull requests and large records are.
fn tracker(filled: &Filled) -> String {
    match filled.tracker.kind {
        TrackerKind::Embedded => {
            let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
            let own = &filled.tracker;
            let url = format!("http://{}", own.listen);
            let (url, listen) = (text(&url), text(&own.listen));
            format!("[tracker]\nkind = \"embedded\"\nurl = {url}\nlisten = {listen}\n\n{OTHERS}")
        }
        TrackerKind::Github | TrackerKind::Plane => written::sections(filled),
    }
}

fn model(model: Option<&Model>) -> String {
    let Some(model) = model else {
        return MODEL.to_owned();
    };
    let mut out = "[models.main]\n".to_owned();
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let path = |path: &PathBuf| text(&path.to_string_lossy());
    let lines = [
        ("kind", Some(text(&model.kind))),
        ("base_url", model.base_url.as_deref().map(text)),
        ("model", model.model.as_deref().map(text)),
        ("api_key_env", model.api_key_env.as_deref().map(text)),
        ("api_key_file", model.api_key_file.as_ref().map(path)),
        (
            "temperature",
            model
                .temperature
                .map(|value| toml::Value::Float(value).to_string()),
        ),
        (
            "max_output_tokens",
            model.max_output_tokens.map(|value| value.to_string()),
        ),
        ("script", model.script.as_ref().map(path)),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            writeln!(out, "{name} = {value}").expect("a string takes all text");
        }
    }
    out.trim_end().to_owned()
}

/// What stands in place of a model that was not named.
const MODEL: &str = r#"# Name at least one model, then run `trail keys trust` so that its endpoint is trusted.
# [models.main]
# kind = "anthropic"              # anthropic | openai-chat | openai-responses | scripted
# model = "..."                   # as the provider calls it
# base_url = "http://127.0.0.1:11434/v1"   # for Ollama, vLLM, LiteLLM
# api_key_env = "ANTHROPIC_API_KEY"
# api_key_file = "/run/secrets/model-key"
# temperature = 0.0
# max_output_tokens = 8192
# max_attempts = 5
# response_timeout = "5m"
# script = "session.json"         # for kind = "scripted"
# extra_body = {}"#;

/// What can be written in place of the embedded tracker.
const OTHERS: &str = r#"# Other trackers, as `trail init --tracker github|plane` writes them:
## kind = "github"                # or "plane"; url = "https://api.github.com"
## label = "trail"                # items without it are left alone; "" takes all
## [tracker.github]
## owner = "acme"
## repo = "reports"
## graphql = true
## [tracker.plane]
## workspace = "acme"
## project = "PROJ"
## requests_per_minute = 60
## [forge]                        # where pull requests are opened
## kind = "github"                # or "none"
## url = "https://api.github.com"
## owner = "acme"
## repo = "reports"
## base = "main"
## token_file = "tokens/forge.token"   # or token_env = "NAME", or an App:
## app_id = "123456"
## app_key_file = "keys/app.pem"
## installation = 7654321
## [blobs]                        # where large records are kept
## kind = "refs"                  # refs/trail/* of a git remote; or "tracker"
## remote = "origin"
## push_env = ["GIT_SSH_COMMAND"] # variables that git gets to push there
## [personas.planner]             # and so on for each
## token_file = "tokens/planner.token" # or token_env = "NAME", or an App as above"#;

const TEMPLATE: &str = r#"# Trail's configuration. Every setting can also be given by a variable:
# TRAIL_<SECTION>__<KEY>, such as TRAIL_WORKER__LEASE=30m. Secrets never stand in here.
# Lines that are commented out show the default or an example.

[project]
id = @project@
key_prefix = @prefix@

[repository]
path = @repository@               # relative to this file's folder
@base@
# Finished branches are pushed to this remote; without it they stay local.
@remote@
# follow = false                  # start from the remote's base branch: for clones nobody pulls
# push_env = ["SSH_AUTH_SOCK"]    # variables that `git push` and `git fetch` get

@tracker@

[tests]
@tests@
# cargo | nextest | pytest | unittest | vitest | jest | node | go | junit | libtest | exit
runner = @runner@
# report = "reports/junit.xml"    # with junit: the file it writes; else standard output is read
# prove = true                    # find out whether tests can fail: on the base, and on mutants
# repeats = 2                     # runs of the same tests on the same code, to find flaky ones
# mutants = 40                    # at most, in one round
# proving_time = "15m"            # for all trials of one round
# proving_rounds = 2              # how often tests that prove nothing go back to the tester
# time = "10m"
# memory = "8GiB"                 # of each process
# output = "4MiB"
# processes = 512

[worker]
# lease = "15m"                   # how long a silent worker keeps an item
# concurrency = 2                 # items at once, per worker
# poll = "2s"
# backoff = "2s"
# backoff_cap = "5m"
# sweep = "*/5 * * * *"           # when every item is looked at again (cron)
# max_calls_per_action = 60
# max_calls_per_run = 400
# budget_usd = 5.0                # per run; needs [prices]
# contract_patchsets = 12
# contract_bytes = "512KiB"
# allow_readable_operator_key = false

[verify]
# schedule = "30 3 * * *"         # when `trail up` verifies everything (cron)

[commands]
# allow = [["cargo", "fmt"]]      # what agents may run besides the test command

@model@

# [personas.coder]                # every persona asks the only model unless it names another
# model = "main"
# listen = "127.0.0.1:7312"       # health, metrics and webhooks of its worker

# [webhooks]                      # hints from the tracker that shorten waits
# secret_file = "webhook-secret"   # or secret_env = "TRAIL_WEBHOOK_SECRET"

# [prices."claude-*"]             # US dollars per million tokens
# input = 3.0
# output = 15.0
# cache_read = 0.3
# cache_write = 3.75

[lint]
# governed = ["tests/**"]         # here each test must name a criterion
# exclude = ["vendor/**"]         # not looked at, besides what .gitignore names
# neighbours = ["open-fast-trace", "strict-doc"]   # whose annotations are read too
# baseline = "trail-lint-baseline.json"

[lint.rules]                      # off | warn | error
# unknown-item = "error"
# unknown-criterion = "error"
# other-items-criterion = "error"
# outdated-revision = "error"
# withdrawn-item = "warn"
# ambiguous = "error"
# malformed = "error"
# not-decidable = "error"
# not-a-test = "error"
# unannotated-test = "warn"
# criterion-without-test = "warn"
# dead-test = "error"
# duplicate-test-name = "warn"
# unparsed = "warn"
# unreadable = "warn"
# suppression-without-reason = "error"
# suppression-expired = "error"
# suppression-unused = "warn"
# baseline-grown = "error"
# baseline-stale = "warn"

[sandbox]
# read_only = ["/opt/toolchain"]  # besides the toolchains on PATH
# env = ["JAVA_HOME"]             # variables that commands get; never secrets
# bwrap = true
# loopback = false
# keep_ignored = true
# allow_unsandboxed = false
"#;
