//! Configuration: built-in defaults, `trail.toml`, then `TRAIL_<SECTION>__<KEY>` variables.
//!
//! Everything that is wrong is named with its place and what was probably meant. Secrets never
//! stand in here: only the names of variables and files that hold them.

mod check;
mod foreign;
mod keys;
mod problem;
mod read;
mod template;
mod values;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use trail_port::tests::Runner;
use trail_record::Persona;

pub(crate) use check::MODEL_KINDS;
pub(crate) use foreign::{
    BlobKind, Blobs, Credential, Forge, ForgeKind, GitHubTracker, PlaneTracker, TrackerKind,
};
pub(crate) use problem::{Problem, Problems};
pub(crate) use read::{Environment, load, load_text};
pub(crate) use template::{Filled, template};
pub(crate) use values::{Dollars, choose};

/// Everything that can be configured.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The project.
    pub(crate) project: Project,
    /// The repository under work.
    pub(crate) repository: Repository,
    /// The tracker.
    pub(crate) tracker: Tracker,
    /// Where pull requests are opened.
    pub(crate) forge: Forge,
    /// Where records are kept that are too large for their entry.
    pub(crate) blobs: Blobs,
    /// How tests are run.
    pub(crate) tests: Tests,
    /// How workers work.
    pub(crate) worker: Worker,
    /// What is verified when.
    pub(crate) verify: Verify,
    /// Commands besides the test command.
    pub(crate) commands: Commands,
    /// Models by the names personas use for them.
    pub(crate) models: BTreeMap<String, Model>,
    /// The personas.
    pub(crate) personas: Personas,
    /// Webhooks that shorten waits.
    pub(crate) webhooks: Webhooks,
    /// Prices by model name or prefix, in US dollars per million tokens.
    pub(crate) prices: BTreeMap<String, Price>,
    /// What commands see in the sandbox.
    pub(crate) sandbox: Sandbox,
    /// How annotations are linted.
    pub(crate) lint: trail_lint::Settings,
}

/// The project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Project {
    /// Its id, which stands in every sealed entry.
    pub(crate) id: String,
    /// What the keys of its items begin with.
    pub(crate) key_prefix: String,
}

/// The repository under work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Repository {
    /// Where it is; relative to the set-up directory.
    pub(crate) path: PathBuf,
    /// The branch work starts from; its HEAD's if not given.
    pub(crate) base: Option<String>,
    /// The remote finished branches are pushed to; none keeps them local.
    pub(crate) remote: Option<String>,
    /// Whether work starts from the remote's base branch as it is then, not from this clone's.
    pub(crate) follow: bool,
    /// Names of environment variables that `git push` gets.
    pub(crate) push_env: Vec<String>,
}

/// The tracker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tracker {
    /// Which tracker: `embedded`, `github` or `plane`.
    pub(crate) kind: TrackerKind,
    /// Where workers and commands reach it: the embedded tracker's address, GitHub's API, Plane's.
    pub(crate) url: String,
    /// Where `trail serve` listens.
    pub(crate) listen: String,
    /// The label that items need to be taken up; empty for all items. The embedded tracker's are all
    /// taken up unless one is set.
    pub(crate) label: Option<String>,
    /// The repository whose issues are the items.
    pub(crate) github: GitHubTracker,
    /// The Plane project whose work items are the items.
    pub(crate) plane: PlaneTracker,
}

/// How tests are run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tests {
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// What runs them, and so how results are read. It was called `format` before.
    #[serde(alias = "format", deserialize_with = "values::runner")]
    pub(crate) runner: Runner,
    /// The file the runner reports to, from the repository's root; empty for the runner's own.
    pub(crate) report: String,
    /// Whether it is found out that tests can fail.
    pub(crate) prove: bool,
    /// How often tests are run on the same code to find flaky ones, at least 1.
    pub(crate) repeats: u32,
    /// How many mutants are tried at most in one round.
    pub(crate) mutants: u32,
    /// How long all trials of one round may take together.
    #[serde(deserialize_with = "values::duration")]
    pub(crate) proving_time: Duration,
    /// How often vacuous tests go back to the tester.
    pub(crate) proving_rounds: u32,
    /// Wall time of one run.
    #[serde(deserialize_with = "values::duration")]
    pub(crate) time: Duration,
    /// Address space of each process, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub(crate) memory: u64,
    /// Kept output, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub(crate) output: u64,
    /// Processes and threads together.
    pub(crate) processes: u64,
}

