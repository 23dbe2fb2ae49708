//! The second verifier on the same files.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::{files, judge, stored_cases, verdict};

/// Tells whether the second verifier can run here; if it must, its absence is a failure.
fn is_here() -> bool {
    let check = Command::new("python3")
        .args(["-c", "import cryptography"])
        .output();
    let here = check.as_ref().is_ok_and(|output| output.status.success());
    if !here {
        let required = std::env::var_os("TRAIL_REQUIRE_FOREIGN").is_some();
        assert!(
            !required,
            "python3 with the cryptography package is required: {check:?}"
        );
        eprintln!(
            "SKIPPED: python3 with the cryptography package is not here; the second verifier was not run"
        );
    }
    here
}

/// Runs the second verifier as people do.
fn run(dir: &Path) -> Output {
    let script = files::tests_dir().join("verifier/verify.py");
    Command::new("python3")
        .arg(script)
        .arg(dir)
        .output()
        .unwrap()
}

/// Runs Python code that has imported the second verifier, with lines of input; returns the lines
/// of its output as JSON.
fn python(code: &str, lines: &[String]) -> Vec<Value> {
    let folder = files::tests_dir().join("verifier");
    let mut child = Command::new("python3")
        .args([
            "-B",
            "-c",
            &format!("import io, json, struct, sys, verify\n{code}"),
        ])
        .env("PYTHONPATH", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.join("\n").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Judges many directories in one process: starting Python takes longer than judging.
const MANY: &str = r#"
for line in sys.stdin:
    out, sys.stdout = sys.stdout, io.StringIO()
    code = verify.main([line.strip()])
    said, sys.stdout = json.loads(sys.stdout.getvalue()), out
    print(json.dumps({"code": code, "said": said}))
"#;

/// The answer without the details, which are each verifier's own words.
fn bare(mut answer: Value) -> Value {
    for item in answer["items"].as_array_mut().unwrap() {
        let findings = item["findings"].as_array_mut().unwrap();
        for finding in findings.iter_mut() {
            assert!(finding["detail"].is_string(), "{finding}");
            *finding = json!({ "kind": finding["kind"], "seq": finding["seq"] });
        }
        findings.sort_by_key(ToString::to_string);
    }
    answer
}

fn exit_of(word: &str) -> i32 {
    match word {
        "verified" => 0,
        "tail: unchecked" => 3,
        _ => 1,
    }
}

#[test]
fn the_second_verifier_agrees_on_the_golden_and_on_every_tampered_history() {
    if !is_here() {
        return;
    }
    let (golden, mut cases) = stored_cases();
    let fine = json!({ "findings": [], "word": "verified" });
    cases.push(("golden".to_owned(), golden, fine));
    let root = tempfile::tempdir().unwrap();
    let dirs: Vec<_> = cases
        .iter()
        .map(|(name, ..)| root.path().join(name))
        .collect();
    for (dir, (_, files, _)) in dirs.iter().zip(&cases) {
        files::put(dir, files);
    }
    let lines: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    let answers = python(MANY, &lines);
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    for ((dir, (name, _, expected)), answer) in dirs.iter().zip(&cases).zip(answers) {
        let (said, own) = (bare(answer["said"].clone()), judge(dir));
        let exit = exit_of(expected["word"].as_str().unwrap());
        if said != own || verdict(&said) != *expected || answer["code"] != exit {
            wrong.push(format!(
                "{name}: expected {expected}, own {own}, second {answer}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let output = run(dirs.last().unwrap());
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        verdict(&bare(said)),
        json!({ "findings": [], "word": "verified" })
    );
}

/// Doubles of every magnitude, and those where ECMAScript changes its way of writing.
fn doubles() -> Vec<f64> {
    let edges = [
        0.0,
        -0.0,
        1e21,
        1e20 + 16384.0,
        123456789012345680000.0,
        1e-6,
        1e-7,
        9.99e-7,
        5e-324,
        1.7976931348623157e308,
        0.1 + 0.2,
        4.35,
        100.0,
        1.5e300,
        9007199254740991.0,
    ];
    let mut bits = 0x0123_4567_89ab_cdef_u64;
    let random = std::iter::repeat_with(|| {
        // Splitmix64, so that every run sees the same.
        bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = bits;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from_bits(z ^ (z >> 31))
    });
    edges
        .into_iter()
        .chain(random.filter(|number| number.is_finite()).take(3000))
        .collect()
}

#[test]
fn the_second_verifier_writes_canonical_json_alike() {
    if !is_here() {
        return;
    }
    let code = "
for line in sys.stdin:
    number = struct.unpack('>d', bytes.fromhex(line))[0]
    print(json.dumps(verify.canonical([number, {'\u{1f600}\\x7f\\x01\\n': 1, '\u{fb33}/\"': None}])))
";
    let doubles = doubles();
    let lines: Vec<String> = doubles
        .iter()
        .map(|own| format!("{:016x}", own.to_bits()))
        .collect();
    let written = python(code, &lines);
    assert_eq!(written.len(), doubles.len());
    for (number, written) in doubles.into_iter().zip(written) {
        let value = json!([number, { "\u{fb33}/\"": null, "\u{1f600}\u{7f}\u{1}\n": 1 }]);
        let integer = number.fract() == 0.0 && (9e15..1e21).contains(&number.abs());
        match trail_record::canonical::to_bytes(&value) {
            Ok(own) => assert_eq!(written, String::from_utf8(own).unwrap(), "{number:e}"),
            Err(error) => assert!(integer, "{number:e}: {error}"),
        }
    }
}

#[test]
fn the_second_verifier_refuses_what_it_cannot_read() {
    if !is_here() {
        return;
    }
    let (golden, _) = stored_cases();
    let broken: [(&str, Option<&[u8]>); 5] = [
        ("operator.pub", None),
        ("operator.pub", Some(b"ed25519:00")),
        ("items/1/comments.jsonl", Some(b"{}\n")),
        ("items/1/subject.json", Some(b"[]")),
        ("items/one/subject.json", Some(b"{}")),
    ];
    for (path, bytes) in broken {
        let mut files = golden.clone();
        match bytes {
            Some(bytes) => drop(files.insert(path.to_owned(), bytes.to_vec())),
            None => drop(files.remove(path)),
        }
        let dir = tempfile::tempdir().unwrap();
        files::put(dir.path(), &files);
        let output = run(dir.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{path}: {said}");
        assert!(!said.contains("Traceback"), "{path}: {said}");
        assert!(
            trail_reader::history::History::load(dir.path()).is_err(),
            "{path}"
        );
    }
}
