//! The only place where ports meet adapters.
//!
//! | asked for | given |
//! |---|---|
//! | [`policy`], [`prompts`], [`workspace`] | what the set-up directory configures |
//! | [`model_of`], [`model_named`] | a persona's model, or one by name |
//! | [`Account`], [`own_account`], [`reach`], [`own_reach`] | the tracker: as an account, as the person, for reading |
//! | [`blobs`], [`forge`] | what machines share, and where pull requests are opened |
//! | [`ports`], [`worker`] | everything a worker needs, and the worker |

mod account;
mod proof;
mod reach;
mod shared;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;
use trail_agents::Prompts;
use trail_model::price::Table;
use trail_policies::Engine;
use trail_port::tests::{Proving, TestSettings};
use trail_port::{
    Blobs, Forge, Model, Policy, Prover, Store, Tracker, Workspace, model, workspace::Limits,
};
use trail_prover::Local;
use trail_record::{Persona, WorkerId};
use trail_store::LocalStore;
use trail_worker::{Clock, Ports, Redactor, Settings, System, Worker};
use trail_workspace::sandbox::Bwrap;
use trail_workspace::{GitWorkspace, SandboxSettings};

use crate::cli::Global;
use crate::config;
use crate::output::{Exit, Hinted, usage};
use crate::private;
use crate::setup::{self, Setup};

pub(crate) use account::{Account, forge, forge_client};
pub(crate) use proof::{Place, Proof, forge_is_tracker, forge_place, place_of, proof_of};
pub(crate) use reach::{Reach, find, is_served, own_reach, reach};
pub(crate) use shared::{blobs, refs, share};

/// How long a poll may wait at the tracker for the first change.
const WAIT: Duration = Duration::from_secs(10);

/// Returns the rules in the set-up directory.
pub(crate) fn policy(setup: &Setup) -> anyhow::Result<Arc<Engine>> {
    let dir = setup.layout.policies();
    let engine = Engine::from_dir(&dir).map_err(|error| {
        let message = format!("{}: {error}", dir.display());
        Hinted::new(Exit::Usage, message)
            .help("mend the rules; then the operator signs them with `trail keys trust`")
    })?;
    Ok(Arc::new(engine))
}

/// Returns the prompts that ship, with those of the set-up directory in their place.
pub(crate) fn prompts(setup: &Setup) -> anyhow::Result<Prompts> {
    let dir = setup.layout.prompts();
    if !dir.is_dir() {
        return Ok(Prompts::builtin());
    }
    Prompts::from_dir(&dir).map_err(|error| {
        usage(
            format!("{}: {error}", dir.display()),
            "mend the file or take it away",
        )
    })
}

/// Returns the price of a model in the port's words.
pub(crate) fn price(price: &config::Price) -> model::Price {
    model::Price {
        input: price.input.micros(),
        output: price.output.micros(),
        cache_read: price.cache_read.map(config::Dollars::micros),
        cache_write: price.cache_write.map(config::Dollars::micros),
    }
}

/// Returns the model a persona asks.
pub(crate) fn model_of(setup: &Setup, persona: Persona) -> anyhow::Result<Arc<dyn Model>> {
    let name = setup.config.model_of(persona).ok_or_else(|| {
        let help = if setup.config.models.is_empty() {
            "describe one under [models.main] in trail.toml, then run `trail keys trust`".to_owned()
        } else {
            format!(
                "there are several; write [personas.{persona}] model = \"<name>\" in trail.toml"
            )
        };
        usage(format!("no model is named for the {persona}"), help)
    })?;
    model_named(setup, name)
}

/// Returns the model of this name.
pub(crate) fn model_named(setup: &Setup, name: &str) -> anyhow::Result<Arc<dyn Model>> {
    model_at(setup, name, None)
}

/// Returns the model of this name, with another temperature if one is given.
pub(crate) fn model_at(
    setup: &Setup,
    name: &str,
    temperature: Option<f64>,
) -> anyhow::Result<Arc<dyn Model>> {
    let mut settings = model_settings(setup, name)?;
    settings.api_key = api_key(setup, name)?;
    settings.temperature = temperature.or(settings.temperature);
    settings.build().with_context(|| format!("model {name:?}"))
}

/// Returns who answers under this name; takes no API key.
pub(crate) fn model_identity(setup: &Setup, name: &str) -> anyhow::Result<model::Identity> {
    let model = model_settings(setup, name)?.build();
    Ok(model.with_context(|| format!("model {name:?}"))?.identity())
}

