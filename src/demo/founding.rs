//! The demo's set-up: as `trail init` makes it, with the sample's repository and people.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use trail_model::scripted::Script;
use trail_port::tests::Runner;
use trail_record::{Keypair, Persona, UserId};
use trail_tracker::Embedded;

use super::sample;
use crate::config::{self, Filled};
use crate::founding::{self, People, Plan};
use crate::layout::Layout;
use crate::output::usage;
use crate::private;
use crate::setup::Setup;

/// The demo's project, and what its item keys begin with.
const PROJECT: &str = "vsme";
const PREFIX: &str = "VSME";
/// The number of its first item; the earlier ones are the sample company's past.
const FIRST: u64 = 142;
/// The second scripted model, as the configuration calls it.
pub(super) const RIVAL: &str = "scripted-b";
/// The sample's human.
const HUMAN: &str = "klara.nilsson";
const HUMAN_NAME: &str = "Klara Nilsson";

/// A set-up made for the demo.
pub(super) struct Founded {
    pub(super) setup: Setup,
    pub(super) embedded: Embedded,
    pub(super) operator: Keypair,
    /// The account of the sample's human.
    pub(super) human: UserId,
    /// The accounts of the personas.
    pub(super) personas: Vec<(Persona, UserId)>,
}

/// Makes the set-up in `dir`, with the sample repository; `simulated` says that nobody but the demo
/// answers as the sample's human.
pub(super) async fn found(
    dir: &Path,
    script: Option<&Path>,
    simulated: bool,
) -> anyhow::Result<Founded> {
    private::make_dir(dir)?;
    sample::lay_out(&dir.join("repo"))?;
    let name = put_script(dir, script)?;
    let operator_key = operator_key(dir);
    let plan = Plan {
        root: dir.to_owned(),
        operator_key: operator_key.clone(),
        filled: filled(&name)?,
        people: People::New {
            login: HUMAN.to_owned(),
            name: HUMAN_NAME.to_owned(),
            simulated,
        },
    };
    let operator = private::new_key()?;
    let made = founding::fill(&plan, dir, &operator).await?;
    let (human, token) = made.context("the embedded tracker has a human")?;
    private::make_dir(operator_key.parent().context("a file lies in a folder")?)?;
    private::write_new(&operator_key, &operator.to_pem())?;
    private::write_new(&human_token(dir), &format!("{}\n", token.expose_secret()))?;

    let layout = Layout::at(dir);
    add_models(&layout, &name)?;
    let tracker = layout.tracker();
    let opened = tokio::task::spawn_blocking(move || {
        let embedded = Embedded::open_existing(&tracker)?;
        embedded.number_from(FIRST)?;
        let accounts = embedded.users()?;
        Ok::<_, trail_tracker::Error>((embedded, accounts))
    });
    let (embedded, accounts) = opened.await??;
    let personas = Persona::ALL.into_iter().filter_map(|persona| {
        let own = accounts
            .iter()
            .find(|account| account.login == persona.as_str())?;
        Some((persona, own.id.clone()))
    });
    Ok(Founded {
        setup: Setup::at(layout)?,
        embedded,
        operator,
        human: human.id,
        personas: personas.collect(),
    })
}

/// Returns where the demo's operator key lies.
pub(super) fn operator_key(dir: &Path) -> PathBuf {
    dir.join("operator").join("operator.pem")
}

/// Returns where the token of the sample's human lies.
pub(super) fn human_token(dir: &Path) -> PathBuf {
    dir.join("operator").join(format!("{HUMAN}.token"))
}

/// Puts the script where the configuration names it, and returns its name.
fn put_script(dir: &Path, script: Option<&Path>) -> anyhow::Result<String> {
    let (origin, text) = match script {
        Some(path) => {
            let origin = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| {
                usage(format!("{origin}: {error}"), "name a script of a session")
            })?;
            (origin, text)
        }
        None => ("the sample's script".to_owned(), sample::SCRIPT.to_owned()),
    };
    let read = Script::read(&origin, &text)
        .map_err(|error| usage(error.to_string(), "mend the script"))?;
    let path = dir.join("script.json");
    fs::write(&path, text).with_context(|| path.display().to_string())?;
    Ok(read.name)
}

fn filled(model: &str) -> anyhow::Result<Filled> {
    Ok(Filled {
        project: PROJECT.to_owned(),
        prefix: PREFIX.to_owned(),
        repository: "repo".into(),
        base: Some(sample::BRANCH.to_owned()),
        remote: None,
        tracker: config::Tracker {
            listen: free_address()?,
            ..config::Tracker::default()
        },
        test_command: sample::TESTS.map(str::to_owned).to_vec(),
        test_runner: Runner::Cargo,
        model: Some(config::Model {
            kind: "scripted".to_owned(),
            model: Some(model.to_owned()),
            script: Some("script.json".into()),
            ..config::Model::default()
        }),
        ..Filled::default()
    })
}

/// Adds to the configuration what `trail init` leaves to people: the second scripted model for
/// replays, and example prices, so that reports have costs to show.
fn add_models(layout: &Layout, played: &str) -> anyhow::Result<()> {
    let script = layout.root().join("script-b.json");
    fs::write(&script, sample::RIVAL_SCRIPT).with_context(|| script.display().to_string())?;
    let path = layout.config();
    let mut text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    text.push_str(&format!(
        "\n# A second scripted model, for `trail replay RUN --override model={RIVAL}`.\n\
         [models.{RIVAL}]\nkind = \"scripted\"\nmodel = \"{RIVAL}\"\nscript = \"script-b.json\"\n\n\
         # With two models, everybody says which one they ask.\n"
    ));
    for persona in Persona::ALL {
        text.push_str(&format!("[personas.{persona}]\nmodel = \"main\"\n"));
    }
    // What is kept below vendor/ has its own items elsewhere.
    for name in ["governed", "exclude"] {
        text = text.replace(&format!("\n# {name} = "), &format!("\n{name} = "));
    }
    text.push_str(
        "\n# Example prices, so that the demo shows where costs stand; a script costs nothing.\n",
    );
    text.push_str(&format!(
        "[prices.{played:?}]\ninput = 3.0\noutput = 15.0\n"
    ));
    if played != RIVAL {
        text.push_str(&format!("[prices.{RIVAL:?}]\ninput = 1.0\noutput = 5.0\n"));
    }
    fs::write(&path, text).with_context(|| path.display().to_string())
}

/// Returns an address on which `trail serve` can listen later: the usual one is often taken.
fn free_address() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?;
    Ok(listener.local_addr()?.to_string())
}
