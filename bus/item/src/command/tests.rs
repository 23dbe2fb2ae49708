use proptest::prelude::*;

use super::*;

fn ok(command: Command) -> Parsed {
    Parsed::Command(command)
}

fn oops(mistake: Mistake) -> Parsed {
    Parsed::Mistake(mistake)
}

fn revert(code: bool, with: &[&str], why: Option<&str>) -> Command {
    Command::Revert {
        code: code.then(a_code),
        with: with.iter().map(|key| (*key).into()).collect(),
        why: why.map(str::to_owned),
    }
}

fn a_code() -> Code {
    "7K3QX-0M9TB".parse().unwrap()
}

#[test]
fn commands_are_read_as_people_write_them() {
    let approve = |why: Option<&str>| {
        ok(Command::Approve {
            code: a_code(),
            why: why.map(str::to_owned),
        })
    };
    let table = [
        ("/approve 7K3QX-0M9TB", approve(None)),
        ("  /Approve 7k3qx0m9tb  ", approve(None)),
        ("/approve `7K3QX-0M9TB`.", approve(None)),
        ("/approve **7K3QX-0M9TB**", approve(None)),
        ("/approve: 7K3QX-OM9TB!", approve(None)),
        ("/approve\u{a0}7K3QX-0M9TB", approve(None)),
        ("/approve\t7K3QX-0M9TB\r\n", approve(None)),
        (
            "/approve 7K3QX-0M9TB, looks right",
            approve(Some("looks right")),
        ),
        (
            "/approve 7K3QX-0M9TB — looks right",
            approve(Some("looks right")),
        ),
        (
            "Thanks!\n\n/approve 7K3QX-0M9TB\n\nGood work.",
            approve(Some("Good work.")),
        ),
        (
            "> /reject 7K3QX-0M9TB no\n\n/approve 7K3QX-0M9TB",
            approve(None),
        ),
        ("```\n/cancel\n```\n/approve 7K3QX-0M9TB", approve(None)),
        ("<!-- /cancel -->\n/approve 7K3QX-0M9TB", approve(None)),
        ("/start 7K3QX-0M9TB", ok(Command::Start { code: a_code() })),
        (
            "/amend 7K3QX-0M9TB please",
            ok(Command::Amend { code: a_code() }),
        ),
        (
            "/reject 7K3QX-0M9TB wrong unit\n> quoted\n```\nlog\n```",
            ok(Command::Reject {
                code: a_code(),
                why: "wrong unit\n```\nlog\n```".to_owned(),
            }),
        ),
        (
            "/reject 7K3QX-0M9TB\nwrong unit",
            ok(Command::Reject {
                code: a_code(),
                why: "wrong unit".to_owned(),
            }),
        ),
        (
            "/dispose 7K3QX-0M9TB a typo was mended",
            ok(Command::Dispose {
                code: a_code(),
                why: "a typo was mended".to_owned(),
            }),
        ),
        ("/hold", ok(Command::Hold { why: None })),
        (
            "/hold until Monday",
            ok(Command::Hold {
                why: Some("until Monday".to_owned()),
            }),
        ),
        ("/resume", ok(Command::Resume)),
        ("/retry.", ok(Command::Retry)),
        (
            "/cancel not needed",
            ok(Command::Cancel {
                why: Some("not needed".to_owned()),
            }),
        ),
        ("/revert", ok(revert(false, &[], None))),
        ("/revert please", ok(revert(false, &[], Some("please")))),
        ("/revert 7K3QX-0M9TB", ok(revert(true, &[], None))),
        (
            "/revert 7K3QX-0M9TB with P-2, P-3 and P-7: it broke the export",
            ok(revert(
                true,
                &["P-2", "P-3", "P-7"],
                Some("it broke the export"),
            )),
        ),
        (
            "/revert `7K3QX-0M9TB` with regret",
            ok(revert(true, &[], Some("with regret"))),
        ),
    ];
    for (text, expected) in table {
        assert_eq!(parse(text), expected, "{text:?}");
    }
}

#[test]
fn talk_is_no_command() {
    for text in [
        "",
        "looks good",
        "please /approve 7K3QX-0M9TB",
        "- /approve 7K3QX-0M9TB",
        "> /approve 7K3QX-0M9TB",
        "  > /approve 7K3QX-0M9TB",
        "`/approve 7K3QX-0M9TB`",
        "```\n/approve 7K3QX-0M9TB\n```",
        "~~~~\n/approve 7K3QX-0M9TB",
        "<!-- x\n/approve 7K3QX-0M9TB",
        "text\n\n    /approve 7K3QX-0M9TB",
        "    /approve 7K3QX-0M9TB",
        "/usr/bin/env is missing",
        "/etc.conf",
        "/ approve",
        "/2 done",
        "//approve",
        "approve it please",
        "reject everything",
        "start 2nd",
        "👩\u{200d}💻 nice, a\u{200b}b",
    ] {
        assert_eq!(parse(text), Parsed::Nothing, "{text:?}");
    }
}

