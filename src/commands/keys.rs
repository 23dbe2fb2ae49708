//! `trail keys`: the keys of the personas and the trust documents that name them.

mod change;
mod list;

use clap::Subcommand;
use trail_record::{Persona, PublicKey};

use crate::cli::Global;
use crate::output::Exit;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the keys that the newest trust document names.
    List,
    /// Make a persona's key on this machine; it counts once the operator adds it with
    /// `keys trust --add-key`.
    Make {
        /// The persona.
        #[arg(value_name = "PERSONA")]
        persona: Persona,
    },
    /// Give a persona a new key and let the old one count up to now only. Stop its worker first.
    Rotate {
        /// The persona.
        #[arg(value_name = "PERSONA")]
        persona: Persona,
    },
    /// Let a persona's key count up to now only, and give it none. Stop its worker first.
    Revoke {
        /// The persona.
        #[arg(value_name = "PERSONA")]
        persona: Persona,
        /// The key's id, where the persona has several.
        #[arg(long, value_name = "ID")]
        key: Option<String>,
        /// Why; it stands in the trust document.
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Issue a trust document with the policy, models and approvers as they are now.
    Trust(Trust),
}

/// What a new trust document changes besides policy and models.
#[derive(Debug, Clone, Default, clap::Args)]
struct Trust {
    /// Let this tracker account approve; may be repeated.
    #[arg(long, value_name = "LOGIN")]
    add_approver: Vec<String>,
    /// Let this account approve no more; may be repeated.
    #[arg(long, value_name = "LOGIN")]
    remove_approver: Vec<String>,
    /// Trust this key as well, as planner=ed25519:...; may be repeated.
    #[arg(long, value_name = "PERSONA=KEY", value_parser = persona_key)]
    add_key: Vec<(Persona, PublicKey)>,
}

/// Runs the subcommand.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    match args.what {
        What::List => list::list(global),
        What::Make { persona } => change::make(global, persona),
        What::Rotate { persona } => change::rotate(global, persona).await,
        What::Revoke { persona, key, why } => {
            change::revoke(global, persona, key.as_deref(), &why).await
        }
        What::Trust(trust) => change::trust(global, &trust).await,
    }
}

fn persona_key(text: &str) -> Result<(Persona, PublicKey), String> {
    let (persona, key) = text.split_once('=').ok_or("write PERSONA=ed25519:...")?;
    let persona = persona.parse().map_err(|error| format!("{error}"))?;
    let key = key
        .parse()
        .map_err(|error: trail_record::key::Error| error.to_string())?;
    Ok((persona, key))
}
