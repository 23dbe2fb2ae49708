//! `trail doctor`: checks the set-up and says what to mend.

mod checks;
mod embedded;
mod foreign;

use crate::accounts;
use crate::check::{Checks, text};
use crate::cli::Global;
use crate::output::{self, Exit};
use crate::setup::Setup;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask each model one short question as well; that may cost a little.
    #[arg(long)]
    pub(crate) online: bool,
}

/// Checks everything.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    // Without a configuration there is nothing to check; its problems are told with their places.
    let setup = Setup::open(global)?;
    let mut checks = Checks::default();
    checks.ok("configuration", setup.layout.config().display().to_string());
    checks::trust(&setup, &mut checks);
    checks::private_files(&setup, &mut checks);
    checks::operator_key(global, &setup, &mut checks);
    checks::policy(&setup, &mut checks);
    checks::repository(&setup, &mut checks).await;
    checks::models(&setup, args.online, &mut checks).await;
    if accounts::is_foreign(&setup) {
        foreign::tracker(global, &setup, &mut checks).await;
    } else {
        embedded::tracker(global, &setup, &mut checks).await;
    }
    output::show(global.json, checks.all(), text)?;
    Ok(if checks.findings() > 0 {
        Exit::Findings
    } else {
        Exit::Ok
    })
}
