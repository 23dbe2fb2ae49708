use proptest::prelude::*;
use trail_record::CriterionId;

use super::*;

const SCOPE: &str = "\n## Scope\n- write: src/**\n";

/// Returns the criteria of a body as `id|keeps|text`.
fn criteria(body: &str) -> Vec<String> {
    let draft = parse(&format!("{body}\n{SCOPE}")).unwrap_or_else(|problems| {
        panic!(
            "{body:?}: {}",
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    let show = |criterion: &Criterion| {
        let keeps = if criterion.keeps { "keeps" } else { "" };
        format!("{}|{keeps}|{}", criterion.id, criterion.text)
    };
    draft.criteria.iter().map(show).collect()
}

#[test]
fn criteria_are_read_in_the_forms_people_write() {
    let table: &[(&str, &[&str])] = &[
        (
            "## Acceptance criteria\n- AC-1: a\n- AC-2: b",
            &["AC-1||a", "AC-2||b"],
        ),
        (
            "# Acceptance Criteria\n\n* AC-1. a\n\n+ AC-3 - b",
            &["AC-1||a", "AC-3||b"],
        ),
        (
            "### ACCEPTANCE CRITERIA:\n1. AC-1: a\n2) AC-2: b",
            &["AC-1||a", "AC-2||b"],
        ),
        (
            "Acceptance criteria:\n- [ ] AC-1: a\n- [x] AC-2: b",
            &["AC-1||a", "AC-2||b"],
        ),
        (
            "**Acceptance criteria**\n- **AC-1**: a\n- `AC-2` — b",
            &["AC-1||a", "AC-2||b"],
        ),
        (
            "Acceptance criteria\n-------------------\n- AC-1: a",
            &["AC-1||a"],
        ),
        ("Acceptance criteria\n===\n- AC-1: a", &["AC-1||a"]),
        ("AC-1: a\nAC-2: b", &["AC-1||a", "AC-2||b"]),
        ("Some words.\n\n- AC-1: a", &["AC-1||a"]),
        (
            "- AC-5 (keeps): a\n- **AC-6** [keeps]: b",
            &["AC-5|keeps|a", "AC-6|keeps|b"],
        ),
        (
            "- AC-1: a\n  b\n  c\n- AC-2: d",
            &["AC-1||a b c", "AC-2||d"],
        ),
        ("- AC-1: a\nb\n\n- AC-2: d", &["AC-1||a b", "AC-2||d"]),
        (
            "- AC-1: a\n\n  second paragraph\n- AC-2: d",
            &["AC-1||a second paragraph", "AC-2||d"],
        ),
        ("- AC-1: a\n  - b\n  - [ ] c", &["AC-1||a b c"]),
        (
            "## Acceptance criteria\n- AC-1:\n  - Given a\n  - When b\n  - Then c",
            &["AC-1||Given a When b Then c"],
        ),
        (
            "## Acceptance criteria\n- AC-1: Given a\n  When b\n  Then c\n- AC-2: d",
            &["AC-1||Given a When b Then c", "AC-2||d"],
        ),
        (
            "## Acceptance criteria\n- AC-1: export\n- Given a\n- When b\n- Then c\n- And d\n- AC-2: e",
            &["AC-1||export Given a When b Then c And d", "AC-2||e"],
        ),
        (
            "## Acceptance criteria\nAC-1: export\n\n**Given** a\n**When** b\n**Then** c",
            &["AC-1||export **Given** a **When** b **Then** c"],
        ),
        (
            "AC-2: Given a\nWhen b\nThen c\n\nNext",
            &["AC-2||Given a When b Then c"],
        ),
        (
            "AC-1: these fields:\n- a\n- b\n\n- talk",
            &["AC-1||these fields: a b"],
        ),
        (
            "## Acceptance criteria\n### AC-1: Export\nIt writes\n- a\n- b\n### AC-2 Import\nIt reads",
            &["AC-1||Export It writes a b", "AC-2||Import It reads"],
        ),
        (
            "## Acceptance criteria\n### Output\n- AC-1: a\n### Errors\n- AC-2: b",
            &["AC-1||a", "AC-2||b"],
        ),
        (
            "## Acceptance criteria\n- AC-1: a\n### Notes\n- talk\n",
            &["AC-1||a"],
        ),
        ("## Acceptance criteria\n- AC-1 a", &["AC-1||a"]),
        (
            "## Acceptance criteria\n- AC-1: a\n- [ ]\n-\n",
            &["AC-1||a"],
        ),
        ("```\nAC-9: no\n```\nAC-1: a", &["AC-1||a"]),
        ("~~~\nAC-9: no\n```\nAC-8: no\n~~~\nAC-1: a", &["AC-1||a"]),
        ("<!-- - AC-9: write yours -->\nAC-1: a", &["AC-1||a"]),
        ("<!--\nAC-9: no\n\nAC-8: no -->\nAC-1: a", &["AC-1||a"]),
        ("> AC-9: quoted\n\nAC-1: a", &["AC-1||a"]),
        ("AC-1: a\r\n  b\r\nAC-2: c\r\n", &["AC-1||a b", "AC-2||c"]),
        ("-\tAC-1:\ta\n\tb", &["AC-1||a b"]),
        ("-\u{a0}AC-1\u{a0}: a\u{a0}b", &["AC-1||a b"]),
        ("- AC-1：全角", &["AC-1||全角"]),
        ("- ac-07: a", &["AC-7||a"]),
        ("AC-1: costs `a <!-- b` c", &["AC-1||costs `a <! -- b` c"]),
        ("See AC-9 and AC-8.\n\nAC-1: a", &["AC-1||a"]),
        ("AC-1: a\n---\nAC-2: b", &["AC-1||a", "AC-2||b"]),
        ("AC-1: a\nRisk: low\nAC-2: b", &["AC-1||a", "AC-2||b"]),
    ];
    for (body, expected) in table {
        assert_eq!(criteria(body), *expected, "{body:?}");
    }
}

#[test]
fn scope_risk_dependencies_and_references_are_read() {
    let bodies = [
        "AC-1: a\n## Scope\n- write: src/render/, `tests/**`\n- read: docs/**\n\nRisk: high\nDepends on: PROJ-7, #9\nReferences: docs/a.md, docs/b.md\n",
        "AC-1: a\n\n## Scope\n### Write\n- `src/render/**`\n- tests/**\n### Read\n- docs/**\n## Risk level\nHigh (money)\n## Dependencies\n- PROJ-7\n- [#9](https://x.org/9)\n## References\n- docs/a.md\n- [b](docs/b.md)\n",
        "AC-1: a\n\n**Scope:**\n\n- **write:**\n  - src/render/\n  - ./tests/\n- **read:** docs/**\n\n- **Risk:** `high`\n- **Depends on**: PROJ-7 and #9.\n\nReferences:\n- `docs/a.md`, `docs/b.md` - both\n",
        "### Write your acceptance criteria\n\nAC-1: a\n\n### Scope\n\n#### May be written\n\nsrc/render/**\ntests/**\n\n#### May be read\n\ndocs/**\n\n### Risk\n\nhigh\n\n### Depends on\n\nPROJ-7 #9\n\n### References\n\ndocs/a.md\ndocs/b.md",
    ];
    for body in bodies {
        let draft = parse(body).unwrap_or_else(|problems| panic!("{body}\n{problems:?}"));
        assert_eq!(draft.scope.write, ["src/render/**", "tests/**"], "{body}");
        assert_eq!(draft.scope.read, ["docs/**"], "{body}");
        assert_eq!(draft.risk, Risk::High, "{body}");
        assert_eq!(
            draft.depends_on,
            [ItemKey::from("PROJ-7"), ItemKey::from("#9")],
            "{body}"
        );
        assert_eq!(draft.references, ["docs/a.md", "docs/b.md"], "{body}");
    }
}

#[test]
fn what_is_not_given_has_its_default() {
    let body = "AC-1: a\n### Scope\n#### Write\nsrc/**\n#### Read\neverything\n### Risk\n_No response_\n### Depends on\nNone\n### References\n_No response_\n";
    let draft = parse(body).unwrap();
    assert_eq!(
        draft.scope,
        Scope {
            read: Vec::new(),
            write: vec!["src/**".to_owned()]
        }
    );
    assert_eq!(draft.risk, Risk::Medium);
    assert_eq!(
        (draft.depends_on, draft.references),
        (Vec::new(), Vec::new())
    );
}

#[test]
fn other_words_are_kept_as_prose() {
    let body = "# Export\n\nWe need it. <!-- hint: be short -->\n\n\n```rust\nAC-9: code\n\n\nfn a() {}\n```\n\n## Acceptance criteria\n\nIt must hold that\n\n- AC-1: a\n\n## Scope\nOnly the renderer changes.\n- write: src/**\n\n## Notes\n- one";
    let prose = "# Export\n\nWe need it.\n\n```rust\nAC-9: code\n\n\nfn a() {}\n```\n\nIt must hold that\n\nOnly the renderer changes.\n\n## Notes\n- one";
    assert_eq!(parse(body).unwrap().prose, prose);
    assert_eq!(
        parse("AC-1: a\n- x\n## Scope\n- write: b\n\n```\nopen")
            .unwrap()
            .prose,
        "```\nopen\n```"
    );
}

#[test]
fn problems_say_what_to_write_instead() {
    let table = [
        (
            "",
            "There are no acceptance criteria; add a section `## Acceptance criteria`",
        ),
        (
            "## Acceptance criteria\n\ntext",
            "nothing to check under the heading in line 1",
        ),
        (
            "AC-1: a\nAC-1: b",
            "Line 2 uses AC-1 again, which line 1 already has",
        ),
        ("AC-1:\n\nAC-2: b", "AC-1 in line 1 says nothing"),
        ("AC-1: **\n\nAC-2: b", "AC-1 in line 1 says nothing"),
        (
            "AC-1: The page is fast and nice",
            "AC-1 in line 1 cannot be tested as it stands (“fast”, “nice”)",
        ),
        (
            "## Acceptance criteria\n- AC-1: a\n- the rest",
            "The criterion in line 3 has no number; write `- AC-2: the rest`",
        ),
        (
            "## Acceptance criteria\n- one\n  - nested\n- AC-1: a\n- two",
            "write `- AC-3: two`",
        ),
        (
            "AC-1: a\u{202e}b",
            "Line 1 holds the invisible character U+202E",
        ),
        (
            "AC-1: a\n\n<!-- \u{200b} -->",
            "Line 3 holds the invisible character U+200B",
        ),
        (
            "AC-1: a\nRisk: hihg",
            "Line 2 gives the risk as `hihg` (did you mean `high`?)",
        ),
        (
            "AC-1: a\nRisk: users may lose data",
            "write `Risk: low`, `Risk: medium` or `Risk: high`",
        ),
        (
            "AC-1: a\nRisk: low\nRisk: high",
            "Line 3 gives another risk than line 2",
        ),
        (
            "AC-1: a\nDepends on: vsme142",
            "`vsme142` in line 2 is no item key; did you mean `VSME-142`?",
        ),
        (
            "AC-1: a\nDepends on: the other thing",
            "`the` in line 2 is no item key; write keys",
        ),
        ("AC-1: a\nReferences: https://x.org", "is a web address"),
        (
            "AC-1: a\nReferences: docs/*.md",
            "is a pattern; name each file",
        ),
    ];
    for (body, expected) in table {
        let problems = parse(&format!("{body}\n{SCOPE}")).unwrap_err();
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(
            told.iter().any(|sentence| sentence.contains(expected)),
            "{body:?}: {told:#?}"
        );
        assert!(
            told.iter()
                .all(|told| !told.contains('\n') && told.ends_with(['.', '?', '`'])),
            "{told:#?}"
        );
    }
}

#[test]
fn a_scope_that_leaves_the_repository_or_says_nothing_is_refused() {
    let table = [
        ("", "Say which paths may be written"),
        ("## Scope\n- read: src/**", "Say which paths may be written"),
        (
            "## Scope\n- write: nothing",
            "Say which paths may be written",
        ),
        (
            "## Scope\n- src/**",
            "write `- write: src/**` or `- read: src/**`",
        ),
        ("## Scope\n- write: ../other", "climbs out with `..`"),
        ("## Scope\n- write: a/../../b", "climbs out with `..`"),
        ("## Scope\n- write: /etc", "starts outside the repository"),
        ("## Scope\n- write: `.git/hooks`", "git's own directory"),
        (
            "## Scope\n- write: everything",
            "write `**` if you mean all files",
        ),
        (
            "## Scope\n- write: the renderer and tests",
            "does not look like a path",
        ),
        ("## Scope\n- write: src\\a", "separate directories by `/`"),
        (
            "## Scope\n- write: src/{a,b}",
            "one path for each alternative",
        ),
        (
            "## Scope\n- write: src/**.rs",
            "let it stand alone between slashes",
        ),
    ];
    for (scope, expected) in table {
        let problems = parse(&format!("AC-1: a\n\n{scope}")).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].to_string().contains(expected),
            "{scope:?}: {}",
            problems[0]
        );
    }
}

#[test]
fn limits_are_kept() {
    let many: String = (1..=201).map(|n| format!("AC-{n}: a\n")).collect();
    let problems = parse(&format!("{many}{SCOPE}")).unwrap_err();
    assert_eq!(
        problems,
        [Problem::TooManyCriteria {
            count: 201,
            limit: 200
        }]
    );
    let problems = parse(&format!("AC-1: {}\n{SCOPE}", "ä ".repeat(2001))).unwrap_err();
    let long = Problem::CriterionTooLong {
        line: 1,
        id: CriterionId::from("AC-1"),
        characters: 4001,
        limit: 4000,
    };
    assert_eq!(problems, [long]);
    assert!(matches!(
        &*parse(&"a".repeat(MAX_BODY + 1)).unwrap_err(),
        [Problem::BodyTooLong { .. }]
    ));
    let paths: String = (0..=500).map(|n| format!("- p{n}\n")).collect();
    let problems = parse(&format!("AC-1: a\n## Scope\n### Write\n{paths}")).unwrap_err();
    assert_eq!(
        problems,
        [Problem::TooManyPaths {
            line: 504,
            list: List::Write,
            limit: 500
        }]
    );
    let wrong: String = (0..99).map(|_| "AC-1: a\n").collect();
    let problems = parse(&format!("{wrong}{SCOPE}")).unwrap_err();
    assert_eq!(problems.len(), MAX_PROBLEMS + 1);
    assert_eq!(
        problems[MAX_PROBLEMS],
        Problem::More {
            count: 98 - MAX_PROBLEMS
        }
    );
}

#[test]
fn a_gap_in_the_numbers_is_allowed() {
    assert_eq!(criteria("AC-1: a\nAC-3: c"), ["AC-1||a", "AC-3||c"]);
}

#[test]
fn hostile_bodies_are_read_in_time() {
    let started = std::time::Instant::now();
    let backticks: String = (1..700).map(|n| format!("{} ", "`".repeat(n))).collect();
    let bodies = [
        format!("AC-1: {}", "“".repeat(4000)),
        format!("AC-1: <!-- {backticks}"),
        format!("<!-- --> {backticks} <!--"),
        "- AC-1: a\n".repeat(MAX_BODY / 12),
        "<!--".repeat(MAX_BODY / 4),
        "`<!--".repeat(MAX_BODY / 5),
        format!("AC-1: {}", "given then ".repeat(MAX_BODY / 12)),
    ];
    for body in bodies {
        let _ = parse(&body);
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

/// Returns pieces from which bodies that mean something are made.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "## Acceptance criteria",
        "Acceptance criteria",
        "Acceptance criteria:",
        "## Scope",
        "### Write",
        "### Read",
        "## Notes",
        "Scope:",
        "## Risk",
        "Risk: low",
        "low",
        "## Depends on",
        "Depends on: A-1, #2",
        "## References",
        "References: docs/a.md",
        "- AC-1: a",
        "- AC-2 (keeps): b `c",
        "AC-3: Given d",
        "  When e",
        "Then f",
        "- write: src/**, `tests/a b`",
        "- read: docs/",
        "- `x`",
        "- y",
        "text",
        "    indented",
        "---",
        "===",
        "```",
        "~~~~",
        "<!--",
        "-->",
        "<!-- c -->",
        "` <!-- `",
        "> quote",
        "",
        "",
        "**AC-4: g**",
        "# h",
        "| t |",
        "* **AC-5** i",
        "1. [ ] j",
        "everything",
        "- everything",
        "none",
        "- `./none`",
        "Write: k",
        "&nbsp;",
        "AC-6: `",
    ];
    let line = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => "[ a-zA-C0-9`<>!*:#()-]{0,12}",
    ];
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_body_makes_the_parser_panic(body in any::<String>()) {
        let _ = parse(&body);
    }

    #[test]
    fn a_rendered_draft_reads_back_the_same(body in pieces()) {
        let body = format!("- AC-77: kept\n- AC-78 (keeps): kept too\n\n## Scope\n- write: kept/**\n\n# Rest\n{body}");
        match parse(&body) {
            Ok(draft) => {
                let markdown = draft.to_markdown();
                prop_assert_eq!(parse(&markdown), Ok(draft), "{}", markdown);
            }
            Err(problems) => {
                for problem in problems {
                    prop_assert!(!problem.to_string().is_empty());
                }
            }
        }
    }
}