#[test]
fn mistakes_are_told_and_never_guessed() {
    let unknown = |word: &str, did_you_mean| {
        oops(Mistake::UnknownCommand {
            word: word.to_owned(),
            did_you_mean,
        })
    };
    let malformed = |given: &str| {
        oops(Mistake::MalformedCode {
            command: Word::Approve,
            given: given.to_owned(),
        })
    };
    let missing = |command| oops(Mistake::MissingCode { command });
    let table = [
        (
            "/aprove 7K3QX-0M9TB",
            unknown("aprove", Some(Word::Approve)),
        ),
        (
            "/approved 7K3QX-0M9TB",
            unknown("approved", Some(Word::Approve)),
        ),
        ("/LGTM", unknown("LGTM", Some(Word::Approve))),
        (
            "/аpprove 7K3QX-0M9TB",
            unknown("аpprove", Some(Word::Approve)),
        ),
        ("/shrug", unknown("shrug", None)),
        ("/approve", missing(Word::Approve)),
        ("/approve looks good", missing(Word::Approve)),
        ("/approve everything", missing(Word::Approve)),
        ("/reject tests are missing", missing(Word::Reject)),
        ("/start.", missing(Word::Start)),
        ("/approve 7K3QX-0M9T", malformed("7K3QX-0M9T")),
        ("/approve 7K3QX 0M9TB", malformed("7K3QX")),
        ("/approve GREAT work", missing(Word::Approve)),
        ("/approve 7K3QX-0M9TBB", malformed("7K3QX-0M9TBB")),
        ("/approve CODE", malformed("CODE")),
        ("/approve UUUUU-UUUUU", malformed("UUUUU-UUUUU")),
        (
            "/reject 7K3QX-0M9TB",
            oops(Mistake::MissingWhy {
                command: Word::Reject,
            }),
        ),
        (
            "/reject 7K3QX-0M9TB ...",
            oops(Mistake::MissingWhy {
                command: Word::Reject,
            }),
        ),
        (
            "/dispose 7K3QX-0M9TB\n> why",
            oops(Mistake::MissingWhy {
                command: Word::Dispose,
            }),
        ),
        (
            "approve 7K3QX-0M9TB",
            oops(Mistake::MissingSlash {
                command: Word::Approve,
            }),
        ),
        (
            "Approve: `7k3qx-0m9tb`",
            oops(Mistake::MissingSlash {
                command: Word::Approve,
            }),
        ),
        (
            "/approve 7K3QX-0M9TB\n/hold",
            oops(Mistake::Several(vec![
                "approve".to_owned(),
                "hold".to_owned(),
            ])),
        ),
        (
            "/approve 7K3QX-0M9TB\n/approve 7K3QX-0M9TB",
            oops(Mistake::Several(vec![
                "approve".to_owned(),
                "approve".to_owned(),
            ])),
        ),
        ("/approve 7K3QX-\u{200b}0M9TB", oops(Mistake::Hidden)),
        ("\u{200b}/approve 7K3QX-0M9TB", oops(Mistake::Hidden)),
        ("/app\u{202e}rove 7K3QX-0M9TB", oops(Mistake::Hidden)),
        ("a\u{202e}\n/approve 7K3QX-0M9TB", oops(Mistake::Hidden)),
    ];
    for (text, expected) in table {
        assert_eq!(parse(text), expected, "{text:?}");
    }
}

#[test]
fn every_word_is_a_command_of_its_own() {
    for word in Word::ALL {
        let text = word
            .usage()
            .replace("CODE", "7K3QX-0M9TB")
            .replace(['[', ']'], "");
        let Parsed::Command(command) = parse(&text) else {
            panic!("{text}")
        };
        assert_eq!(command.word(), word);
        assert_eq!(command.code().is_some(), word.takes_code());
        assert_eq!(command.why().is_some(), text.ends_with("why"));
    }
}

proptest! {
    #[test]
    fn no_comment_makes_the_parser_panic(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn only_a_line_that_starts_with_a_slash_commands(text in "[a-z >`\n/~<!-]{0,60}7K3QX-0M9TB[ a-z\n]{0,9}") {
        if let Parsed::Command(command) = parse(&text) {
            let slash = format!("/{}", command.word());
            prop_assert!(text.lines().any(|line| line.trim_start().starts_with(&slash)
                || line.contains("-->")), "{text:?}");
        }
    }
}