/// Returns the settings of a model but its API key.
fn model_settings(setup: &Setup, name: &str) -> anyhow::Result<trail_model::Settings> {
    let own = setup.config.models.get(name).ok_or_else(|| {
        usage(
            format!("there is no model {name:?}"),
            "describe it in trail.toml",
        )
    })?;
    let kinds = &config::MODEL_KINDS;
    let kind = config::choose(&own.kind, kinds)
        .map_err(|why| usage(format!("models.{name}.kind: {why}"), "mend trail.toml"))?;
    let mut settings = trail_model::Settings::new(kind);
    settings.base_url.clone_from(&own.base_url);
    settings.model.clone_from(&own.model);
    settings.script = own.script.as_deref().map(|path| setup.layout.resolve(path));
    settings.temperature = own.temperature;
    settings.max_output_tokens = own.max_output_tokens;
    settings.extra_body.clone_from(&own.extra_body);
    if let Some(attempts) = own.max_attempts {
        settings.retry.max_attempts = attempts;
    }
    if let Some(span) = own.response_timeout {
        settings.timeouts.response_ms = u64::try_from(span.0.as_millis()).unwrap_or(u64::MAX);
    }
    let rows = setup.config.prices.iter();
    let table = Table::new(rows.map(|(model, row)| (model.clone(), price(row))))?;
    settings.price = own.model.as_deref().and_then(|model| table.lookup(model));
    Ok(settings)
}

/// Returns a model's API key from where the configuration says it is kept.
pub(crate) fn api_key(setup: &Setup, name: &str) -> anyhow::Result<Option<SecretString>> {
    let Some(model) = setup.config.models.get(name) else {
        return Ok(None);
    };
    if let Some(variable) = &model.api_key_env {
        return match std::env::var(variable) {
            Ok(key) if !key.trim().is_empty() => Ok(Some(key.into())),
            Ok(_) | Err(_) => Err(usage(
                format!("model {name:?}: the environment variable {variable} is not set"),
                format!("set {variable} to the API key, or use api_key_file"),
            )),
        };
    }
    let Some(path) = &model.api_key_file else {
        return Ok(None);
    };
    let what = format!("the API key of model {name:?}");
    private::read_token(&setup.layout.resolve(path), &what).map(Some)
}

/// Opens the repository.
pub(crate) async fn workspace(setup: &Setup) -> anyhow::Result<GitWorkspace> {
    let own = &setup.config;
    let mut settings = trail_workspace::Settings::new(setup.repository(), setup.layout.worktrees());
    settings.base.clone_from(&own.repository.base);
    settings.remote.clone_from(&own.repository.remote);
    settings.follow = own.repository.follow;
    settings.push_environment = passed(&own.repository.push_env);
    settings.keep_ignored = own.sandbox.keep_ignored;
    settings.sandbox = sandbox(setup);
    Ok(GitWorkspace::open(settings).await?)
}

/// Returns what commands see in the sandbox.
pub(crate) fn sandbox(setup: &Setup) -> SandboxSettings {
    let own = &setup.config.sandbox;
    let mut settings = SandboxSettings::detect();
    settings
        .read_only
        .extend(own.read_only.iter().map(|path| setup.layout.resolve(path)));
    settings.environment.extend(passed(&own.env));
    settings.bwrap = if own.bwrap { Bwrap::Auto } else { Bwrap::Never };
    settings.loopback = own.loopback;
    settings.allow_unsandboxed = own.allow_unsandboxed;
    settings
}

/// Returns the variables among `names` that are set.
fn passed(names: &[String]) -> Vec<(String, String)> {
    let set = |name: &String| Some((name.clone(), std::env::var(name).ok()?));
    names.iter().filter_map(set).collect()
}

/// Returns the tracker as the person who runs the command.
pub(crate) fn own_account(setup: &Setup, global: &Global) -> anyhow::Result<Account> {
    let token = setup::human_token(global)?.ok_or_else(|| {
        let help = match setup.config.tracker.kind {
            config::TrackerKind::Embedded => {
                "set TRAIL_TOKEN to the token that `trail init` printed, or name its file with --token-file"
            }
            config::TrackerKind::Github => {
                "set TRAIL_TOKEN to a token of your own GitHub account that may write issues, or name its file with --token-file"
            }
            config::TrackerKind::Plane => {
                "set TRAIL_TOKEN to an API key of your own Plane account, or name its file with --token-file"
            }
        };
        usage("this acts as you and needs your own tracker token", help)
    })?;
    // A person's few requests are not counted against what others of the machine may ask.
    Account::new(setup, Proof::Token(token), None)
}

