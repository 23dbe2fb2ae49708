//! Single faults: which are made, in which order, and that they are still source.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::path::{Path, PathBuf};

use trail_source::{Mutation, Options, ProblemKind, mutations, scan};

/// Returns files of product code, with the path they pretend to have.
fn product() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["tests/product", "src", "src/mutate", "src/script"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.is_file());
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            (
                format!("src/{name}"),
                std::fs::read_to_string(&file).unwrap(),
            )
        })
        .collect()
}

fn applied(text: &str, mutation: &Mutation) -> String {
    let end = mutation.start + mutation.before.len();
    assert_eq!(&text[mutation.start..end], mutation.before);
    format!(
        "{}{}{}",
        &text[..mutation.start],
        mutation.after,
        &text[end..]
    )
}

/// Returns how many parts of a text the grammar cannot read. The word makes sure that it is parsed.
fn broken(path: &str, text: &str) -> usize {
    let marked = format!("{text}\n// trail: test\n").replace(
        "// trail: test",
        if path.ends_with(".py") {
            "# trail: test"
        } else {
            "// trail: test"
        },
    );
    let scan = scan(path, marked.as_bytes(), &Options::default());
    scan.problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::Unparsed)
        .count()
}

#[test]
fn the_faults_of_the_sample_files() {
    for (path, text) in product() {
        if !path.to_ascii_lowercase().starts_with("src/export.") {
            continue;
        }
        let shown: String = mutations(&path, text.as_bytes(), &[])
            .iter()
            .map(|mutation| {
                let Mutation {
                    line,
                    before,
                    after,
                    operator,
                    ..
                } = mutation;
                let short = |text: &str| -> String {
                    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    flat.chars().take(50).collect()
                };
                format!(
                    "{line:3} {operator:16} {} => {}\n",
                    short(before),
                    short(after)
                )
            })
            .collect();
        insta::assert_snapshot!(path.replace(['/', '.'], "_"), shown);
    }
}

#[test]
fn a_file_with_a_fault_still_parses() {
    let mut count = 0;
    for (path, text) in product() {
        let before = broken(&path, &text);
        // Trail's own sources are many; of each the first faults are enough.
        let enough = if path.to_ascii_lowercase().starts_with("src/export.") {
            usize::MAX
        } else {
            12
        };
        let all = mutations(&path, text.as_bytes(), &[]);
        for mutation in all.into_iter().take(enough) {
            let after = applied(&text, &mutation);
            assert_eq!(broken(&path, &after), before, "{path}: {mutation:?}");
            count += 1;
        }
    }
    assert!(count > 300, "only {count} faults");
}

#[test]
fn faults_stay_inside_the_lines_given() {
    for (path, text) in product() {
        let lines = [10..=14, 20..=20];
        let all = mutations(&path, text.as_bytes(), &[]);
        let some = mutations(&path, text.as_bytes(), &lines);
        let inside = |mutation: &Mutation| {
            let breaks = mutation.before.trim_end().matches('\n').count();
            let last = mutation.line + u32::try_from(breaks).unwrap();
            lines
                .iter()
                .any(|lines| lines.contains(&mutation.line) && lines.contains(&last))
        };
        let mut expected: Vec<&Mutation> = all.iter().filter(|own| inside(own)).collect();
        let mut found: Vec<&Mutation> = some.iter().collect();
        expected.sort_by_key(|own| (own.start, &own.after));
        found.sort_by_key(|own| (own.start, &own.after));
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn the_first_faults_cover_many_functions() {
    let text: String = (0..20)
        .map(|n| {
            format!(
                "def f{n}(a):\n    if a == {n}:\n        return \"x{n}\"\n    return a + 1\n\n\n"
            )
        })
        .collect();
    let lines: Vec<u32> = mutations("a.py", text.as_bytes(), &[])
        .iter()
        .take(20)
        .map(|mutation| (mutation.line - 1) / 6)
        .collect();
    assert_eq!(lines, (0..20).collect::<Vec<u32>>());
}

#[test]
fn what_is_no_product_code_has_no_faults() {
    let table = [
        ("tests/a.py", "x = 1 + 2\n"),
        ("a_test.go", "package a\nvar x = 1\n"),
        ("README.md", "1 + 2"),
        ("a.ex", "x = 1 + 2"),
        (
            "src/a.rs",
            "#[cfg(test)]\nmod tests { fn a() -> u32 { 1 + 2 } }",
        ),
    ];
    for (path, text) in table {
        assert_eq!(mutations(path, text.as_bytes(), &[]), [], "{path}");
    }
    assert_eq!(mutations("a.py", b"x = 1\xff\n", &[]), []);
}
