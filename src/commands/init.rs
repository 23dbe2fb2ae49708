//! `trail init`: sets Trail up for a repository.

mod ask;
mod flags;
mod foreign;
mod model;
mod source;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use serde_json::json;
use trail_port::tests::Runner;

use crate::cli::Global;
use crate::config::{self, Filled, TrackerKind};
use crate::founding::{Founded, People, Plan, found};
use crate::layout;
use crate::output::{self, Exit, usage};
use ask::Ask;

/// The names of the runners, for the command line.
const RUNNERS: [&str; Runner::ALL.len()] = {
    let mut names = [""; Runner::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Runner::ALL[at].as_str();
        at += 1;
    }
    names
};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's id; by default the repository folder's name.
    #[arg(long, value_name = "ID")]
    pub(crate) project: Option<String>,
    /// What item keys begin with, as VSME in VSME-1; by default from the project's id.
    #[arg(long, value_name = "KEY")]
    pub(crate) prefix: Option<String>,
    /// The git repository to work on.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) repo: PathBuf,
    /// The branch work starts from; by default the one HEAD is on.
    #[arg(long, value_name = "BRANCH")]
    pub(crate) base: Option<String>,
    /// The remote finished branches are pushed to; without one they stay local.
    #[arg(long, value_name = "REMOTE")]
    pub(crate) remote: Option<String>,
    /// The command that runs the tests, split at spaces.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) test_command: Option<String>,
    /// What runs it, and so how its results are read; by default what the command says.
    #[arg(long, alias = "test-format", value_name = "RUNNER", value_parser = RUNNERS)]
    pub(crate) test_runner: Option<String>,
    /// The tracker: embedded, github or plane.
    #[arg(long, value_name = "TRACKER", default_value = "embedded", value_parser = ["embedded", "github", "plane"])]
    pub(crate) tracker: String,
    #[command(flatten)]
    pub(crate) foreign: flags::Flags,
    /// The login of the first human of the embedded tracker, who may approve; by default $USER.
    #[arg(long, value_name = "LOGIN")]
    pub(crate) human: Option<String>,
    /// That human's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) human_name: Option<String>,
    /// The model, as kind=anthropic,model=NAME,api_key_env=VARIABLE (further keys: base_url,
    /// api_key_file, temperature, max_output_tokens, script).
    #[arg(long, value_name = "KEY=VALUE,...")]
    pub(crate) model: Option<String>,
    /// Where the embedded tracker listens.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7300")]
    pub(crate) listen: String,
    /// Ask nothing, even on a terminal.
    #[arg(long)]
    pub(crate) no_input: bool,
}

/// What every set-up needs, whichever tracker it has.
struct Common {
    filled: Filled,
    root: PathBuf,
    repository: PathBuf,
    ask: Ask,
}

/// Sets Trail up.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let kind = TrackerKind::try_from(args.tracker.clone())
        .map_err(|why| usage(why, "write embedded, github or plane"))?;
    let common = common(global, &args)?;
    match kind {
        TrackerKind::Embedded => embedded(global, args, common).await,
        TrackerKind::Github | TrackerKind::Plane => foreign::run(global, kind, args, common).await,
    }
}

/// Finds out what every set-up needs.
fn common(global: &Global, args: &Args) -> anyhow::Result<Common> {
    let repository = std::fs::canonicalize(&args.repo).map_err(|error| {
        usage(
            format!("{}: {error}", args.repo.display()),
            "name the git repository with --repo",
        )
    })?;
    let ask = Ask::new(args.no_input || global.json);
    let detected = detect(&repository);
    let command = ask.or(
        "Test command",
        args.test_command.clone(),
        detected.to_owned(),
    )?;
    let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    let named = args.test_runner.as_deref().and_then(Runner::named);
    let test_runner = named.unwrap_or_else(|| Runner::of_command(&command));
    let root = match &global.dir {
        Some(dir) => dir.clone(),
        None => layout::beside(&repository),
    };
    let filled = Filled {
        repository: shown_path(&repository, &root)?,
        base: args.base.clone(),
        remote: args.remote.clone(),
        test_command: command,
        test_runner,
        model: args.model.as_deref().map(model::model).transpose()?,
        ..Filled::default()
    };
    Ok(Common {
        filled,
        root,
        repository,
        ask,
    })
}

/// Sets Trail up with a tracker of its own.
async fn embedded(global: &Global, args: Args, common: Common) -> anyhow::Result<Exit> {
    flags::refuse_flags(&args.foreign)?;
    let ask = &common.ask;
    let folder = common
        .repository
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let folder = folder.unwrap_or_else(|| "project".to_owned());
    let project = ask.or("Project id", args.project, slug(&folder))?;
    let prefix = ask.or("Item keys begin with", args.prefix, prefix_of(&project))?;
    let user = std::env::var("USER").ok().filter(|user| !user.is_empty());
    let user = user.unwrap_or_else(|| "me".to_owned());
    let login = ask.or("Your login", args.human, user)?;
    let name = ask.or("Your name", args.human_name, login.clone())?;
    let plan = Plan {
        operator_key: operator_key(global, &project)?,
        filled: Filled {
            tracker: config::Tracker {
                listen: args.listen,
                ..config::Tracker::default()
            },
            prefix,
            project,
            ..common.filled
        },
        root: common.root,
        people: People::New {
            login,
            name,
            simulated: false,
        },
    };
    let founded = found(&plan, async |_| Ok(())).await?;
    tell(global, &plan, &founded)?;
    Ok(Exit::Ok)
}

