//! A replay with an override: which models are asked, where it is kept, and who decides gates anew.

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use trail_item::{State, text};
use trail_port::Model;
use trail_record::Persona;
use trail_record::body::GateRequest;
use trail_replay::{Asked, Keys, Overrides, Plan, Recorded, Said, Standing, Summary};
use trail_worker::{Stop, System};

use super::scratch::Scratch;
use super::{Args, explained, house};
use crate::cli::Global;
use crate::output::{self, Exit, usage};
use crate::private;
use crate::setup::Setup;
use crate::wire;

/// Replays with what is otherwise.
pub(super) async fn run(
    global: &Global,
    setup: &Setup,
    args: &Args,
    recorded: Arc<Recorded>,
) -> anyhow::Result<Exit> {
    let overrides = read(&args.overrides)?;
    let models = models(setup, &overrides)?;
    let dir = match &args.out {
        Some(dir) => std::path::absolute(dir)?,
        None => fresh(setup, &recorded)?,
    };
    if dir.read_dir().is_ok_and(|mut found| found.next().is_some()) {
        return Err(usage(
            format!("{} is not empty", dir.display()),
            "name a directory that is empty or not there yet",
        ));
    }
    let was_there = dir.is_dir();
    let scratch = Scratch::kept(setup, &recorded, &dir).await?;
    let entries = recorded.steps.len() as u64;
    let person = Person {
        bar: output::progress(global.json, entries, "replaying"),
        asks: !global.json && std::io::stdin().is_terminal(),
    };
    let plan = Plan {
        house: house(setup, &scratch)?,
        recorded,
        models,
        overrides,
        from: args.from.unwrap_or(1),
        regate: args.regate.clone(),
        dir: dir.clone(),
        keys: keys()?,
        clock: Arc::new(System),
    };
    let stop = Stop::new();
    let signal = tokio::spawn({
        let stop = stop.clone();
        async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.cancel();
            }
        }
    });
    let done = trail_replay::again(plan, &person, &stop).await;
    signal.abort();
    person.bar.finish_and_clear();
    if done.is_err() && !dir.join("replay.json").exists() {
        // Nothing came of it: what was made for it goes.
        drop(scratch);
        let _ = std::fs::remove_dir_all(dir.join("repository.git"));
        let _ = std::fs::remove_dir_all(dir.join("worktrees"));
        if !was_there {
            let _ = std::fs::remove_dir(&dir);
        }
    }
    // What was checked out is in the commits; nobody goes on with this run.
    let _ = std::fs::remove_dir_all(dir.join("worktrees"));
    let summary = done.map_err(explained)?;
    let told = json!({ "dir": dir, "history": dir.join("history"), "replay": summary });
    output::show(global.json, &told, |_| shown(&summary, &dir))?;
    Ok(match summary.standing {
        Standing::Delivered => Exit::Ok,
        Standing::Unfinished | Standing::Waiting | Standing::Stuck | Standing::Stopped => {
            Exit::Findings
        }
    })
}

/// Reads what is otherwise.
fn read(texts: &[String]) -> anyhow::Result<Overrides> {
    let mut overrides = Overrides::default();
    for text in texts {
        let (what, value) = text.split_once('=').unwrap_or((text, ""));
        match what.trim() {
            "model" if !value.trim().is_empty() && overrides.model.is_none() => {
                overrides.model = Some(value.trim().to_owned());
            }
            "temperature" if overrides.temperature.is_none() => {
                let number = value.trim().parse::<f64>().ok();
                let number = number.filter(|own| (0.0..=2.0).contains(own));
                overrides.temperature = Some(number.ok_or_else(|| {
                    usage(
                        format!("--override {text}: {value:?} is no temperature"),
                        "give a number from 0 to 2",
                    )
                })?);
            }
            "model" | "temperature" => {
                return Err(usage(
                    format!("--override {text}: it is given twice, or says nothing"),
                    "give each override once, as WHAT=VALUE",
                ));
            }
            _ => {
                return Err(usage(
                    format!("--override {text}: this cannot be overridden"),
                    "what can: model=NAME, temperature=NUMBER",
                ));
            }
        }
    }
    Ok(overrides)
}

/// Returns whom each persona asks.
fn models(
    setup: &Setup,
    overrides: &Overrides,
) -> anyhow::Result<BTreeMap<Persona, Arc<dyn Model>>> {
    let mut made: BTreeMap<String, Arc<dyn Model>> = BTreeMap::new();
    let mut models = BTreeMap::new();
    for persona in Persona::ALL {
        let name = match &overrides.model {
            Some(name) => name.as_str(),
            None => setup.config.model_of(persona).ok_or_else(|| {
                usage(
                    format!("no model is named for the {persona}"),
                    "name one with --override model=NAME",
                )
            })?,
        };
        if !setup.config.models.contains_key(name) {
            let known: Vec<&str> = setup.config.models.keys().map(String::as_str).collect();
            return Err(usage(
                format!("there is no model {name:?} in trail.toml"),
                format!(
                    "describe it under [models.{name}]; there are: {}",
                    known.join(", ")
                ),
            ));
        }
        let model = match made.get(name) {
            Some(model) => Arc::clone(model),
            None => wire::model_at(setup, name, overrides.temperature)?,
        };
        if overrides.temperature.is_some() && model.identity().temperature != overrides.temperature
        {
            return Err(usage(
                format!("model {name:?} takes no temperature"),
                "leave the temperature out, or name another model",
            ));
        }
        made.insert(name.to_owned(), Arc::clone(&model));
        models.insert(persona, model);
    }
    Ok(models)
}

