//! Files that are made to hurt: they end in time, and nothing is read from them that is not there.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use trail_source::{
    MAX_FILE, Options, ProblemKind, Scan, asserts_at, holds, language, mutations, scan,
};

const PATHS: [&str; 10] = [
    "a.rs",
    "test_a.py",
    "a.test.js",
    "a.test.ts",
    "a.test.tsx",
    "a_test.go",
    "A.java",
    "a_test.exs",
    "a.md",
    "a.sql",
];

const ALL: Options = Options {
    open_fast_trace: true,
    strict_doc: true,
};

/// The corpus: path as a runner wants it, and text.
fn corpus() -> Vec<(String, String)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

fn everything(path: &str, bytes: &[u8]) -> Scan {
    let _ = asserts_at(path, bytes, 1, None);
    let _ = asserts_at(path, bytes, 2, Some(3));
    let _ = holds(path, bytes);
    let _ = mutations(path, bytes, &[]);
    scan(path, bytes, &ALL)
}

/// Says what each annotation that stands on something says, and where.
fn said(scan: &Scan) -> Vec<String> {
    let claims = scan.annotations.iter().filter_map(|annotation| {
        annotation.target.as_ref()?;
        let claims = &annotation.claims;
        Some(format!(
            "{:?} {:?} {claims:?}",
            annotation.role, annotation.form
        ))
    });
    claims.collect()
}

const PIECES: &[&str] = &[
    "(",
    "[",
    "{",
    "((",
    "#[",
    "#[trail::validates(",
    "@a(",
    "@trail.validates(",
    "trail.validates({",
    "test('a', trail.validates({}, ",
    "/*",
    "`",
    "`${",
    "'''",
    "f'{",
    "r#\"",
    "\"\\",
    "\\",
    "<",
    "<a>",
    "a.b(",
    "a(b)",
    "a.b().",
    "-",
    "!",
    "if a:",
    "fn a() { ",
    "fn a() -> u8 { ",
    "mod a { ",
    "class A:\n",
    "def a():\n ",
    "lambda: ",
    "x = (",
    "describe('a', () => {",
    "=> ",
    "a ? b : ",
    "@A(@A(",
    "@Validates.All({",
    "class A { ",
    "do ",
    "fn -> ",
    "@tag [[",
    "#{",
    "\"#{",
    "// trail:validates X-1 AC-1\n",
    "/* trail:validates X-1 AC-1 */ ",
    "//! trail:documents X-1 AC-1\n",
    "# trail:validates X-1 AC-1\n",
    "<!-- trail:documents X-1 AC-1 -->\n",
    "> ",
    "- ",
    "* a\n",
    "[",
    "![",
    "](",
    "|a",
    "cfg_attr(a, ",
    "proptest! { ",
    "#[cfg_attr(a, ",
    "[utest->req~X-1.AC-1~1] ",
    "@relation(X-1/AC-1) ",
    "\u{feff}",
    "é",
    "\r",
    "\t",
    "a\n",
    ";",
    "'",
    "0",
];

/// Repeats each piece up to a length, and returns the slowest file.
fn slowest(length: usize, read: impl Fn(&str, &[u8])) -> (Duration, String) {
    let mut slowest = (Duration::ZERO, String::new());
    for piece in PIECES {
        let text = format!(
            "import trail\nuse trail::validates; // test validates: \"\n{}",
            piece.repeat(length / piece.len())
        );
        for path in PATHS {
            let started = Instant::now();
            read(path, text.as_bytes());
            slowest = slowest.max((started.elapsed(), format!("{path} {piece:?}")));
        }
    }
    slowest
}

#[test]
fn deep_and_endless_files_end_in_time() {
    let slowest = slowest(2 * 1024, |path, bytes| {
        let _ = scan(path, bytes, &ALL);
        let _ = mutations(path, bytes, &[]);
        let _ = asserts_at(path, bytes, 3, None);
    });
    assert!(slowest.0 < Duration::from_secs(20), "{slowest:?}");
}

#[test]
#[ignore = "takes minutes; run it in a release build when the walk or the parser changes"]
fn the_largest_hostile_files_end_in_time() {
    let slowest = slowest(MAX_FILE - 1024, |path, bytes| {
        let started = Instant::now();
        let scan = scan(path, bytes, &ALL);
        if started.elapsed() > Duration::from_secs(2) {
            let piece: String = String::from_utf8_lossy(&bytes[50..80]).into_owned();
            println!(
                "{path} {piece:?} {:?} {:?}",
                started.elapsed(),
                scan.problems.last()
            );
        }
    });
    println!("{slowest:?}");
    assert!(slowest.0 < Duration::from_secs(60), "{slowest:?}");
}

