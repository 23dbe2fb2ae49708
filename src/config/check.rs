//! What must hold between settings, beyond each having a value of its kind.

use std::path::PathBuf;

use trail_record::Persona;

use super::values::choose;
use super::{Config, Problem};
use crate::nearest::nearest;
use crate::schedule::Schedule;

/// The kinds of models by name.
pub(crate) const MODEL_KINDS: [(&str, trail_model::Kind); 4] = [
    ("anthropic", trail_model::Kind::Anthropic),
    ("openai-chat", trail_model::Kind::OpenaiChat),
    ("openai-responses", trail_model::Kind::OpenaiResponses),
    ("scripted", trail_model::Kind::Scripted),
];

/// Returns everything that does not fit together; `problem` finds the place of a setting.
pub(super) fn check(config: &Config, problem: impl Fn(&[&str], &str) -> Problem) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut say = |path: &[&str], what: &str, help: &str| {
        found.push(problem(path, what).help(help));
    };
    if config.project.id.trim().is_empty()
        || config.project.id.contains(['/', '\0'])
        || config.project.id.starts_with('.')
    {
        say(
            &["project", "id"],
            "the project needs an id that can name a folder",
            "write a short name such as \"reports\"",
        );
    }
    if config.repository.path == PathBuf::new() {
        say(
            &["repository", "path"],
            "no repository is named",
            "write the path of the git repository that Trail works on",
        );
    }
    if config.repository.follow && config.repository.remote.is_none() {
        say(
            &["repository", "follow"],
            "there is no remote to follow",
            "name one with `repository.remote`, or take `follow` out",
        );
    }
    let whole = [
        ("concurrency", config.worker.concurrency as u64),
        (
            "max_calls_per_action",
            config.worker.max_calls_per_action.into(),
        ),
        ("max_calls_per_run", config.worker.max_calls_per_run.into()),
    ];
    for (name, _) in whole.into_iter().filter(|(_, value)| *value == 0) {
        say(
            &["worker", name],
            "0 would never do anything",
            "write at least 1",
        );
    }
    if config.worker.lease > trail_item::state::MAX_LEASE {
        say(
            &["worker", "lease"],
            "a lease lasts at most 24h",
            "write a shorter time; leases are renewed while the holder works",
        );
    }
    if config.worker.lease < std::time::Duration::from_secs(10) {
        say(
            &["worker", "lease"],
            "a lease under 10s would lapse while its holder works",
            "write 10s or more; 15m is the default",
        );
    }
    if config.worker.backoff > config.worker.backoff_cap {
        say(
            &["worker", "backoff"],
            "the first wait is longer than the longest (`backoff_cap`)",
            "write a shorter `backoff` or a longer `backoff_cap`",
        );
    }
    for (path, text) in [
        (["worker", "sweep"], &config.worker.sweep),
        (["verify", "schedule"], &config.verify.schedule),
    ] {
        if !text.is_empty()
            && let Err(error) = text.parse::<Schedule>()
        {
            say(
                &path,
                &error.to_string(),
                "write five fields: minute hour day-of-month month day-of-week, such as \"*/5 * * * *\"",
            );
        }
    }
    if config
        .commands
        .allow
        .iter()
        .any(|command| command.is_empty() || command[0].is_empty())
    {
        say(
            &["commands", "allow"],
            "a command is empty",
            "write lists of program and arguments, such as [[\"cargo\", \"fmt\"]]",
        );
    }
    if config.tests.command.first().is_some_and(String::is_empty) {
        say(
            &["tests", "command"],
            "the program's name is empty",
            "write program and arguments, such as [\"cargo\", \"test\"]",
        );
    }
    models(config, &mut say);
    personas(config, &mut say);
    super::foreign::check(config, &mut say);
    found
}

fn models(config: &Config, say: &mut impl FnMut(&[&str], &str, &str)) {
    for (name, model) in &config.models {
        if model.kind.is_empty() {
            say(
                &["models", name],
                "`kind` is not set",
                "write anthropic, openai-chat, openai-responses or scripted",
            );
        } else if let Err(what) = choose(&model.kind, &MODEL_KINDS) {
            say(
                &["models", name, "kind"],
                &what,
                "the kind is the wire format that the peer speaks",
            );
        }
        if model.api_key_env.is_some() && model.api_key_file.is_some() {
            say(
                &["models", name, "api_key_file"],
                "the key is said to be in a variable and in a file",
                "keep one of `api_key_env` and `api_key_file`",
            );
        }
        if model
            .api_key_env
            .as_ref()
            .is_some_and(|text| !names_a_variable(text))
        {
            say(
                &["models", name, "api_key_env"],
                "this is not the name of a variable (A-Z, 0-9 and _)",
                "name the variable that holds the key; if the key itself stands here, take it out and revoke it",
            );
        }
    }
    let rows = config
        .prices
        .keys()
        .map(|name| (name.clone(), crate::wire::price(&config.prices[name])));
    if let Err(error) = trail_model::price::Table::new(rows) {
        say(
            &["prices"],
            &error.to_string(),
            "write a model's name, or a beginning and `*`",
        );
    }
}

/// Tells whether a text can be the name of a variable: a key or token that was pasted where its
/// variable's name belongs must not be shown.
pub(super) fn names_a_variable(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(fits)
}

fn personas(config: &Config, say: &mut impl FnMut(&[&str], &str, &str)) {
    for persona in Persona::ALL {
        let Some(model) = &config.persona(persona).model else {
            continue;
        };
        if !config.models.contains_key(model) {
            let near = nearest(model, config.models.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("describe it under [models.{model}]"),
            };
            say(
                &["personas", persona.as_str(), "model"],
                &format!("there is no model {model:?}"),
                &help,
            );
        }
    }
}
