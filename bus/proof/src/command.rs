//! The command that makes a runner tell its results in a form for programs.
//!
//! | runner | what is added | report |
//! |---|---|---|
//! | `cargo` | a target runner that asks libtest for JSON; cargo's JSON messages; `--no-fail-fast` | standard output of all |
//! | `nextest` | a tool configuration with a JUnit report; `--no-fail-fast` | JUnit XML |
//! | `pytest` | `--junit-xml`, in the family that has file and line; collection goes on after errors | JUnit XML |
//! | `unittest` | `--junit` of Trail's Python package | JUnit XML |
//! | `vitest` | `--reporter=junit` | JUnit XML |
//! | `jest` | `--json --testLocationInResults` | standard output, where its JSON is |
//! | `node` | a reporter of Trail's own that tells file, line and cause | JSON lines |
//! | `go` | `-json`; `-count=1`, so that nothing comes from its cache | standard output |
//! | `junit`, `libtest`, `exit` | nothing | as configured |
//!
//! Everything a person typed stays in its place; what is added stands where the runner lets it win.
//! A shell is used only to lead standard output into the report and to say where the tests were
//! run; it gets the person's words as arguments and never as text.

use trail_port::tests::{Runner, TestSettings};
use trail_port::workspace::Command;

mod cargo;

/// Where a runner writes its report, from the worktree's root, unless the settings say so.
const REPORT_FILE: &str = ".trail-test-report";

/// Leads standard output into the file `$0`, after a line that says where the tests are run.
const INTO_FILE: &str = r#"report=$0; printf '{"trail":"root","path":"%s"}\n' "$PWD" >"$report"; exec "$@" >>"$report""#;

/// What `node --test` tells by: one JSON line for each test, with place and cause.
const NODE_REPORTER: &str = include_str!("command/node-reporter.js");

/// Returns the command that runs the tests as the settings say and makes them tell their results.
///
/// [`read`](crate::read) understands what comes of it, and of no other.
#[must_use]
pub fn command(settings: &TestSettings) -> Command {
    let mut made = Command::new(settings.command.clone(), settings.limits);
    if settings.command.is_empty() {
        return made;
    }
    let own = settings.report.clone();
    let file = own.clone().unwrap_or_else(|| REPORT_FILE.to_owned());
    match settings.runner {
        Runner::Exit | Runner::Libtest => return made,
        Runner::Junit => {
            made.report = own;
            return made;
        }
        Runner::Cargo => {
            made.argv = into_file(&file, cargo::argv(&settings.command));
            made.env = cargo::env();
        }
        Runner::Nextest => {
            made.env = cargo::env();
            add(&mut made.argv, &["--no-fail-fast"]);
            // Who names a report has it in the repository's own nextest configuration.
            if own.is_none() {
                made.argv = with_nextest_config(&file, made.argv);
            }
        }
        Runner::Pytest => add(
            &mut made.argv,
            &[
                "--continue-on-collection-errors",
                "--tb=auto",
                "-o",
                "junit_family=xunit1",
                &format!("--junit-xml={file}"),
            ],
        ),
        Runner::Unittest => {
            // `python -m trail.unittest [its own options] [unittest's options]`.
            let after = made.argv.iter().position(|own| own == "trail.unittest");
            let at = after.map_or(made.argv.len(), |at| at + 1);
            made.argv
                .splice(at..at, ["--junit".to_owned(), file.clone()]);
        }
        Runner::Vitest => add(
            &mut made.argv,
            &["--reporter=junit", &format!("--outputFile={file}")],
        ),
        Runner::Jest => {
            add(&mut made.argv, &["--json", "--testLocationInResults"]);
            made.argv = into_file(&file, made.argv);
        }
        Runner::Node => {
            let at = node_options_end(&made.argv);
            let reporter = format!("--test-reporter={}", data_url(NODE_REPORTER));
            let to = format!("--test-reporter-destination={file}");
            made.argv.splice(at..at, [reporter, to]);
        }
        Runner::Go => {
            made.argv = into_file(&file, go(&settings.command));
        }
    }
    made.report = Some(file);
    made
}

/// Adds options at the end of a runner's own: before `--`, where there is one.
fn add(argv: &mut Vec<String>, options: &[&str]) {
    let at = own_end(argv);
    argv.splice(at..at, options.iter().map(|own| (*own).to_owned()));
}

/// Returns where the runner's own arguments end: at `--`, or at the end.
fn own_end(argv: &[String]) -> usize {
    let end = argv.iter().position(|own| own == "--");
    end.unwrap_or(argv.len())
}

/// Leads a command's standard output into `file`.
fn into_file(file: &str, argv: Vec<String>) -> Vec<String> {
    let shell = ["sh", "-c", INTO_FILE, file].map(str::to_owned);
    shell.into_iter().chain(argv).collect()
}

/// Gives nextest a configuration, below the repository's own, that writes a report to `file`.
///
/// nextest takes a report's path from its store in the target directory, which may be anywhere, and
/// a tool's configuration by its whole path; only the shell knows both.
fn with_nextest_config(file: &str, mut argv: Vec<String>) -> Vec<String> {
    const MARK: &str = "@trail-nextest-config@";
    const SCRIPT: &str = r#"report=$0; config=$(mktemp) || exit 2
printf '[profile.default.junit]\npath = "%s/%s"\n' "$PWD" "$report" >"$config"
for own in "$@"; do
  shift; [ "$own" = @trail-nextest-config@ ] && own="trail:$config"; set -- "$@" "$own"
done
exec "$@""#;
    add(&mut argv, &["--tool-config-file", MARK]);
    let shell = ["sh", "-c", SCRIPT, file].map(str::to_owned);
    shell.into_iter().chain(argv).collect()
}

/// Returns `go test` with events as JSON and without its cache of results.
fn go(argv: &[String]) -> Vec<String> {
    let mut argv = argv.to_vec();
    // Flags stand between `test` and the packages; what follows `-args` is the tests' own.
    let test = argv.iter().position(|own| own == "test");
    let at = test.map_or(argv.len(), |at| at + 1);
    let counts = |own: &String| own.starts_with("-count") || own.starts_with("--count");
    let once = (!argv.iter().any(counts)).then_some("-count=1");
    let flags = ["-json"].into_iter().chain(once);
    argv.splice(at..at, flags.map(str::to_owned));
    argv
}

/// Returns where options of node itself may still be put: before the first file.
fn node_options_end(argv: &[String]) -> usize {
    let test = argv.iter().position(|own| own == "--test");
    test.map_or(argv.len().min(1), |at| at + 1)
}

/// Makes a module of a text that `node` can import without a file.
fn data_url(text: &str) -> String {
    use std::fmt::Write as _;
    let mut url = "data:text/javascript,".to_owned();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'!'
            | b'~'
            | b'*'
            | b'('
            | b')' => url.push(char::from(byte)),
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests;