/// How workers work.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Worker {
    /// How long a lease lasts.
    #[serde(deserialize_with = "values::duration")]
    pub(crate) lease: Duration,
    /// Items worked on at once, by each worker.
    pub(crate) concurrency: usize,
    /// How long to wait between polls that found nothing.
    #[serde(deserialize_with = "values::duration")]
    pub(crate) poll: Duration,
    /// The first wait after a failure.
    #[serde(deserialize_with = "values::duration")]
    pub(crate) backoff: Duration,
    /// The longest wait after failures.
    #[serde(deserialize_with = "values::duration")]
    pub(crate) backoff_cap: Duration,
    /// When every item is looked at again, as a 5-field cron expression.
    pub(crate) sweep: String,
    /// AI calls of one action, at most.
    pub(crate) max_calls_per_action: u32,
    /// AI calls of one run, at most.
    pub(crate) max_calls_per_run: u32,
    /// What one run may cost, in US dollars; no limit if not given.
    pub(crate) budget_usd: Option<values::Dollars>,
    /// Patchsets a write contract lets through after the first.
    pub(crate) contract_patchsets: u32,
    /// Bytes of new text a write contract lets through, at least.
    #[serde(deserialize_with = "values::size")]
    pub(crate) contract_bytes: u64,
    /// Whether workers may start although they could read the operator's key.
    pub(crate) allow_readable_operator_key: bool,
}

/// What is verified when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Verify {
    /// When `trail up` verifies all histories, as a 5-field cron expression; empty for never.
    pub(crate) schedule: String,
}

/// Commands besides the test command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Commands {
    /// Program and arguments of each.
    pub(crate) allow: Vec<Vec<String>>,
}

/// One model.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Model {
    /// The wire format: `anthropic`, `openai-chat`, `openai-responses`, `scripted`.
    pub(crate) kind: String,
    /// Where the API is; the provider's own address if not given.
    pub(crate) base_url: Option<String>,
    /// The model's name as its provider calls it.
    pub(crate) model: Option<String>,
    /// The environment variable that holds the API key.
    pub(crate) api_key_env: Option<String>,
    /// The file that holds the API key.
    pub(crate) api_key_file: Option<PathBuf>,
    /// Sampling temperature.
    pub(crate) temperature: Option<f64>,
    /// Tokens of one answer, at most.
    pub(crate) max_output_tokens: Option<u32>,
    /// The script, for a scripted model.
    pub(crate) script: Option<PathBuf>,
    /// Further fields of every request body.
    pub(crate) extra_body: Map<String, Value>,
    /// How often a failed call is tried in all.
    pub(crate) max_attempts: Option<u32>,
    /// How long an answer may take to begin.
    pub(crate) response_timeout: Option<values::Span>,
}

/// The personas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Personas {
    /// The planner.
    pub(crate) planner: PersonaSettings,
    /// The coder.
    pub(crate) coder: PersonaSettings,
    /// The tester.
    pub(crate) tester: PersonaSettings,
    /// The reviewer.
    pub(crate) reviewer: PersonaSettings,
}

/// One persona.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PersonaSettings {
    /// The model it asks, by its name under `[models]`; need not be named where there is only one.
    pub(crate) model: Option<String>,
    /// Where its worker answers for its health, metrics and webhooks; nowhere if not given.
    pub(crate) listen: Option<String>,
    /// The file of its tracker token; `tokens/<persona>.token` if nothing is said.
    pub(crate) token_file: Option<PathBuf>,
    /// The variable that holds its tracker token.
    pub(crate) token_env: Option<String>,
    /// The GitHub App it acts as: its id or client id.
    pub(crate) app_id: Option<String>,
    /// The file of the App's private key.
    pub(crate) app_key_file: Option<PathBuf>,
    /// The App's installation; found by the repository if not given.
    pub(crate) installation: Option<u64>,
}

/// Webhooks: hints from the tracker that there may be news. They shorten waits and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Webhooks {
    /// The environment variable that holds the secret the tracker signs deliveries with.
    pub(crate) secret_env: Option<String>,
    /// The file that holds the secret.
    pub(crate) secret_file: Option<PathBuf>,
}

