//! The second half of the demo: what a reviewer, a regulator or a lead asks weeks later.
//!
//! Each question is a command of `trail` itself, as anybody would type it; its answer is what that
//! command prints.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use trail_reader::Story;

use super::founding::RIVAL;
use crate::output;

/// What the sample's reviewer points at: the line that makes B3 energy a duration.
const POINTED_AT: &str = "Period::duration";

/// A question, and the command that answers it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Question {
    /// In words.
    pub(crate) question: &'static str,
    /// The command's arguments, after `trail`.
    pub(crate) command: Vec<String>,
}

/// A question with what came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    asked: Question,
    /// How the command ended.
    exit: Option<i32>,
    /// What it printed as JSON; none if it printed none.
    answer: Option<Value>,
    /// What it said on standard error.
    said: String,
}

impl Question {
    fn new(question: &'static str, dir: &Path, command: &[&str]) -> Self {
        let dir = ["--dir".to_owned(), dir.display().to_string()];
        let command = command.iter().map(|own| (*own).to_owned());
        Self {
            question,
            command: dir.into_iter().chain(command).collect(),
        }
    }

    /// Returns the command as it can be typed into a shell.
    pub(crate) fn shown(&self) -> String {
        let words = self.command.iter().map(|own| quoted(own));
        std::iter::once("trail".to_owned())
            .chain(words)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Answer {
    /// Tells whether the question was answered.
    pub(crate) fn is_well(&self) -> bool {
        self.exit == Some(0)
    }
}

/// Returns a word as a POSIX shell reads it as one.
fn quoted(word: &str) -> String {
    let plain = |own: char| own.is_ascii_alphanumeric() || "-_./:=,+@%".contains(own);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Returns what can be asked of a session, with its own names and places.
pub(super) fn questions(story: &Story, dir: &Path) -> Vec<Question> {
    let ask = |question, command: &[&str]| Question::new(question, dir, command);
    let mut questions = Vec::new();
    let Some(run) = story.run() else {
        return questions;
    };
    let run = run.as_str();
    if let Some(place) = line(story) {
        let branch = format!("trail/{run}");
        let command = ["why", &place, "--rev", &branch];
        questions.push(ask("Why is this line there?", &command));
    }
    let mut conclusions = story.conclusions.iter();
    if let Some(own) = conclusions.find(|own| own.body.choice.is_some()) {
        let command = ["trace", own.body.name.as_str()];
        questions.push(ask("Why was this chosen, and what followed?", &command));
    }
    let key = story.key.as_str();
    questions.push(ask("Did it look outside its scope?", &["audit", key]));
    questions.push(ask(
        "Can exactly this pull request be made again?",
        &["replay", run],
    ));
    let model = format!("model={RIVAL}");
    questions.push(ask(
        "What would another model have done?",
        &["replay", run, "--override", &model],
    ));
    // The first replay of a run is kept under this name.
    let replay = format!("{run}-1");
    questions.push(ask(
        "Where do the two part, and at what cost?",
        &["compare", run, &replay],
    ));
    let page = dir.join("compare.html").display().to_string();
    questions.push(ask(
        "The same, as a page for a browser",
        &[
            "compare", run, &replay, "--format", "html", "--output", &page,
        ],
    ));
    questions
}

/// Returns a line worth asking about, as it stands after the last patchset: the one the sample's
/// session turned on, or else the first of a new file.
fn line(story: &Story) -> Option<String> {
    let changes = || story.patchsets.iter().flat_map(|own| &own.body.files);
    let last = |path: &str| {
        let mut all = changes().filter(|own| own.path == path);
        all.next_back().and_then(|own| own.after.as_deref())
    };
    let files = || changes().filter_map(|own| Some((own.path.as_str(), last(&own.path)?)));
    let pointed = files().find_map(|(path, text)| {
        let place = text.lines().position(|line| line.contains(POINTED_AT))?;
        Some((path, place))
    });
    let (path, place) = pointed.or_else(|| {
        files().find_map(|(path, text)| {
            let place = text.lines().position(|line| !line.trim().is_empty())?;
            Some((path, place))
        })
    })?;
    Some(format!("{path}:{}", place + 1))
}

/// Asks all questions, one after the other; prints question, command and answer unless `json`.
pub(crate) async fn tell(questions: &[Question], json: bool) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        if !json {
            let rule = "-".repeat(78);
            let shown = question.shown();
            output::line(format!("\n{rule}\n{}\n$ {shown}\n", question.question))?;
        }
        let asked = question.clone();
        let answer = tokio::task::spawn_blocking(move || ask(asked, json)).await??;
        answers.push(answer);
    }
    Ok(answers)
}

/// Runs one command. Without JSON it prints for itself.
fn ask(asked: Question, json: bool) -> anyhow::Result<Answer> {
    let own = std::env::current_exe().context("cannot find the trail program")?;
    let mut command = Command::new(own);
    // The set-up is named; what the caller's shell says of another must not get in between.
    command
        .env_remove("TRAIL_DIR")
        .args(&asked.command)
        .stdin(Stdio::null());
    if !json {
        let exit = command.status().context("cannot run trail")?.code();
        return Ok(Answer {
            asked,
            exit,
            answer: None,
            said: String::new(),
        });
    }
    let output = command.arg("--json").output().context("cannot run trail")?;
    Ok(Answer {
        asked,
        exit: output.status.code(),
        answer: serde_json::from_slice(&output.stdout).ok(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_typed_as_it_is_shown() {
        let asked = Question::new("?", Path::new("/tmp/my demo"), &["why", "a.rs:1", "it's"]);
        assert_eq!(
            asked.shown(),
            "trail --dir '/tmp/my demo' why a.rs:1 'it'\\''s'"
        );
    }
}
