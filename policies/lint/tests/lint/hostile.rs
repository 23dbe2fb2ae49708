//! Trees that somebody made to lead the linter elsewhere, to hold it up or to break it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, Instant};

use crate::common::{lint, put, read, settings, tree};
use trail_lint::{Rule, Walk};

const BAD: &str = "# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n";

fn rules(report: &trail_lint::Report) -> Vec<(Rule, Option<&str>)> {
    report
        .findings
        .iter()
        .map(|own| (own.rule, own.path.as_deref()))
        .collect()
}

#[test]
fn links_are_not_followed_out_of_the_tree_or_within_it() {
    let outside = tree(&[("secret/test_out.py", BAD)]);
    let folder = tree(&[("tests/test_in.py", BAD)]);
    let root = folder.path();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink(
        outside.path().join("secret/test_out.py"),
        root.join("test_link.py"),
    )
    .unwrap();
    symlink(root, root.join("tests/loop")).unwrap();
    symlink("nowhere", root.join("test_broken.py")).unwrap();
    let tree = read(root, &settings("{}"));
    assert_eq!(tree.seen, ["tests/test_in.py"]);
    assert_eq!(tree.unread, []);
    let paths = [root.join("out")];
    let error = Walk::new(root, &paths, &settings("{}")).unwrap_err();
    assert!(error.to_string().contains("is not inside"), "{error}");
    let missing = Walk::new(root, &[root.join("gone")], &settings("{}")).unwrap_err();
    assert!(missing.to_string().contains("No such file"), "{missing}");
}

#[test]
fn a_pipe_does_not_hold_it_up() {
    let folder = tree(&[("tests/test_in.py", BAD)]);
    let pipe = folder.path().join("test_pipe.py");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let started = Instant::now();
    assert_eq!(
        read(folder.path(), &settings("{}")).seen,
        ["tests/test_in.py"]
    );
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_linted() {
    let off = settings(r#"{"rules":{"criterion-without-test":"off"}}"#);
    let folder = tree(&[("test_good.py", BAD)]);
    let root = folder.path();
    put(root, "test_binary.py", b"def test_a():\0\x01\x02");
    put(root, "picture.png", b"\x89PNG\0\0\0");
    put(
        root,
        "test_latin.py",
        b"# caf\xe9\n# trail:validates VSME-124 AC-1\ndef test_l():\n    assert 1\n",
    );
    let huge = fs::File::create(root.join("test_huge.py")).unwrap();
    huge.set_len(9 * 1024 * 1024).unwrap();
    fs::File::create(root.join("huge.bin"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let report = lint(root, &off);
    assert_eq!(
        rules(&report),
        [
            (Rule::Unreadable, Some("test_binary.py")),
            (Rule::UnknownItem, Some("test_good.py")),
            (Rule::Unreadable, Some("test_huge.py")),
            (Rule::Unreadable, Some("test_latin.py")),
            (Rule::UnknownItem, Some("test_latin.py")),
        ]
    );
    assert_eq!(report.counts.files, 6);
}

#[test]
fn a_file_without_rights_is_told() {
    let folder = tree(&[("test_a.py", BAD), ("test_b.py", BAD)]);
    let path = folder.path().join("test_b.py");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::File::open(&path).is_ok() {
        // Nothing is without rights to the superuser.
        return;
    }
    let off = settings(r#"{"rules":{"criterion-without-test":"off"}}"#);
    assert_eq!(
        rules(&lint(folder.path(), &off)),
        [
            (Rule::UnknownItem, Some("test_a.py")),
            (Rule::Unreadable, Some("test_b.py")),
        ]
    );
}

#[test]
fn what_gitignore_and_the_settings_name_is_not_looked_at() {
    let folder = tree(&[
        (".gitignore", "build/\n*.gen.py\n"),
        ("build/test_a.py", BAD),
        ("a/test_x.gen.py", BAD),
        ("a/.gitignore", "/local\n"),
        ("a/local/test_a.py", BAD),
        ("vendor/x/test_a.py", BAD),
        ("a/test_seen.py", BAD),
    ]);
    let settings = settings(r#"{"exclude":["vendor/**"]}"#);
    assert_eq!(read(folder.path(), &settings).seen, ["a/test_seen.py"]);
    // Naming a folder does not bring back what is ignored above it.
    let paths = [folder.path().join("a")];
    let walk = Walk::new(folder.path(), &paths, &settings).unwrap();
    assert_eq!(walk.read(&|| ()).seen, ["a/test_seen.py"]);
}

#[test]
fn sources_made_to_cost_end_in_bounded_time() {
    let folder = tree(&[]);
    let root = folder.path();
    put(
        root,
        "test_deep.py",
        format!("def test_a():\n    x = {}\n", "(".repeat(1_000_000)).as_bytes(),
    );
    let ignores = "# trail:ignore dead-test until 2027-01-31: r\n".repeat(50_000);
    put(root, "test_ignores.py", ignores.as_bytes());
    let claims: String = (0..20_000)
        .map(|own| format!("# trail:validates WRONG-{own} AC-1\ndef test_{own}():\n    assert 1\n"))
        .collect();
    put(root, "test_claims.py", claims.as_bytes());
    let started = Instant::now();
    let report = lint(root, &settings("{}"));
    assert!(report.findings.len() >= 70_000, "{}", report.findings.len());
    // A debug build on a busy machine: the bound is against hours, not against seconds.
    assert!(
        started.elapsed() < Duration::from_secs(120),
        "{:?}",
        started.elapsed()
    );
}
