//! Reading the layers and putting them together.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::Path;

use config::{ConfigError, FileFormat};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Known};
use super::{Config, Problem, Problems, check};

/// The environment's variables by name.
pub(crate) type Environment = BTreeMap<String, String>;

/// Variables with our prefix that are no settings.
const OWN: &[&str] = &["DIR", "LOG", "TOKEN", "OPERATOR_KEY", "UP_PID"];

/// Variables of Trail's own tests; they may stand in the environment of a program under test.
const TESTS: [&str; 5] = [
    "ALL_DEATHS",
    "ALL_REPLAYS",
    "BLESS",
    "REQUIRE_FOREIGN",
    "SEED",
];

const PREFIX: &str = "TRAIL_";

/// Where a setting was found, for naming it.
#[derive(Debug)]
struct Sources<'t> {
    file: &'t Path,
    text: &'t str,
    table: Spanned<DeTable<'t>>,
    /// Variables by the path they set.
    variables: BTreeMap<String, String>,
}

/// Reads the configuration from a file and the environment.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub(crate) fn load(file: &Path, environment: &Environment) -> Result<Config, Problems> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let help = "make a set-up directory with `trail init`";
        Problem::of(
            file.display().to_string(),
            format!("cannot be read: {error}"),
        )
        .help(help)
    })?;
    load_text(file, &text, environment)
}

/// Reads the configuration from a text that stands in `file`.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_text(
    file: &Path,
    text: &str,
    environment: &Environment,
) -> Result<Config, Problems> {
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        Problem::at(file, text, span, error.message())
    })?;
    let mut problems = Vec::new();
    unknown_in_file(file, text, table.get_ref(), &mut Vec::new(), &mut problems);
    let variables = variables(environment, table.get_ref(), &mut problems);
    Problems::check(problems)?;

    let by_path = |name: &String| (path_of(name), name.clone());
    let sources = Sources {
        file,
        text,
        table,
        variables: variables.keys().map(by_path).collect(),
    };
    let mut config = layered(text, variables, &sources)?;
    config.fill_in();
    Problems::check(check::check(&config, |path, what| {
        sources.problem(path, what)
    }))?;
    Ok(config)
}

/// Puts file and variables together and reads the settings out of them.
fn layered(
    text: &str,
    variables: HashMap<String, String>,
    sources: &Sources<'_>,
) -> Result<Config, Problems> {
    let mut environment = config::Environment::with_prefix("TRAIL")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true)
        .list_separator(" ")
        .source(Some(variables));
    for list in keys::LISTS {
        environment = environment.with_list_parse_key(list);
    }
    let layers = config::Config::builder()
        .add_source(config::File::from_str(text, FileFormat::Toml))
        .add_source(environment)
        .build()
        .map_err(|error| sources.problem(&[], &said(&error)))?;
    serde_path_to_error::deserialize(layers).map_err(|error| {
        let path: Vec<String> = error.path().iter().map(ToString::to_string).collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        sources.problem(&path, &said(error.inner())).into()
    })
}

/// Names what stands in the file and is no setting.
fn unknown_in_file<'t>(
    file: &Path,
    text: &str,
    table: &'t DeTable<'_>,
    path: &mut Vec<&'t str>,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in table.iter() {
        path.push(name.get_ref());
        match (keys::known(path), value.get_ref()) {
            (Known::Setting | Known::Free, _) => {}
            (Known::Section, DeValue::Table(inner)) => {
                unknown_in_file(file, text, inner, path, problems);
            }
            (Known::Section, _) => {
                let what = format!("`{}` is a section, not a setting", path.join("."));
                let help = format!("write [{}] and its settings below", path.join("."));
                problems.push(Problem::at(file, text, name.span(), what).help(help));
            }
            (Known::Nothing { near, choices }, _) => {
                let what = format!("there is no setting `{}`", path.join("."));
                problems
                    .push(Problem::at(file, text, name.span(), what).help(meant(near, &choices)));
            }
        }
        path.pop();
    }
}

fn meant(near: Option<&str>, choices: &[&str]) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if choices.is_empty() => "take it out".to_owned(),
        None => format!("there are {}", choices.join(", ")),
    }
}

