//! The pages in a real browser: nothing is cut off on a phone, nothing is loaded, no error is told,
//! text can be read in light and dark, and each prints.
//!
//! Chromium is found on the path (`chromium`, `chromium-browser`, `google-chrome`) or named by
//! `CHROMIUM`. Without one these tests are skipped and say so; with `TRAIL_REQUIRE_BROWSER=1` they
//! fail instead. `TRAIL_PAGES=DIR` keeps the pages with screenshots, for looking at.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use trail_item::Fold;
use trail_reader::history::History;
use trail_reader::matrix::{self, Filter, Matrix};
use trail_reader::{Report, Story};

/// The widths that are looked at, in pixels: a small phone, a phone, a tablet, a desk.
const WIDTHS: [u32; 4] = [360, 390, 768, 1280];
/// What WCAG 2 asks of the contrast of text.
const CONTRAST: f64 = 4.5;

/// Returns the browser, or none after having said so.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = named
        .into_iter()
        .chain(names.map(PathBuf::from))
        .find(|own| {
            let asked = Command::new(own).arg("--version").output();
            asked.is_ok_and(|output| output.status.success())
        });
    if found.is_none() {
        let required = std::env::var("TRAIL_REQUIRE_BROWSER").is_ok_and(|own| own == "1");
        assert!(!required, "a Chromium is required, and none is here");
        // Past the capture of the test harness, which would hide it.
        let why = "SKIPPED: no Chromium is here; the pages were not looked at in a browser";
        let _ = writeln!(std::io::stderr(), "{why}");
    }
    found
}

/// Runs the browser without a window, without a network, and with a profile of its own.
fn run(browser: &Path, profile: &Path, args: &[String]) -> Output {
    Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=20000",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(args)
        .output()
        .unwrap()
}

fn golden(name: &str) -> Vec<Story> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name);
    let history = History::load(&dir).unwrap();
    let trust = history.trust().ok();
    let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
    let told = judged
        .iter()
        .map(|own| Story::of(own, trust.as_ref(), &history.blobs));
    told.collect()
}

/// A story whose texts are as long, as unbroken and as hostile as they can be.
fn difficult() -> Story {
    let mut story = golden("proven").remove(0);
    let long = "an_unbroken_name_that_is_far_too_long_".repeat(20);
    let hostile = format!(
        "</td><script>document.title = 'owned'</script><img src=\"http://192.0.2.1/x\"> {long}"
    );
    for own in &mut story.specs {
        own.body.title.clone_from(&hostile);
        own.body.body.clone_from(&hostile);
        for criterion in &mut own.body.criteria {
            criterion.text.clone_from(&hostile);
        }
    }
    for own in &mut story.conclusions {
        own.body.name.clone_from(&long);
        own.body.statement.clone_from(&hostile);
        own.body.choice = Some(long.clone());
    }
    for case in story.tests.iter_mut().flat_map(|own| &mut own.body.cases) {
        case.name.clone_from(&long);
    }
    for own in &mut story.proofs {
        own.body.test.clone_from(&long);
    }
    for own in &mut story.mutants {
        own.body.before.clone_from(&long);
        own.body.after.clone_from(&hostile);
    }
    for own in &mut story.pull_requests {
        own.body.branch.clone_from(&long);
        own.body.body.clone_from(&hostile);
    }
    for own in story.gates.iter_mut().flat_map(|own| &mut own.decisions) {
        own.body.name.clone_from(&long);
        own.body.why = Some(hostile.clone());
    }
    story
}

/// All pages, by name.
fn pages() -> Vec<(&'static str, String)> {
    let stories: Vec<Story> = golden("v0").into_iter().chain(golden("proven")).collect();
    let difficult = difficult();
    let report = |story: &Story| Report::of(story).html();
    let matrix = |stories: &[Story]| matrix::html(&Matrix::of(stories, &Filter::default()));
    vec![
        ("report-unproven", report(&stories[0])),
        ("report-begun", report(&stories[1])),
        ("report-proven", report(&stories[2])),
        ("report-difficult", report(&difficult)),
        ("matrix", matrix(&stories)),
        ("matrix-difficult", matrix(&[difficult])),
    ]
}

