//! `go test -json`: one event a line; what could not be built is told in plain lines by older ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use trail_port::workspace::Ran;
use trail_record::body::FailedBy;

use crate::fail;
use crate::read::unended;
use crate::told::{Ended, Failure, Told, ToldCase};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    import_path: String,
    #[serde(default)]
    test: String,
    #[serde(default)]
    output: String,
}

/// The tests of one package.
#[derive(Debug, Default)]
struct Package {
    tests: BTreeMap<String, (Option<Ended>, String)>,
    output: String,
    ended: Option<Ended>,
    unbuilt: bool,
}

/// Reads the report; `output` is what else was printed, where older ones tell compiler errors.
pub(super) fn read(text: &str, output: &str, ran: &Ran) -> Told {
    let mut told = Told::default();
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    let mut compiler: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        if let Ok(root) = serde_json::from_str::<serde_json::Value>(line)
            && root["trail"] == "root"
        {
            told.root = root["path"].as_str().map(str::to_owned);
            continue;
        }
        match serde_json::from_str::<Event>(line) {
            Ok(event) if event.action == "build-output" => {
                compiler
                    .entry(event.import_path)
                    .or_default()
                    .push_str(&event.output);
            }
            Ok(event) => take(packages.entry(event.package.clone()).or_default(), event),
            Err(_) => {
                if let Some(package) = unbuilt(line) {
                    packages.entry(package.to_owned()).or_default().unbuilt = true;
                }
            }
        }
    }
    packages.remove("");
    for (name, package) in packages {
        let said = compiler
            .iter()
            .filter(|(path, _)| path.split(' ').next() == Some(&name))
            .map(|(_, text)| text.as_str())
            .collect::<String>();
        let said = if said.is_empty() {
            compiler_errors(output, &name)
        } else {
            said
        };
        finish(&mut told, &name, package, &said, ran);
    }
    told
}

fn take(package: &mut Package, event: Event) {
    let ended = match event.action.as_str() {
        "pass" => Some(Ended::Passed),
        "fail" => Some(Ended::Failed),
        "skip" => Some(Ended::Skipped),
        _ => None,
    };
    if event.test.is_empty() {
        package.ended = ended.or(package.ended);
        package.unbuilt |= unbuilt(event.output.trim_end()).is_some();
        package.output.push_str(&event.output);
        return;
    }
    let own = package.tests.entry(event.test).or_default();
    own.0 = own.0.max(ended);
    own.1.push_str(&event.output);
}

/// Returns the block `# PACKAGE ...` of the compiler's output.
fn compiler_errors(output: &str, package: &str) -> String {
    let mut lines = output.lines().skip_while(|line| {
        let head = line.strip_prefix("# ");
        head.and_then(|own| own.split(' ').next()) != Some(package)
    });
    lines.next();
    let own = lines.take_while(|line| !line.starts_with("# "));
    own.map(|line| format!("{line}\n")).collect()
}

/// Reads `FAIL\texample.com/shop/broken [build failed]`.
fn unbuilt(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("FAIL\t")?;
    rest.strip_suffix(" [build failed]")
        .or_else(|| rest.strip_suffix(" [setup failed]"))
}

fn finish(told: &mut Told, name: &str, package: Package, compiler: &str, ran: &Ran) {
    if package.unbuilt {
        let said = format!("{compiler}{}", package.output);
        let failure = Failure::new(FailedBy::NotBuilt, said.trim());
        told.cases.push(ToldCase::failed(name, "", failure));
        return;
    }
    let names: BTreeSet<String> = package.tests.keys().cloned().collect();
    // A test that has subtests ends after them; the deepest first, so that a test knows how its own
    // failed.
    let mut failed: BTreeMap<String, Vec<FailedBy>> = BTreeMap::new();
    let mut cases = Vec::new();
    let mut none_failed = true;
    for (test, (ended, output)) in package.tests.into_iter().rev() {
        let inside = failed.remove(&test).unwrap_or_default();
        let case = match ended {
            Some(Ended::Failed) => {
                ToldCase::failed(name, &test, failure(&output, &inside, &package.output))
            }
            Some(ended) => ToldCase::new(name, &test, ended),
            None => ToldCase::failed(name, &test, unended(ran, "its package ended before it")),
        };
        if let Some(failure) = &case.failure {
            none_failed = false;
            let outer = test.rsplit_once('/').map(|(outer, _)| outer.to_owned());
            if let Some(outer) = outer.filter(|own| names.contains(own)) {
                failed.entry(outer).or_default().push(failure.by);
            }
        }
        cases.push(case);
    }
    cases.reverse();
    if package.ended == Some(Ended::Failed) && none_failed {
        told.distrust(format!(
            "package {name} failed although none of its tests did:\n{}",
            package.output.trim()
        ));
    } else if package.ended.is_none() && ran.ended.is_none() {
        told.distrust(format!("package {name} was told no end"));
    }
    told.cases.extend(cases);
}

fn failure(output: &str, inside: &[FailedBy], package: &str) -> Failure {
    let said: String = output
        .lines()
        .filter(|line| !line.starts_with("=== ") && !line.trim_start().starts_with("--- "))
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    let panics = |text: &str| {
        text.lines()
            .any(|line| line.starts_with("panic: ") || line.starts_with("fatal error: "))
    };
    let by = if said.contains("panic: test timed out after ")
        || package.contains("panic: test timed out after ")
    {
        FailedBy::Timeout
    } else if panics(&said) || inside.iter().any(|own| *own != FailedBy::Assertion) {
        FailedBy::Crash
    } else {
        // `t.Error`, `t.Fatal`, an example's output: nothing but the test makes it fail otherwise.
        FailedBy::Assertion
    };
    let at = said.lines().find_map(|line| {
        let (place, _) = line.strip_prefix("    ")?.split_once(": ")?;
        place
            .contains("_test.go:")
            .then(|| fail::spot(place.trim()))?
    });
    Failure {
        by,
        by_words: false,
        at: at.filter(|_| by == FailedBy::Assertion),
        message: said.trim().to_owned(),
    }
}
