//! A gate in the demo: the person decides, or with `--yes` the demo does as the sample's human.

use std::io::BufRead as _;

use trail_port::Tracker as _;
use trail_reader::story::Gate;
use trail_record::ItemId;
use trail_tracker::Seat;

use super::Options;
use crate::output::{self, Exit, Hinted};

/// What a person answers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// The comment to post.
    Say(String),
    /// Something else was typed; what to type instead.
    Again(String),
}

/// Has a gate decided in a comment of the sample's human.
pub(super) async fn answer(
    human: &Seat,
    item: &ItemId,
    gate: &Gate,
    options: &Options,
) -> anyhow::Result<()> {
    let code = gate.code.clone();
    if options.yes {
        human.say(item, &format!("/approve {code}")).await?;
        return Ok(());
    }
    let request = &gate.request.body;
    output::line(format!(
        "\n{}\n{}\n{}\nThe {} asks; what is above happens only if you approve it, as Klara Nilsson.\nType the code {code} to approve, or `reject` and why.",
        "=".repeat(78),
        trail_item::quote::visible(&request.shown),
        "=".repeat(78),
        request.requested_by,
    ))?;
    loop {
        output::print("> ")?;
        let line = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut line)
                .map(|read| (read, line))
        });
        let (read, line) = line.await??;
        if read == 0 {
            let message = format!(
                "gate {} waits for a decision, and nobody is there to type it",
                request.gate
            );
            return Err(Hinted::new(Exit::Usage, message)
                .help("run `trail demo` in a terminal, or let it answer with --yes")
                .into());
        }
        match read_answer(&line, &code) {
            Answer::Say(comment) => {
                human.say(item, &comment).await?;
                return Ok(());
            }
            Answer::Again(what) => output::line(what)?,
        }
    }
}

/// Reads what a person typed at a gate.
fn read_answer(line: &str, code: &str) -> Answer {
    let line = line.trim().trim_start_matches('/');
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let is_code = |text: &str| text.eq_ignore_ascii_case(code);
    if is_code(line) {
        return Answer::Say(format!("/approve {code}"));
    }
    match word {
        "approve" => {
            let (given, why) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if is_code(given) {
                Answer::Say(format!("/approve {code} {why}").trim_end().to_owned())
            } else {
                Answer::Again(format!("an approval names the code: approve {code}"))
            }
        }
        "reject" => {
            let why = rest.strip_prefix(code).unwrap_or(rest).trim();
            if why.is_empty() {
                Answer::Again("a rejection says why: reject the reason".to_owned())
            } else {
                Answer::Say(format!("/reject {code} {why}"))
            }
        }
        _ => Answer::Again(format!("type {code} to approve, or `reject` and why")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_approves_and_a_rejection_says_why() {
        let code = "AB12C-D34EF";
        let say = |text: &str| Answer::Say(text.to_owned());
        assert_eq!(
            read_answer(" ab12c-d34ef \n", code),
            say("/approve AB12C-D34EF")
        );
        assert_eq!(
            read_answer("/approve AB12C-D34EF looks good", code),
            say("/approve AB12C-D34EF looks good")
        );
        assert_eq!(
            read_answer("reject too large", code),
            say("/reject AB12C-D34EF too large")
        );
        assert_eq!(
            read_answer("/reject AB12C-D34EF too large", code),
            say("/reject AB12C-D34EF too large")
        );
        for line in [
            "",
            "yes",
            "y",
            "approve",
            "approve AAAAA-AAAAA",
            "reject",
            "reject AB12C-D34EF",
        ] {
            assert!(
                matches!(read_answer(line, code), Answer::Again(_)),
                "{line}"
            );
        }
    }
}
