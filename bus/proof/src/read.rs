//! Reads what a runner told.

use trail_port::tests::{Runner, TestSettings};
use trail_port::workspace::{Ended as RunEnded, Ran};
use trail_record::body::FailedBy;

use crate::told::{Ended, Failure, Told, ToldCase};

mod cargo;
mod events;
mod go;
mod jest;
mod junit;
mod lines;
mod node;
mod shown;
mod xml;

pub(crate) use shown::last;

/// Reads what came of the command that [`command`](crate::command) made of the same settings.
///
/// Nothing told is lost: what cannot be read is a problem, and where it could hide a failure a
/// failed case.
#[must_use]
pub fn read(ran: &Ran, settings: &TestSettings) -> Told {
    let output = String::from_utf8_lossy(&ran.output);
    let report = ran.report.as_deref().map(String::from_utf8_lossy);
    let report = report.as_deref();
    let mut told = match settings.runner {
        Runner::Exit => exit(ran, settings),
        Runner::Libtest => lines::read(&output),
        Runner::Cargo => with(report, |text| cargo::read(text, ran)),
        Runner::Go => with(report, |text| go::read(text, &output, ran)),
        Runner::Jest => with(report, jest::read),
        Runner::Node => with(report, |text| node::read(text, ran)),
        Runner::Nextest => with(report, |text| junit::read(text, junit::Flavour::Nextest)),
        Runner::Pytest => with(report, |text| junit::read(text, junit::Flavour::Pytest)),
        Runner::Unittest => with(report, |text| junit::read(text, junit::Flavour::Unittest)),
        Runner::Vitest => with(report, |text| junit::read(text, junit::Flavour::Vitest)),
        Runner::Junit => {
            let text = match settings.report {
                Some(_) => report,
                None => report.or(Some(&*output)),
            };
            with(text, |text| junit::read(text, junit::Flavour::Other))
        }
    };
    if ran.exit == Some(101)
        && settings.runner == Runner::Nextest
        && told.cases.iter().all(|own| own.outcome == Ended::Failed)
    {
        told.cases.iter_mut().for_each(not_built);
    }
    once(&mut told);
    check(&mut told, ran);
    told.shown = shown::shown(&told, ran, &output, settings);
    told
}

/// Reads a report of JUnit XML that was written elsewhere.
#[must_use]
pub fn report(text: &str) -> Told {
    let mut told = junit::read(text, junit::Flavour::Other);
    once(&mut told);
    told
}

/// nextest ends with 101 where the build failed, and then writes no report.
fn not_built(case: &mut ToldCase) {
    if let Some(failure) = &mut case.failure {
        failure.by = FailedBy::NotBuilt;
        "the build failed".clone_into(&mut failure.message);
    }
}

/// Reads a report that must be there.
fn with(report: Option<&str>, read: impl FnOnce(&str) -> Told) -> Told {
    match report {
        Some(text) if !text.trim().is_empty() => read(text),
        Some(_) => missing("the runner wrote an empty report"),
        None => missing("the runner wrote no report"),
    }
}

fn missing(why: &str) -> Told {
    let mut told = Told::default();
    told.distrust(why);
    told
}

/// The exit code alone: one case with the command's name.
fn exit(ran: &Ran, settings: &TestSettings) -> Told {
    let name = settings.command.join(" ");
    let case = match (ran.exit, ran.ended) {
        (Some(0), _) => ToldCase::new("", &name, Ended::Passed),
        (_, Some(RunEnded::Timeout)) => {
            ToldCase::failed("", &name, Failure::new(FailedBy::Timeout, ""))
        }
        (_, _) => ToldCase::failed("", &name, Failure::new(FailedBy::Crash, "")),
    };
    Told {
        cases: vec![case],
        ..Told::default()
    }
}

/// Makes every name stand once: of several the worst counts.
fn once(told: &mut Told) {
    let cases = std::mem::take(&mut told.cases);
    let mut places = std::collections::HashMap::new();
    let mut twice = std::collections::BTreeSet::new();
    for case in cases {
        match places.get(&case.name) {
            None => {
                places.insert(case.name.clone(), told.cases.len());
                told.cases.push(case);
            }
            Some(at) => {
                twice.insert(case.name.clone());
                let own: &mut ToldCase = &mut told.cases[*at];
                if case.outcome > own.outcome {
                    let claims = std::mem::take(&mut own.claims);
                    *own = case;
                    own.claims.extend(claims);
                }
            }
        }
    }
    for name in twice.iter().take(20) {
        told.note(format!(
            "{name} was told more than once; the worst of it counts"
        ));
    }
    if twice.len() > 20 {
        told.note(format!(
            "{} more names were told more than once",
            twice.len() - 20
        ));
    }
}

/// Compares what was told with how the command ended.
fn check(told: &mut Told, ran: &Ran) {
    let failed = told.cases.iter().any(|own| own.outcome == Ended::Failed);
    match (ran.exit, ran.ended) {
        (Some(0), _) if failed => {
            told.note("the command ended with exit code 0 although tests failed");
        }
        (Some(code), _) if code != 0 && !failed => told.note(format!(
            "the command ended with exit code {code} although no test was told to fail"
        )),
        (Some(_), _) => {}
        (None, Some(RunEnded::Timeout)) => told.note("the run was ended: it took too long"),
        (None, Some(RunEnded::Output)) => told.note("the run was ended: it printed too much"),
        (None, Some(RunEnded::Signal(signal))) => {
            told.note(format!("the run was ended by signal {signal}"));
        }
        (None, None) => told.note("the run was ended"),
    }
    if told.cases.is_empty() {
        told.note("no test was told");
    }
}

/// How a test that began and did not end failed: the run was ended for its time, or it took the
/// runner with it.
pub(crate) fn unended(ran: &Ran, how: &str) -> Failure {
    match ran.ended {
        Some(RunEnded::Timeout) => {
            Failure::new(FailedBy::Timeout, "it did not end before the run was ended")
        }
        _ => Failure::new(FailedBy::Crash, format!("it did not end: {how}")),
    }
}
