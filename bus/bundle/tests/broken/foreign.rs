//! Other programs on the same files: the second verifier in Python, in-toto's own libraries, and tar.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::tinker::Parts;
use crate::{folder, judge, sample, told};

/// Tells whether Python with these packages is here; if it must be, its absence is a failure.
fn is_here(packages: &str) -> bool {
    let check = Command::new("python3")
        .args(["-c", &format!("import {packages}")])
        .output();
    let here = check.as_ref().is_ok_and(|output| output.status.success());
    if !here {
        let required = std::env::var_os("TRAIL_REQUIRE_FOREIGN").is_some();
        assert!(!required, "python3 with {packages} is required: {check:?}");
        eprintln!("SKIPPED: python3 with {packages} is not here");
    }
    here
}

/// Runs Python code with lines of input; returns its output.
fn python(code: &str, input: &[u8]) -> String {
    let mut child = Command::new("python3")
        .args(["-B", "-c", code])
        .env("PYTHONPATH", sample::tests_dir().join("verifier"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout).unwrap()
}

const VERIFY: &str = r#"
import io, json, sys, verify
for line in sys.stdin:
    out, sys.stdout = sys.stdout, io.StringIO()
    code = verify.main([line.strip()])
    said, sys.stdout = json.loads(sys.stdout.getvalue()), out
    kinds = [own["kind"] for own in said["problems"]]
    kinds += [own["kind"] for item in said["items"] for own in item["findings"]]
    print(json.dumps({"code": code, "told": {"findings": sorted(kinds), "word": said["word"]}, "said": said}))
"#;

#[test]
fn the_second_verifier_says_the_same_of_every_bundle() {
    if !is_here("cryptography") {
        return;
    }
    let mut paths: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|own| own.unwrap().path())
        .filter(|path| path.extension().is_some_and(|own| own == "trail"))
        .collect();
    paths.sort();
    let lines: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let answers = python(VERIFY, lines.join("\n").as_bytes());
    let answers: Vec<Value> = answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), paths.len());
    let mut wrong = Vec::new();
    for (path, answer) in paths.iter().zip(answers) {
        let own = told(&judge(&std::fs::read(path).unwrap()));
        let exit = match own["word"].as_str().unwrap() {
            "verified" => 0,
            "findings" => 1,
            _ => 3,
        };
        if own != answer["told"] || answer["code"] != exit {
            wrong.push(format!("{}: {own}, second {answer}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const INTOTO: &str = r#"
import json, sys
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey
given = json.load(sys.stdin)
key = SSlibKey(given["keyid"], "ed25519", "ed25519", {"public": given["public"]})
# The library's message for summaries takes one level where SLSA says a list, so it is left out.
kinds = {"https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult}
count, typed = 0, 0
for line in given["lines"]:
    envelope = Envelope.from_dict(json.loads(line))
    assert len(envelope.verify([key], 1)) == 1
    payload = json.loads(envelope.payload)
    message = ParseDict(payload, Message())
    Statement.copy_from_pb(message).validate()
    count += 1
    if payload["predicateType"] in kinds:
        ParseDict(payload["predicate"], kinds[payload["predicateType"]]())
        typed += 1
print(json.dumps({"verified": count, "typed": typed}))
"#;

#[test]
fn the_libraries_of_intoto_verify_and_parse_every_attestation() {
    if !is_here("in_toto_attestation, securesystemslib") {
        return;
    }
    let lines = attestations();
    let key = sample::auditor().public();
    let text = key.to_string();
    let given = json!({
        "keyid": key.id(),
        "public": text.strip_prefix("ed25519:").unwrap(),
        "lines": lines,
    });
    let said = python(INTOTO, given.to_string().as_bytes());
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, json!({ "verified": 21, "typed": 6 }));
}

fn attestations() -> Vec<String> {
    let mut parts = Parts::of(&sample::good());
    let bytes = parts.part("attestations.intoto.jsonl").bytes.clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

const SCHEMAS: &str = r#"
import json, sys
from jsonschema import Draft202012Validator
given = json.load(sys.stdin)
seen = set()
for own in given["statements"]:
    schema = given["schemas"].get(own["predicateType"])
    if schema is None:
        continue
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(own["predicate"])
    # A schema that takes anything would show nothing.
    for key in list(own["predicate"]):
        broken = {name: value for name, value in own["predicate"].items() if name != key}
        assert not Draft202012Validator(schema).is_valid(broken), key
    assert not Draft202012Validator(schema).is_valid(own["predicate"] | {"further": 1})
    seen.add(own["predicateType"])
print(len(seen))
"#;

#[test]
fn trails_own_predicates_follow_their_schemas() {
    if !is_here("jsonschema") {
        return;
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let schema = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(format!("{name}-v0.1.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let mut schemas = serde_json::Map::new();
    for (name, kind) in [
        ("decision", trail_bundle::predicate::DECISION),
        ("approval", trail_bundle::predicate::APPROVAL),
        ("criterion-proof", trail_bundle::predicate::PROOF),
    ] {
        let schema = schema(name);
        assert!(kind.ends_with(&format!("/{name}/v0.1")));
        schemas.insert(kind.to_owned(), schema);
    }
    let statements: Vec<Value> = attestations()
        .iter()
        .map(|line| crate::good::statement(line))
        .collect();
    let given = json!({ "schemas": schemas, "statements": statements });
    assert_eq!(python(SCHEMAS, given.to_string().as_bytes()).trim(), "3");
}

#[test]
fn any_tar_lists_a_bundle() {
    let listed = Command::new("tar")
        .arg("-tf")
        .arg(folder().join("good.trail"))
        .output();
    let Ok(listed) = listed else {
        let required = std::env::var_os("TRAIL_REQUIRE_FOREIGN").is_some();
        assert!(!required, "tar is required");
        eprintln!("SKIPPED: tar is not here");
        return;
    };
    let names = String::from_utf8(listed.stdout).unwrap();
    let parts = Parts::of(&sample::good());
    let expected: Vec<&str> = parts.list.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(names.lines().collect::<Vec<_>>(), expected);
    assert!(listed.status.success() && listed.stderr.is_empty());
}