/// Returns where the operator's key of a project is to be written.
fn operator_key(global: &Global, project: &str) -> anyhow::Result<PathBuf> {
    layout::operator_key(global, project).context(
        "it is not known where your configuration is kept; name a place with --operator-key",
    )
}

/// Says what was made and what to do next.
fn tell(global: &Global, plan: &Plan, founded: &Founded) -> anyhow::Result<()> {
    let dir = founded.setup.layout.root();
    let (human, token) = founded
        .human
        .as_ref()
        .context("an embedded tracker has a first human")?;
    let token = token.expose_secret();
    if global.json {
        return output::line(json!({
            "dir": dir,
            "project": plan.filled.project,
            "operator_key": plan.operator_key,
            "operator": founded.operator.public(),
            "human": { "id": human.id, "login": human.login, "token": token },
        }));
    }
    let shown = dir.display();
    let flag = flag(dir);
    let model = missing_model(founded, &flag);
    output::print(format_args!(
        "Trail is set up in {shown}

  operator's key   {key}
                   signs trust documents; keep it where no worker runs, and keep a copy
  your login       {login}, with this token, which is shown only now and kept nowhere:

                   {token}

Next:
{model}
     export TRAIL_TOKEN=<the token above>
     trail{flag} doctor                      check everything
     trail{flag} up                          run the tracker and the four workers
     trail{flag} file --item item.md         file the first work item
     trail{flag} status                      see what it waits for
",
        key = plan.operator_key.display(),
        login = human.login,
    ))
}

/// Returns the option that names a set-up directory, unless it is found without.
fn flag(dir: &Path) -> String {
    let found = std::env::current_dir()
        .ok()
        .and_then(|here| layout::Layout::above(&here));
    if found.is_some_and(|found| found.root() == dir) {
        String::new()
    } else {
        format!(" --dir {}", dir.display())
    }
}

/// Says that a model must be described, if none is.
fn missing_model(founded: &Founded, flag: &str) -> String {
    if !founded.setup.config.models.is_empty() {
        return String::new();
    }
    let config = founded.setup.layout.config();
    format!(
        "\n     describe a model under [models.main] in {}, then `trail{flag} keys trust`\n",
        config.display()
    )
}

/// Returns a path as the configuration names it: relative where the two folders are neighbours, so
/// that both can be moved together.
fn shown_path(repository: &Path, root: &Path) -> anyhow::Result<PathBuf> {
    let root = std::path::absolute(root)?;
    let parent = root
        .parent()
        .and_then(|parent| std::fs::canonicalize(parent).ok());
    match (repository.parent(), repository.file_name()) {
        (Some(own), Some(name)) if parent.as_deref() == Some(own) => Ok(Path::new("..").join(name)),
        _ => Ok(repository.to_owned()),
    }
}

/// Returns a name as a project id.
fn slug(name: &str) -> String {
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let slug: String = name.chars().map(kept).collect();
    let slug = slug.trim_matches(['-', '.']).to_lowercase();
    if slug.is_empty() {
        "project".to_owned()
    } else {
        slug
    }
}

/// Returns what item keys of a project begin with.
fn prefix_of(project: &str) -> String {
    let letters = project.chars().filter(char::is_ascii_alphanumeric);
    let prefix: String = letters.skip_while(char::is_ascii_digit).take(6).collect();
    if prefix.is_empty() {
        "ITEM".to_owned()
    } else {
        prefix.to_uppercase()
    }
}

/// Returns the test command that the files of a repository suggest.
fn detect(repository: &Path) -> &'static str {
    let known = [
        ("Cargo.toml", "cargo test"),
        ("go.mod", "go test ./..."),
        ("package.json", "npm test"),
        ("mix.exs", "mix test"),
        ("pom.xml", "mvn -o test"),
        ("pyproject.toml", "python3 -m pytest"),
    ];
    let found = known
        .iter()
        .find(|(file, _)| repository.join(file).is_file());
    found.map_or("", |(_, command)| command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids_and_prefixes() {
        assert_eq!(slug("My Reports!"), "my-reports");
        assert_eq!(slug("..."), "project");
        assert_eq!(prefix_of("my-reports"), "MYREPO");
        assert_eq!(prefix_of("2026-x"), "X");
        assert_eq!(prefix_of("---"), "ITEM");
    }
}