#[test]
fn what_is_no_text_or_too_large_is_told() {
    let kinds = |bytes: &[u8]| -> Vec<ProblemKind> {
        let scan = scan("a.rs", bytes, &ALL);
        scan.problems.iter().map(|problem| problem.kind).collect()
    };
    assert_eq!(kinds(b"trail\0"), [ProblemKind::NotText]);
    assert_eq!(kinds(&vec![b' '; MAX_FILE + 1]), [ProblemKind::TooLarge]);
    assert_eq!(kinds(&vec![b' '; MAX_FILE]), []);
    // What can be read is read.
    let bytes = b"// \xff\n#[test]\n#[trail::validates(work_item = \"X-1\", criterion = \"AC-1\")]\nfn a() { b() }";
    let scan = scan("a.rs", bytes, &ALL);
    assert_eq!(scan.tests[0].validates[0].criterion, "AC-1");
    assert_eq!(scan.problems[0].kind, ProblemKind::NotText);
    let empty = trail_source::scan("a.rs", b"", &ALL);
    assert_eq!((empty.tests, empty.problems), (vec![], vec![]));
    assert_eq!(empty.language, Some(language("a.rs")));
}

#[test]
fn line_ends_and_marks_of_other_systems_change_nothing() {
    for (path, text) in corpus() {
        let plain = said(&scan(&path, text.as_bytes(), &ALL));
        let carriage = text.replace('\n', "\r\n");
        assert_eq!(
            said(&scan(&path, carriage.as_bytes(), &ALL)),
            plain,
            "{path}"
        );
        let marked = format!("\u{feff}{text}");
        // Front matter begins a file or is none.
        if !path.ends_with(".md") {
            assert_eq!(said(&scan(&path, marked.as_bytes(), &ALL)), plain, "{path}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_file_that_is_cut_names_nothing_new(file in 0..20_usize, at in 0.0..1.0_f64) {
        let corpus = corpus();
        let (path, text) = &corpus[file % corpus.len()];
        // In Markdown what follows a backtick that is not closed is no code.
        prop_assume!(!path.ends_with(".md"));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        let mut end = (text.len() as f64 * at) as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let whole = said(&scan(path, text.as_bytes(), &ALL));
        let cut = everything(path, &text.as_bytes()[..end]);
        for one in said(&cut) {
            // A list that is cut names less; what it names it named before.
            let known = whole.contains(&one) || whole.iter().any(|all| begins(all, &one));
            prop_assert!(known, "{path} up to {end}: {one}");
        }
    }

    #[test]
    fn no_bytes_make_anything_panic(
        path in prop::sample::select(PATHS.to_vec()),
        start in prop::sample::select(vec!["", "trail test \n", "import trail\n", "test(\"a\", "]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut all = start.as_bytes().to_vec();
        all.extend(bytes);
        let _ = everything(path, &all);
    }

    #[test]
    fn no_pieces_of_source_make_anything_panic(
        path in prop::sample::select(PATHS.to_vec()),
        text in "(#\\[trail::validates\\(|@trail\\.validates\\(|trail\\.validates\\(\\{|work_item = \"|X-1|AC-3@2|'|\"|`|\\\\|r#\"|/\\*|\\*/|//|#|\n|\\)\\]|fn x|def test_a\\(\\):|test \"a\" do|end|@Test|class A|\\{|\\}|é|\"\"\"|trail:validates X-1 AC-1|<!--|-->| ){0,40}",
    ) {
        let _ = everything(path, format!("trail test {text}").as_bytes());
    }

    #[test]
    fn pieces_taken_out_name_nothing_new(file in 0..20_usize, line in 0..80_usize, count in 1..4_usize) {
        let corpus = corpus();
        let (path, text) = &corpus[file % corpus.len()];
        // Of a broken file, more can be read when the broken part is gone.
        prop_assume!(!path.contains("broken"));
        let names = |text: &str| -> Vec<String> {
            let scan = scan(path, text.as_bytes(), &ALL);
            let claims = scan.annotations.iter().flat_map(|annotation| &annotation.claims);
            claims.map(|claim| format!("{}/{}", claim.work_item, claim.criterion)).collect()
        };
        let kept: Vec<&str> = text
            .lines()
            .enumerate()
            .filter(|(index, _)| !(line..line + count).contains(index))
            .map(|(_, line)| line)
            .collect();
        let whole = names(text);
        // Strings are what must not be read; the corpus names AC-9 and AC-99 in them, and whoever
        // takes their quotes away makes them code.
        for one in names(&kept.join("\n")) {
            let quoted = ["AC-9", "AC-99", "AC-3"].iter().any(|id| one.ends_with(id));
            prop_assert!(quoted || whole.contains(&one), "{path} without line {}: {one}", line + 1);
        }
    }
}

/// Returns whether an annotation is another one with fewer claims at its end.
fn begins(all: &str, one: &str) -> bool {
    let start = one.trim_end_matches(']');
    all.starts_with(start)
}
