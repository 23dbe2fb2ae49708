//! `trail healthcheck`: asks a worker on this machine whether it works, for containers and probes.

use std::time::Duration;

use anyhow::Context as _;

use crate::cli::Global;
use crate::output::{self, Exit, Hinted};

/// What the command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Where the worker listens: what its `--listen` or `personas.<role>.listen` says.
    #[arg(value_name = "ADDRESS:PORT")]
    pub(crate) address: String,
}

/// Exits 0 if the worker is ready, 1 if it is not, 3 if nobody answers.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let url = format!("http://{}/readyz", args.address);
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(4))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let answer = client.get(&url).send().await.map_err(|error| {
        Hinted::new(Exit::Unavailable, format!("{url}: {error}")).help(
            "is the worker running, with --listen or personas.<role>.listen set to this address?",
        )
    })?;
    let ready = answer.status().is_success();
    let body: serde_json::Value = answer
        .json()
        .await
        .with_context(|| format!("{url} is no worker of Trail"))?;
    if global.json {
        output::line(&body)?;
    } else {
        match body["trouble"].as_str() {
            Some(trouble) => output::line(trouble)?,
            None => output::line("ready")?,
        }
    }
    Ok(if ready { Exit::Ok } else { Exit::Findings })
}
