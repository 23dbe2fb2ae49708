//! `trail provision`: what one worker needs on its own machine or under its own user, and no more.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use trail_record::Persona;

use crate::cli::Global;
use crate::layout::Layout;
use crate::output::{self, Exit, usage};
use crate::private;
use crate::setup::Setup;

/// What the command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// The persona the set-up is for.
    #[arg(long, value_name = "PERSONA")]
    pub(crate) role: Persona,
    /// A folder that is not there yet, or is empty.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Leave the persona's key and token out: they come as credentials of the service
    /// (`<role>.pem` and `<role>.token` in $CREDENTIALS_DIRECTORY).
    #[arg(long)]
    pub(crate) without_secrets: bool,
}

/// Copies configuration, trust, rules and prompts, and this persona's key and token; nothing of the
/// other personas, of humans or of the operator.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    // What cannot be verified here must not be handed on.
    setup.trust()?;
    if fs::read_dir(&args.to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(usage(
            format!("{} is not empty", args.to.display()),
            "name a new folder; nothing was written",
        ));
    }
    let (from, to) = (&setup.layout, Layout::at(std::path::absolute(&args.to)?));
    private::make_dir(to.root())?;
    let mut copied = Vec::new();
    let files = [
        (from.config(), to.config()),
        (from.operator_public(), to.operator_public()),
    ];
    for (own, other) in files {
        copy(&own, &other, &mut copied)?;
    }
    for (own, other) in [
        (from.trust(), to.trust()),
        (from.policies(), to.policies()),
        (from.prompts(), to.prompts()),
        (from.checkpoints(), to.checkpoints()),
    ] {
        folder(&own, &other, &mut copied)?;
    }
    if !args.without_secrets {
        let secrets = [
            (from.key(args.role), to.key(args.role), to.keys()),
            (from.token(args.role), to.token(args.role), to.tokens()),
        ];
        for (own, other, above) in secrets {
            if own.is_file() {
                private::make_dir(&above)?;
                private::write_new(&other, &private::read(&own, "the secret")?)?;
                copied.push(other);
            }
        }
    }
    if global.json {
        output::line(serde_json::json!({
            "role": args.role,
            "to": to.root(),
            "files": copied,
            "secrets": !args.without_secrets,
        }))?;
    } else {
        output::line(format_args!(
            "{} has what the {} needs ({} files). Next: give it to the worker's user, put a clone of the repository where repository.path points, and run `trail --dir {} doctor`.",
            to.root().display(),
            args.role,
            copied.len(),
            to.root().display(),
        ))?;
    }
    Ok(Exit::Ok)
}

/// Copies a folder of files and folders; none if it is not there. Links are not followed.
fn folder(from: &Path, to: &Path, copied: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    private::make_dir(to)?;
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(from)
        .and_then(Iterator::collect)
        .with_context(|| from.display().to_string())?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (own, other) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            folder(&own, &other, copied)?;
        } else if kind.is_file() {
            copy(&own, &other, copied)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, copied: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    copied.push(to.to_owned());
    Ok(())
}