fn keys() -> anyhow::Result<Keys> {
    let mut personas = BTreeMap::new();
    for persona in Persona::ALL {
        personas.insert(persona, private::new_key()?);
    }
    Ok(Keys {
        operator: private::new_key()?,
        personas,
    })
}

/// Returns a folder below the set-up's `replays/` that is not there yet.
fn fresh(setup: &Setup, recorded: &Recorded) -> anyhow::Result<PathBuf> {
    let replays = setup.layout.root().join("replays");
    private::make_dir(&replays)?;
    let safe = |own: char| {
        if own.is_ascii_alphanumeric() || "-_.".contains(own) {
            own
        } else {
            '-'
        }
    };
    let name: String = recorded.run.as_str().chars().map(safe).collect();
    let name = name.trim_start_matches('.');
    let free = (1..10_000)
        .map(|number| replays.join(format!("{name}-{number}")))
        .find(|dir| !dir.exists());
    free.ok_or_else(|| {
        usage(
            format!("{} is full", replays.display()),
            "remove old replays, or name a directory with --out",
        )
    })
}

/// The person at the terminal.
struct Person {
    bar: indicatif::ProgressBar,
    asks: bool,
}

#[async_trait]
impl Asked for Person {
    async fn decide(&self, request: &GateRequest, code: &str) -> Said {
        if !self.asks {
            return Said::Nothing;
        }
        let shown = format!(
            "\n{}\n{}\n{}\nThis is a replay: whatever you decide counts nowhere else.\nType the code {code} to approve, `reject` and why, or nothing to leave it waiting.\n> ",
            "=".repeat(78),
            trail_item::quote::visible(&request.shown),
            "=".repeat(78),
        );
        let code = code.to_owned();
        let asked = self.bar.suspend(|| output::print(shown).is_ok());
        let answer = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            read.ok().filter(|_| asked).map(|_| line)
        });
        let line = answer.await.ok().flatten().unwrap_or_default();
        said(line.trim(), &code)
    }

    fn told(&self, state: &State) {
        self.bar.set_position(state.entries);
        self.bar.set_message(format!(
            "replaying, {}, call {}",
            state.stage_name(),
            state.calls
        ));
    }
}

/// Reads what a person typed at a gate; anything but the code or a rejection leaves it waiting.
fn said(line: &str, code: &str) -> Said {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if word.eq_ignore_ascii_case(code) {
        let why = rest.trim();
        return Said::Approved((!why.is_empty()).then(|| why.to_owned()));
    }
    match (word, rest.trim()) {
        ("reject", why) if !why.is_empty() => Said::Rejected(why.to_owned()),
        _ => Said::Nothing,
    }
}

fn shown(summary: &Summary, dir: &std::path::Path) -> String {
    let standing = match summary.standing {
        Standing::Delivered => "delivered (a dry run: nothing left this machine)",
        Standing::Waiting => "waits",
        Standing::Stuck => "stuck",
        Standing::Stopped => "stopped",
        Standing::Unfinished => "unfinished",
    };
    let mut out = format!(
        "{}, a replay of {}: {standing}\n",
        summary.run, summary.replay_of.run
    );
    if let Some(why) = &summary.why {
        let why = trail_item::quote::visible(why);
        out.push_str(&format!("  {why}\n"));
    }
    out.push_str(&format!(
        "  {} calls, {} of them answered from the record; {} test results reused; {}\n",
        summary.calls,
        summary.answers_from_record,
        summary.test_results_reused,
        text::dollars(summary.cost_micros)
    ));
    for own in &summary.carried {
        let same = if own.same_subject {
            "the same"
        } else {
            "another"
        };
        out.push_str(&format!(
            "  gate {} carried over: decided on {}, stands here for {same} subject {}\n",
            trail_item::quote::inline(own.gate.as_str(), 60),
            own.original_subject.short(),
            own.subject.short()
        ));
    }
    out.push_str(&format!(
        "  the exact replay of the original came out the same: {} answers from the record\n",
        summary.self_check.answers
    ));
    if let Some(own) = &summary.pull_request {
        let title = trail_item::quote::visible(&own.title);
        out.push_str(&format!("  pull request, not opened: {title}\n"));
    }
    let history = dir.join("history");
    out.push_str(&format!("  its history is in {}\n", history.display()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_read_and_unknown_ones_refused() {
        let text = |own: &[&str]| {
            own.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let both = read(&text(&["model=rival", "temperature=0.2"])).unwrap();
        assert_eq!(both.model.as_deref(), Some("rival"));
        assert_eq!(both.temperature, Some(0.2));
        for wrong in [
            &["model="][..],
            &["model=a", "model=b"],
            &["temperature=hot"],
            &["temperature=9"],
            &["prompt=x"],
            &["model"],
        ] {
            assert!(read(&text(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn only_the_code_approves() {
        let code = "AB12C-D34EF";
        assert_eq!(said("ab12c-d34ef", code), Said::Approved(None));
        let why = Said::Approved(Some("fine".to_owned()));
        assert_eq!(said("AB12C-D34EF fine", code), why);
        assert_eq!(said("reject no", code), Said::Rejected("no".to_owned()));
        for nothing in ["", "yes", "y", "approve", "reject", "AAAAA-AAAAA"] {
            assert_eq!(said(nothing, code), Said::Nothing, "{nothing}");
        }
    }
}