/// Returns what a worker is told by configuration.
pub(crate) fn settings(setup: &Setup) -> Settings {
    let (worker, tests) = (&setup.config.worker, &setup.config.tests);
    Settings {
        lease: worker.lease,
        concurrency: worker.concurrency,
        poll: worker.poll,
        backoff: worker.backoff,
        backoff_cap: worker.backoff_cap,
        max_calls_per_action: worker.max_calls_per_action,
        max_calls_per_run: worker.max_calls_per_run,
        budget_micros: worker.budget_usd.map(config::Dollars::micros),
        tests: TestSettings {
            command: tests.command.clone(),
            runner: tests.runner,
            report: Some(tests.report.clone()).filter(|own| !own.is_empty()),
            proving: Proving {
                enabled: tests.prove,
                repeats: tests.repeats.max(1),
                mutants: tests.mutants,
                time: tests.proving_time,
                rounds: tests.proving_rounds,
            },
            limits: Limits {
                time: tests.time,
                memory: tests.memory,
                output: tests.output,
                processes: tests.processes,
            },
        },
        commands: setup.config.commands.allow.clone(),
        contract_patchsets: worker.contract_patchsets,
        contract_bytes: worker.contract_bytes,
        label: setup
            .config
            .tracker
            .label
            .clone()
            .filter(|label| !label.is_empty()),
    }
}

/// What a worker shares with others.
pub(crate) struct Bus {
    /// The tracker, as the worker's persona.
    pub(crate) tracker: Arc<dyn Tracker>,
    /// Where large records are kept.
    pub(crate) blobs: Arc<dyn Blobs>,
    /// Where pull requests are opened; none if people do.
    pub(crate) forge: Option<Arc<dyn Forge>>,
}

/// Returns a worker's ports; `home` is the folder of what it keeps for itself.
pub(crate) async fn ports(
    setup: &Setup,
    persona: Persona,
    home: &Path,
    bus: Bus,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Ports> {
    private::make_dir(home)?;
    let store = LocalStore::open(&home.join("store")).map_err(trail_port::store::Error::from)?;
    let store: Arc<dyn Store> = Arc::new(store);
    let policy: Arc<dyn Policy> = policy(setup)?;
    let workspace: Arc<dyn Workspace> = Arc::new(workspace(setup).await?);
    Ok(Ports {
        tracker: bus.tracker,
        model: model_of(setup, persona)?,
        forge: bus.forge,
        prover: prover(&workspace, &store),
        workspace,
        store,
        blobs: bus.blobs,
        policy,
        clock,
    })
}

/// Returns what finds out in a workspace whether tests can fail; `store` keeps what was tried.
pub(crate) fn prover(workspace: &Arc<dyn Workspace>, store: &Arc<dyn Store>) -> Arc<dyn Prover> {
    let redactor = Redactor::default();
    let redact = Arc::new(move |text: &str| redactor.redact(text).into_owned());
    Arc::new(Local::new(Arc::clone(workspace), Arc::clone(store), redact))
}

/// Makes a worker of a persona with these ports.
pub(crate) async fn worker(
    setup: &Setup,
    persona: Persona,
    id: WorkerId,
    ports: Ports,
) -> anyhow::Result<Worker> {
    let made = Worker::new(
        persona,
        id,
        setup.key(persona)?,
        setup.trust()?,
        prompts(setup)?,
        settings(setup),
        ports,
    );
    Ok(made.await?)
}

/// Makes a worker of a persona as a process of its own: it reaches everything as its persona. The
/// account it does so by is returned with it.
pub(crate) async fn remote_worker(
    setup: &Setup,
    persona: Persona,
    id: WorkerId,
    home: &Path,
) -> anyhow::Result<(Worker, Account)> {
    let account = Account::of(setup, persona)?.waiting(WAIT);
    let forge = match persona {
        Persona::Reviewer => forge(setup, &account)?,
        Persona::Planner | Persona::Coder | Persona::Tester => None,
    };
    private::make_dir(home)?;
    let shared = share(setup, &account, &home.join("refs")).await?;
    let bus = Bus {
        tracker: account.tracker(),
        blobs: shared.blobs,
        forge,
    };
    let ports = ports(setup, persona, home, bus, Arc::new(System)).await?;
    let worker = worker(setup, persona, id, ports).await?;
    let worker = match shared.mirror {
        Some(mirror) => worker.with_mirror(mirror),
        None => worker,
    };
    Ok((worker, account))
}