/// Returns the variables that set something, naming those that seem to but do not.
fn variables(
    environment: &Environment,
    table: &DeTable<'_>,
    problems: &mut Vec<Problem>,
) -> HashMap<String, String> {
    let key_variables = key_variables(table);
    let mut found = HashMap::new();
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if OWN.contains(&rest) || TESTS.contains(&rest) || key_variables.contains(&name.as_str()) {
            continue;
        }
        let path = path_of(name);
        let parts: Vec<&str> = path.split('.').collect();
        let whole = keys::nearest_key(&path).map(variable_of);
        match keys::known(&parts) {
            Known::Setting if path == "commands.allow" => {
                let what = "a list of commands cannot be given by a variable";
                problems.push(Problem::of(place(name), what).help("write it in trail.toml"));
            }
            Known::Setting | Known::Free => {
                found.insert(name.clone(), value.clone());
            }
            Known::Section => {
                let what = format!("`{path}` is a section, not a setting");
                let help = format!("name a setting in it, as in {name}__<KEY>");
                problems.push(Problem::of(place(name), what).help(help));
            }
            Known::Nothing { near, choices } => {
                let own = crate::nearest::nearest(rest, OWN.iter().copied());
                let own = own.map(|own| format!("{PREFIX}{own}"));
                let near = near.map(|near| {
                    let above = &parts[..parts.len() - 1];
                    variable_of(&[above, &[near]].concat().join("."))
                });
                let help = match own.or(whole).or(near) {
                    Some(near) => format!("did you mean {near}?"),
                    None if choices.is_empty() => "unset it".to_owned(),
                    None => format!(
                        "settings are TRAIL_<SECTION>__<KEY>; there are {}",
                        choices.join(", ")
                    ),
                };
                let what = format!("there is no setting `{path}`");
                problems.push(Problem::of(place(name), what).help(help));
            }
        }
    }
    found
}

/// Returns the variables that API keys and tokens are kept in; they may have our prefix.
fn key_variables<'t>(table: &'t DeTable<'_>) -> Vec<&'t str> {
    let section = |name: &str| table.get(name).and_then(|own| own.get_ref().as_table());
    let named = |own: &'t DeTable<'_>, key: &str| own.get(key)?.get_ref().as_str();
    let each = |name: &str| {
        let tables = section(name).into_iter().flat_map(|own| own.values());
        tables.filter_map(|own| own.get_ref().as_table())
    };
    let models = each("models").filter_map(|own| named(own, "api_key_env"));
    let personas = each("personas").filter_map(|own| named(own, "token_env"));
    let forge = section("forge").and_then(|own| named(own, "token_env"));
    let webhooks = section("webhooks").and_then(|own| named(own, "secret_env"));
    models
        .chain(personas)
        .chain(forge)
        .chain(webhooks)
        .collect()
}

/// Returns the setting a variable sets: `TRAIL_WORKER__LEASE` sets `worker.lease`.
fn path_of(variable: &str) -> String {
    variable[PREFIX.len()..].to_lowercase().replace("__", ".")
}

fn variable_of(path: &str) -> String {
    format!("{PREFIX}{}", path.to_uppercase().replace('.', "__"))
}

fn place(variable: &str) -> String {
    format!("environment variable {variable}")
}

/// Says what the config crate found, without the place, which is named better.
fn said(error: &ConfigError) -> String {
    match error {
        ConfigError::Type {
            unexpected,
            expected,
            ..
        } => format!("{unexpected}, expected {expected}"),
        ConfigError::At { error, .. } => said(error),
        ConfigError::Message(message) => message.clone(),
        ConfigError::NotFound(name) => format!("`{name}` is missing"),
        other => other.to_string(),
    }
}

impl Sources<'_> {
    /// Makes a problem with the setting at `path`, or with the nearest section that is there.
    fn problem(&self, path: &[&str], what: &str) -> Problem {
        let what = match path {
            [] => what.to_owned(),
            path => format!("`{}`: {what}", path.join(".")),
        };
        // Elements of lists have numbers for names.
        let setting = |path: &[&str]| path.join(".").to_lowercase();
        for length in (1..=path.len()).rev() {
            if let Some(variable) = self.variables.get(&setting(&path[..length])) {
                return Problem::of(place(variable), what);
            }
        }
        for length in (1..=path.len()).rev() {
            if let Some(span) = span(self.table.get_ref(), &path[..length]) {
                return Problem::at(self.file, self.text, span, what);
            }
        }
        Problem::of(self.file.display().to_string(), what)
    }
}

/// Returns where the value at `path` stands.
fn span(table: &DeTable<'_>, path: &[&str]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == first)?;
    match (rest, value.get_ref()) {
        ([], DeValue::Table(_)) => Some(name.span()),
        ([], _) => Some(value.span()),
        (rest, DeValue::Table(inner)) => span(inner, rest),
        ([index], DeValue::Array(array)) => Some(array.get(index.parse::<usize>().ok()?)?.span()),
        (_, _) => None,
    }
}