/// Looks at a page at all widths; returns what is found at each, and the errors that the browser tells.
fn probe(browser: &Path, dir: &Path, page: &str, dark: bool) -> (Vec<Value>, String) {
    let mut args = vec!["--dump-dom".to_owned()];
    if dark {
        args.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    let probe = dir.join("probe.html");
    let widths = WIDTHS.map(|own| own.to_string()).join(",");
    args.push(format!("file://{}#{widths}%20{page}.html", probe.display()));
    let output = run(browser, &dir.join("profile"), &args);
    let told = String::from_utf8_lossy(&output.stdout);
    let found = told
        .split("<pre id=\"found\">")
        .nth(1)
        .and_then(|own| own.split("</pre>").next())
        .unwrap_or_else(|| panic!("{page}: the browser told nothing: {output:?}"));
    let found = found
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let said = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> = said.lines().filter(|own| own.contains("CONSOLE")).collect();
    let found =
        serde_json::from_str(&found).unwrap_or_else(|error| panic!("{page}: {error}: {found}"));
    (found, errors.join("\n"))
}

#[test]
fn every_page_fits_phones_and_desks_loads_nothing_and_can_be_read() {
    let Some(browser) = browser() else {
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("TRAIL_PAGES").map(PathBuf::from);
    let dir = kept.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(dir).unwrap();
    let dir = dir.canonicalize().unwrap();
    std::fs::write(dir.join("probe.html"), include_str!("pages/probe.html")).unwrap();
    for (name, page) in pages() {
        std::fs::write(dir.join(format!("{name}.html")), page).unwrap();
        for dark in [false, true] {
            let (found, errors) = probe(&browser, &dir, name, dark);
            assert_eq!(errors, "", "{name}");
            assert_eq!(found.len(), WIDTHS.len(), "{name}");
            for (width, found) in WIDTHS.into_iter().zip(found) {
                let place = format!("{name} at {width} px: {found}");
                assert_eq!(found["width"], width, "{place}");
                let scroll = found["scroll"].as_u64();
                assert!(scroll <= Some(u64::from(width)), "{place}");
                assert_eq!(found["beyond"], serde_json::json!([]), "{place}");
                assert_eq!(found["loaded"], serde_json::json!([]), "{place}");
                assert_eq!(found["scripts"], 0, "{place}");
                assert_ne!(found["title"], "owned", "{place}");
                assert_eq!(found["dark"], dark, "{place}");
                let contrast = found["contrast"]["ratio"].as_f64();
                assert!(contrast >= Some(CONTRAST), "{place}");
                assert!(found["tables"].as_u64() > Some(0), "{place}");
            }
        }
        if kept.is_some() {
            look(&browser, &dir, name);
        }
    }
}

#[test]
fn a_report_prints() {
    let Some(browser) = browser() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("report.html");
    std::fs::write(&page, Report::of(&golden("proven")[0]).html()).unwrap();
    let paper = dir.path().join("report.pdf");
    let args = [
        format!("--print-to-pdf={}", paper.display()),
        "--no-pdf-header-footer".to_owned(),
        format!("file://{}", page.display()),
    ];
    let output = run(&browser, &dir.path().join("profile"), &args);
    let bytes = std::fs::read(&paper).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert!(bytes.starts_with(b"%PDF"));
    // A4 in points, as the page asks for, and more than one sheet.
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.matches("/Type /Page\n").count() + text.matches("/Type /Page ").count() > 1);
    assert!(
        text.contains("/MediaBox [0 0 594.95996 841.91998]"),
        "the sheets are not A4"
    );
}

/// Keeps how a page looks, for people.
fn look(browser: &Path, dir: &Path, name: &str) {
    let address = format!("file://{}", dir.join(format!("{name}.html")).display());
    let profile = dir.join("profile");
    for width in [390, 1280] {
        let picture = dir.join(format!("{name}-{width}.png"));
        let args = [
            format!("--screenshot={}", picture.display()),
            format!("--window-size={width},5000"),
            address.clone(),
        ];
        run(browser, &profile, &args);
    }
    let paper = dir.join(format!("{name}.pdf"));
    let args = [
        format!("--print-to-pdf={}", paper.display()),
        "--no-pdf-header-footer".to_owned(),
        address,
    ];
    run(browser, &profile, &args);
}
