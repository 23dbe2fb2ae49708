//! Malformed annotations do not compile, and the error says what to write, at the place it is about.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs, process};

/// Returns the newest build of the macros, which lies beside this test.
fn macros() -> PathBuf {
    let deps = env::current_exe().unwrap();
    let prefix = format!("{}trail-", env::consts::DLL_PREFIX);
    let built = fs::read_dir(deps.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(&prefix) && name.ends_with(env::consts::DLL_SUFFIX)
        });
    let changed =
        |path: &PathBuf| -> SystemTime { fs::metadata(path).unwrap().modified().unwrap() };
    built
        .max_by_key(changed)
        .expect("the macros are built before their tests")
}

/// Compiles a source and returns its errors as `LINE:COLUMN: MESSAGE`.
fn errors(name: &str, source: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("sample.rs");
    fs::write(&file, source).unwrap();
    let out = Command::new(env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()))
        .args([
            "--edition=2021",
            "--crate-type=lib",
            "--emit=metadata",
            "--error-format=short",
        ])
        .arg("--extern")
        .arg(format!("trail={}", macros().display()))
        .arg("-o")
        .arg(folder.join("sample.rmeta"))
        .arg(&file)
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    let place = format!("{}:", file.display());
    let errors: Vec<String> = said
        .lines()
        .filter_map(|line| line.strip_prefix(&place))
        .filter_map(|line| line.split_once(": error: "))
        .map(|(at, message)| format!("{at}: {message}"))
        .collect();
    assert_eq!(out.status.success(), errors.is_empty(), "{said}");
    errors
}

const USAGE: &str = "; write #[trail::validates(work_item = \"PROJ-1234\", criterion = \"AC-3\")]";

#[test]
fn every_package_takes_and_refuses_the_same_words() {
    let text = |word: &str| {
        if word == "''" {
            String::new()
        } else {
            word.to_owned()
        }
    };
    let mut source = String::new();
    let mut expected = Vec::new();
    let cases = fs::read_to_string("../cases.tsv").unwrap();
    let mut taken = 0;
    for row in cases
        .lines()
        .filter(|row| !row.is_empty() && !row.starts_with('#'))
    {
        let columns: Vec<&str> = row.split('\t').collect();
        let [verdict, item, criteria, revision, message] = columns[..] else {
            panic!("{row}");
        };
        let criteria = match criteria {
            "-" => "[]".to_owned(),
            one => format!("{:?}", one.split(' ').map(text).collect::<Vec<_>>()),
        };
        let revision = match revision {
            "-" => String::new(),
            number => format!(", revision = {number}"),
        };
        let (item, line) = (text(item), source.lines().count() + 1);
        // One annotation on a line: errors are told apart by their lines.
        writeln!(
            source,
            "#[trail::validates(work_item = {item:?}, criterion = {criteria}{revision})] pub fn f{line}() {{}}"
        )
        .unwrap();
        if verdict == "bad" {
            expected.push((line.to_string(), message.to_owned()));
        } else {
            taken += 1;
        }
    }
    assert!(
        taken > 5 && expected.len() > 20,
        "{taken} {}",
        expected.len()
    );
    let said = errors("cases", &source);
    let found: Vec<(String, String)> = said
        .iter()
        .zip(&expected)
        .map(|(error, (_, message))| {
            let mut parts = error.splitn(3, ':');
            let (line, _column) = (parts.next().unwrap(), parts.next().unwrap());
            let told = parts.next().unwrap().trim_start();
            assert!(told.ends_with(USAGE), "{told}");
            let begins = told.get(..message.len()).unwrap_or(told);
            (line.to_owned(), begins.to_owned())
        })
        .collect();
    assert_eq!((found, said.len()), (expected.clone(), expected.len()));
}

#[test]
fn a_mistake_is_told_at_its_place_with_what_to_write() {
    let cases = [
        ("", "1: `work_item` is missing"),
        (r#"work_item = "X-1""#, "1: `criterion` is missing"),
        (
            r#""X-1", "AC-1""#,
            "20: expected an argument's name, found `\"X-1\"`",
        ),
        (r#"work_item: "X-1""#, "20: expected `=` after `work_item`"),
        ("work_item =", "20: `work_item` has no value"),
        (
            r#"work_item = 12, criterion = "AC-1""#,
            "32: `work_item` takes a string",
        ),
        (
            r#"work_item = concat!("X-", 1), criterion = "AC-1""#,
            "32: `work_item` takes a string",
        ),
        (
            r#"work_item = "X-\x31", criterion = "AC-1""#,
            "32: `work_item` takes a string",
        ),
        (
            r#"work_item = "X-1", criterion = 3"#,
            "51: `criterion` takes a string or a list of strings",
        ),
        (
            r#"work_item = "X-1", criterion = ["AC-1", 3]"#,
            "60: `criterion` takes a string or a list of strings",
        ),
        (
            r#"work_item = "X-1", criterion = ("AC-1")"#,
            "51: `criterion` takes a string or a list of strings",
        ),
        (
            r#"work_item = "X-1", criterion = "AC-1; AC-2""#,
            "51: `AC-1; AC-2` cannot be a criterion",
        ),
        (
            r#"work_item = "X-1", criterion = "AC-1,""#,
            "51: `` cannot be a criterion",
        ),
        (
            r#"work_item = "X-1", criterion = "AC-1", revision = "2""#,
            "70: `\"2\"` cannot be a revision",
        ),
        (
            r#"work_item = "X-1", criterion = "AC-1", revision = 2u8"#,
            "70: `2u8` cannot be a revision",
        ),
        (
            r#"work_item = "X-1", criterion = "AC-1", revision = R"#,
            "70: `R` cannot be a revision",
        ),
        (
            r#"work_item = "X-1" criterion = "AC-1""#,
            "38: expected `,`",
        ),
        (
            r#"work_item = "X-1", work_item = "X-2""#,
            "39: `work_item` is given twice",
        ),
        (
            r#"workItem = "X-1", criterion = "AC-1""#,
            "20: unknown argument `workItem`",
        ),
    ];
    let source: String = cases
        .iter()
        .enumerate()
        .map(|(n, (arguments, _))| format!("#[trail::validates({arguments})] pub fn f{n}() {{}}\n"))
        .collect();
    let expected: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(n, (_, error))| format!("{}:{error}{USAGE}", n + 1))
        .collect();
    assert_eq!(errors("mistakes", &source), expected);
}

#[test]
fn each_annotation_names_itself() {
    let source = "#[trail::implements()] pub fn a() {}\n#[trail::documents()] pub fn b() {}\n";
    let expected = |line: u8, name: &str| {
        let usage = USAGE.replace("validates", name);
        format!("{line}:1: `work_item` is missing{usage}")
    };
    assert_eq!(
        errors("names", source),
        [expected(1, "implements"), expected(2, "documents")]
    );
}

#[test]
fn a_malformed_annotation_takes_nothing_away() {
    // Only the annotation is told of, not that `double` is missing.
    let source = "#[trail::implements()] fn double(n: u8) -> u8 { n * 2 }\npub fn four() -> u8 { double(2) }\n";
    assert_eq!(errors("kept", source).len(), 1);
}
