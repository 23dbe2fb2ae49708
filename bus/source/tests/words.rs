//! Each language's annotation takes and refuses what the annotation packages take and refuse.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use trail_source::{Options, scan};

/// One line of the list that the packages share.
struct Case {
    good: bool,
    item: String,
    criteria: Vec<String>,
    revision: Option<String>,
    /// For good ones the claims, for others how the message begins.
    expected: String,
}

fn cases() -> Vec<Case> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../policies/annotations/cases.tsv"
    );
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let [verdict, item, criteria, revision, expected] =
                line.split('\t').collect::<Vec<_>>()[..]
            else {
                panic!("five columns: {line}");
            };
            let plain = |text: &str| {
                if text == "''" {
                    String::new()
                } else {
                    text.to_owned()
                }
            };
            Case {
                good: verdict == "ok",
                item: plain(item),
                criteria: match criteria {
                    "-" => Vec::new(),
                    all => all.split(' ').map(plain).collect(),
                },
                revision: (revision != "-").then(|| revision.to_owned()),
                expected: expected.to_owned(),
            }
        })
        .collect()
}

type Write = fn(&Case) -> String;

fn quoted(criteria: &[String]) -> String {
    let all: Vec<String> = criteria.iter().map(|one| format!("\"{one}\"")).collect();
    all.join(", ")
}

fn given(revision: &Option<String>, between: &str) -> String {
    revision
        .as_ref()
        .map_or_else(String::new, |number| format!(", revision{between}{number}"))
}

/// How each language writes an annotation.
const LANGUAGES: [(&str, Write); 6] = [
    ("a.rs", |case| {
        format!(
            "#[test]\n#[trail::validates(work_item = \"{}\", criterion = [{}]{})]\nfn a() {{ b() }}\n",
            case.item,
            quoted(&case.criteria),
            given(&case.revision, " = ")
        )
    }),
    ("test_a.py", |case| {
        format!(
            "import trail\n@trail.validates(work_item=\"{}\", criterion=[{}]{})\ndef test_a(): b()\n",
            case.item,
            quoted(&case.criteria),
            given(&case.revision, "=")
        )
    }),
    ("a.test.js", |case| {
        format!(
            "test(\"a\", trail.validates({{ workItem: \"{}\", criterion: [{}]{} }}, () => {{ b(); }}));\n",
            case.item,
            quoted(&case.criteria),
            given(&case.revision, ": ")
        )
    }),
    ("A.java", |case| {
        format!(
            "import trail.Validates;\nclass A {{\n@Test @Validates(workItem = \"{}\", criterion = {{{}}}{})\nvoid a() {{ b(); }} }}\n",
            case.item,
            quoted(&case.criteria),
            given(&case.revision, " = ")
        )
    }),
    ("a_test.exs", |case| {
        let revision = case
            .revision
            .as_ref()
            .map_or_else(String::new, |number| format!(", {number}"));
        format!(
            "defmodule A do\n  @tag validates: {{\"{}\", [{}]{revision}}}\n  test \"a\" do\n    b()\n  end\nend\n",
            case.item,
            quoted(&case.criteria),
        )
    }),
    // Go has no revision beside the criteria.
    ("a_test.go", |case| {
        let more = if case.criteria.is_empty() {
            String::new()
        } else {
            format!(", {}", quoted(&case.criteria))
        };
        format!(
            "package a\nfunc TestA(t *testing.T) {{\n\ttrail.Validates(t, \"{}\"{more})\n\tb()\n}}\n",
            case.item,
        )
    }),
];

#[test]
fn every_language_takes_and_refuses_the_same_words() {
    let cases = cases();
    assert!(cases.len() > 30, "the list is there");
    for case in &cases {
        for (path, write) in LANGUAGES {
            if path.ends_with(".go") && case.revision.is_some() {
                continue;
            }
            // In Java 0 is what the annotation has when nothing is written.
            if path.ends_with(".java") && case.revision.as_deref() == Some("0") {
                continue;
            }
            let text = write(case);
            let scan = scan(path, text.as_bytes(), &Options::default());
            assert_eq!(scan.tests.len(), 1, "{text}\n{scan:?}");
            let claims: Vec<String> = scan
                .annotations
                .iter()
                .flat_map(|annotation| &annotation.claims)
                .map(|claim| {
                    assert_eq!(claim.work_item, case.item);
                    let revision = claim.revision.map(|number| format!("@{number}"));
                    format!("{}{}", claim.criterion, revision.unwrap_or_default())
                })
                .collect();
            if case.good {
                assert_eq!(claims.join(" "), case.expected, "{text}");
                assert_eq!(scan.problems, [], "{text}");
            } else {
                assert_eq!(claims, [""; 0], "{text}");
                assert_eq!(scan.problems.len(), 1, "{text}\n{scan:?}");
                let message = &scan.problems[0].message;
                assert!(message.starts_with(&case.expected), "{text}{message}");
                assert!(message.contains("; write `"), "{message}");
            }
        }
    }
}
