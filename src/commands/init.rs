//! `trail init`: sets Trail up for a repository.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::cli::Global;
use crate::config::{self, Filled};
use crate::founding::{Founded, Plan, found};
use crate::layout;
use crate::output::{self, Exit, usage};

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
    /// How its results are read: libtest, junit or exit.
    #[arg(long, value_name = "FORMAT", value_parser = ["libtest", "junit", "exit"])]
    pub(crate) test_format: Option<String>,
    /// The login of the first human, who may approve; by default $USER.
    #[arg(long, value_name = "LOGIN")]
    pub(crate) human: Option<String>,
    /// That human's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) human_name: Option<String>,
    /// The model, as kind=anthropic,model=NAME,api_key_env=VARIABLE (further keys: base_url,
    /// api_key_file, temperature, max_output_tokens, script).
    #[arg(long, value_name = "KEY=VALUE,...")]
    pub(crate) model: Option<String>,
    /// Where the tracker listens.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7300")]
    pub(crate) listen: String,
    /// Ask nothing, even on a terminal.
    #[arg(long)]
    pub(crate) no_input: bool,
}

/// Sets Trail up.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let repository = std::fs::canonicalize(&args.repo).map_err(|error| {
        usage(
            format!("{}: {error}", args.repo.display()),
            "name the git repository with --repo",
        )
    })?;
    let asks = !args.no_input && !global.json && std::io::stdin().is_terminal();
    let ask = |what: &str, given: Option<String>, default: String| match given {
        Some(given) => Ok(given),
        None if asks => question(what, &default),
        None => Ok(default),
    };
    let folder = repository
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let folder = folder.unwrap_or_else(|| "project".to_owned());
    let project = ask("Project id", args.project, slug(&folder))?;
    let prefix = ask("Item keys begin with", args.prefix, prefix_of(&project))?;
    let user = std::env::var("USER").ok().filter(|user| !user.is_empty());
    let login = ask(
        "Your login",
        args.human,
        user.unwrap_or_else(|| "me".to_owned()),
    )?;
    let name = ask("Your name", args.human_name, login.clone())?;
    let (detected, format) = detect(&repository);
    let command = ask("Test command", args.test_command, detected.to_owned())?;
    let format = match args.test_format {
        Some(format) => format,
        None if command == detected => format.to_owned(),
        None => "exit".to_owned(),
    };
    let root = match &global.dir {
        Some(dir) => dir.clone(),
        None => layout::beside(&repository),
    };
    let plan = Plan {
        filled: Filled {
            repository: shown_path(&repository, &root)?,
            base: args.base,
            remote: args.remote,
            listen: args.listen,
            test_command: command.split_whitespace().map(str::to_owned).collect(),
            test_format: format,
            model: args.model.as_deref().map(model).transpose()?,
            prefix,
            project: project.clone(),
        },
        operator_key: layout::operator_key(global, &project).context(
            "it is not known where your configuration is kept; name a place with --operator-key",
        )?,
        root,
        login,
        name,
        simulated: false,
    };
    let founded = found(&plan).await?;
    tell(global, &plan, &founded)?;
    Ok(Exit::Ok)
}

/// Says what was made and what to do next.
fn tell(global: &Global, plan: &Plan, founded: &Founded) -> anyhow::Result<()> {
    let dir = founded.setup.layout.root();
    let token = founded.token.expose_secret();
    if global.json {
        return output::line(json!({
            "dir": dir,
            "project": plan.filled.project,
            "operator_key": plan.operator_key,
            "operator": founded.operator.public(),
            "human": { "id": founded.human.id, "login": founded.human.login, "token": token },
        }));
    }
    let shown = dir.display();
    let found = std::env::current_dir()
        .ok()
        .and_then(|here| layout::Layout::above(&here));
    let flag = if found.is_some_and(|found| found.root() == dir) {
        String::new()
    } else {
        format!(" --dir {shown}")
    };
    let model = if founded.setup.config.models.is_empty() {
        format!(
            "\n     describe a model under [models.main] in {shown}/trail.toml, then `trail{flag} keys trust`\n"
        )
    } else {
        String::new()
    };
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
        login = founded.human.login,
    ))
}

/// Asks a question on the terminal.
fn question(what: &str, default: &str) -> anyhow::Result<String> {
    eprint!("{what} [{default}]: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim();
    Ok(if answer.is_empty() { default } else { answer }.to_owned())
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

/// Returns the test command that the files of a repository suggest, and how to read its results.
fn detect(repository: &Path) -> (&'static str, &'static str) {
    let known = [
        ("Cargo.toml", "cargo test", "libtest"),
        ("go.mod", "go test ./...", "exit"),
        ("package.json", "npm test", "exit"),
        ("mix.exs", "mix test", "exit"),
        ("pom.xml", "mvn -o test", "exit"),
        ("pyproject.toml", "python3 -m pytest", "exit"),
    ];
    let found = known
        .iter()
        .find(|(file, ..)| repository.join(file).is_file());
    found.map_or(("", "exit"), |(_, command, format)| (command, format))
}

/// Reads a model from the command line.
fn model(text: &str) -> anyhow::Result<config::Model> {
    let bad = |what: String| {
        usage(
            what,
            "write --model kind=anthropic,model=NAME,api_key_env=VARIABLE",
        )
    };
    let mut model = config::Model::default();
    for pair in text.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| bad(format!("--model: {pair:?} is no key=value")))?;
        let value = value.trim();
        match key.trim() {
            "kind" => {
                config::choose(value, &config::MODEL_KINDS)
                    .map_err(|why| bad(format!("--model: kind: {why}")))?;
                model.kind = value.to_owned();
            }
            "base_url" => model.base_url = Some(value.to_owned()),
            "model" => model.model = Some(value.to_owned()),
            "api_key_env" => model.api_key_env = Some(value.to_owned()),
            "api_key_file" => model.api_key_file = Some(std::path::absolute(value)?),
            "script" => model.script = Some(std::path::absolute(value)?),
            "temperature" => {
                let number = value
                    .parse()
                    .map_err(|_| bad(format!("--model: temperature: {value:?} is no number")))?;
                model.temperature = Some(number);
            }
            "max_output_tokens" => {
                let number = value.parse().map_err(|_| {
                    bad(format!(
                        "--model: max_output_tokens: {value:?} is no number"
                    ))
                })?;
                model.max_output_tokens = Some(number);
            }
            "api_key" => {
                return Err(bad(
                    "--model: a key given here would be written to a file".to_owned()
                ));
            }
            other => return Err(bad(format!("--model: there is no setting {other:?}"))),
        }
    }
    if model.kind.is_empty() {
        return Err(bad("--model: `kind` is missing".to_owned()));
    }
    Ok(model)
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

    #[test]
    fn a_model_is_read_from_pairs_and_never_takes_a_key() {
        let read = model("kind=openai-chat,model=m,base_url=http://127.0.0.1:1/v1,temperature=0.5")
            .unwrap();
        assert_eq!(
            (read.kind.as_str(), read.temperature),
            ("openai-chat", Some(0.5))
        );
        for (text, why) in [
            ("kind=openai", "openai-chat"),
            ("model=m", "`kind` is missing"),
            ("kind", "no key=value"),
            ("kind=anthropic,api_key=sk-1", "written to a file"),
            ("kind=anthropic,temperature=hot", "no number"),
            ("kind=anthropic,colour=red", "no setting"),
        ] {
            let said = model(text).unwrap_err().to_string();
            assert!(said.contains(why), "{text}: {said}");
            assert!(!said.contains("sk-1"), "{said}");
        }
    }
}