/// Prices in US dollars per million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    /// Input that no cache served.
    pub(crate) input: values::Dollars,
    /// Output, reasoning included.
    pub(crate) output: values::Dollars,
    /// Input read from a cache.
    pub(crate) cache_read: Option<values::Dollars>,
    /// Input written to a cache.
    pub(crate) cache_write: Option<values::Dollars>,
}

/// What commands see in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sandbox {
    /// Further files and folders that may be read and executed.
    pub(crate) read_only: Vec<PathBuf>,
    /// Names of environment variables that are passed on.
    pub(crate) env: Vec<String>,
    /// Whether bubblewrap is used if it is there.
    pub(crate) bwrap: bool,
    /// Whether programs may talk to themselves over 127.0.0.1.
    pub(crate) loopback: bool,
    /// Whether build output survives between the commands of one run.
    pub(crate) keep_ignored: bool,
    /// Whether commands may run where no sandbox is available.
    pub(crate) allow_unsandboxed: bool,
}

impl Personas {
    /// Returns what is set for a persona.
    pub(crate) const fn of(&self, persona: Persona) -> &PersonaSettings {
        match persona {
            Persona::Planner => &self.planner,
            Persona::Coder => &self.coder,
            Persona::Tester => &self.tester,
            Persona::Reviewer => &self.reviewer,
        }
    }

    /// Returns the settings of a persona, to be changed.
    pub(crate) const fn of_mut(&mut self, persona: Persona) -> &mut PersonaSettings {
        match persona {
            Persona::Planner => &mut self.planner,
            Persona::Coder => &mut self.coder,
            Persona::Tester => &mut self.tester,
            Persona::Reviewer => &mut self.reviewer,
        }
    }
}

impl Config {
    /// Returns what is set for a persona.
    pub(crate) const fn persona(&self, persona: Persona) -> &PersonaSettings {
        self.personas.of(persona)
    }

    /// Returns the name of the model a persona asks: the one it names, else the only one there is.
    pub(crate) fn model_of(&self, persona: Persona) -> Option<&str> {
        let named = self.persona(persona).model.as_deref();
        named.or_else(|| {
            let mut names = self.models.keys();
            let only = names.next()?;
            names.next().is_none().then_some(only.as_str())
        })
    }
}

impl Default for Tracker {
    fn default() -> Self {
        Self {
            kind: TrackerKind::Embedded,
            // The kind's own address is filled in when everything was read.
            url: String::new(),
            listen: "127.0.0.1:7300".to_owned(),
            label: None,
            github: GitHubTracker::default(),
            plane: PlaneTracker::default(),
        }
    }
}

impl Default for Tests {
    fn default() -> Self {
        let proving = trail_port::tests::Proving::default();
        let limits = trail_port::workspace::Limits::default();
        Self {
            command: Vec::new(),
            runner: Runner::Exit,
            report: String::new(),
            prove: proving.enabled,
            repeats: proving.repeats,
            mutants: proving.mutants,
            proving_time: proving.time,
            proving_rounds: proving.rounds,
            time: limits.time,
            memory: limits.memory,
            output: limits.output,
            processes: limits.processes,
        }
    }
}

impl Default for Worker {
    fn default() -> Self {
        let own = trail_worker::Settings::default();
        Self {
            lease: own.lease,
            concurrency: own.concurrency,
            poll: own.poll,
            backoff: own.backoff,
            backoff_cap: own.backoff_cap,
            sweep: "*/5 * * * *".to_owned(),
            max_calls_per_action: own.max_calls_per_action,
            max_calls_per_run: own.max_calls_per_run,
            budget_usd: None,
            contract_patchsets: own.contract_patchsets,
            contract_bytes: own.contract_bytes,
            allow_readable_operator_key: false,
        }
    }
}

impl Default for Verify {
    fn default() -> Self {
        Self {
            schedule: "30 3 * * *".to_owned(),
        }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            read_only: Vec::new(),
            env: Vec::new(),
            bwrap: true,
            loopback: false,
            keep_ignored: true,
            allow_unsandboxed: false,
        }
    }
}

#[cfg(test)]
mod tests;
