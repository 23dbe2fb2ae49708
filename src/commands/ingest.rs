//! `trail ingest`: joins results of tests that were run elsewhere to criteria, and keeps them as
//! reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use trail_item::criteria::criterion_id;
use trail_item::quote::visible;
use trail_proof::{Joined, Sources, Told};
use trail_record::body::{ReportedResult, TestCase, TestOutcome, Validates};
use trail_record::{Blob, CommitId, Digest, ItemKey};
use trail_worker::Reported;
use trail_workspace::Lookup;

use crate::cli::Global;
use crate::commands::impact::resolve;
use crate::commands::prove::tester;
use crate::output::{self, Exit, Hinted, usage};
use crate::setup::Setup;

/// The largest report that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// What files hold that a report is joined with: annotations in any language, and manifests.
const HOLDING: [&str; 5] = ["validates", "Validates", "trail:", "[package]", "#[path"];

/// Joins results of tests that were run elsewhere to the criteria they validate, and keeps them in
/// the histories of the items.
///
/// The join is by the sources, as they are in the commit the tests were run on; where a test's
/// source is not found, the properties `trail.work_item` and `trail.criterion` of the report count.
/// What is kept was reported and not performed: it proves nothing. Only the tester keeps reports, so
/// this is for the machine where the tester works; anywhere else --dry-run shows the join.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The reports.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only results of tests that name criteria of this item.
    #[arg(long, value_name = "ITEM")]
    item: Option<String>,
    /// The commit the tests were run on; without it the report says of none, and HEAD's sources are
    /// read.
    #[arg(long, value_name = "REV")]
    commit: Option<String>,
    /// Who reports them, as they call themselves.
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true)]
    by: Option<String>,
    /// The reports' format.
    #[arg(long, value_enum, default_value_t = Format::Junit, value_name = "FORMAT")]
    format: Format,
    /// The repository whose sources are read, instead of the set-up's.
    #[arg(long, visible_alias = "repository", value_name = "DIR")]
    path: Option<PathBuf>,
    /// Show the join and keep nothing.
    #[arg(long)]
    dry_run: bool,
}

/// In which format results are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// JUnit XML.
    Junit,
}

/// One file, and what became of it.
#[derive(Debug, Serialize)]
struct File {
    /// Its name.
    file: String,
    /// The digest of its bytes.
    bytes: Digest<Blob>,
    /// How many tests it tells of.
    tests: usize,
    /// The tests that name criteria.
    joined: Vec<Test>,
    /// What could not be joined, or contradicts the sources.
    problems: Vec<String>,
    /// What became of it, for each item.
    items: Vec<Kept>,
}

/// A test that names criteria.
#[derive(Debug, Serialize)]
struct Test {
    name: String,
    outcome: TestOutcome,
    /// `PROJ-1/AC-3`, with `@2` where a revision is named.
    criteria: Vec<String>,
    /// `source`, or `report` where its properties are all there is.
    by: &'static str,
    /// Where it stands: `tests/it.rs:12`.
    place: Option<String>,
}

/// What became of a file for one item.
#[derive(Debug, Serialize)]
struct Kept {
    item: String,
    tests: usize,
    /// None with --dry-run.
    reported: Option<Reported>,
}

/// Runs the command.
pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let setup = Setup::open(global)?;
    let by = by(&args)?;
    let git = Lookup::open(args.path.as_deref().unwrap_or(&setup.repository())).await?;
    let commit = match &args.commit {
        Some(rev) => Some(resolve(&git, rev).await?),
        None => None,
    };
    let at = match &commit {
        Some(commit) => commit.clone(),
        None => resolve(&git, "HEAD").await?,
    };
    let mut sources = Sources::default();
    for (path, bytes) in git.holding(&HOLDING, &at).await? {
        sources.add(&path, bytes);
    }
    for folder in go_folders(&sources) {
        let path = format!("{folder}go.mod");
        if let Some(bytes) = git.content(&path, &at).await? {
            sources.add(&path, bytes);
        }
    }
    // All files are read before anything is kept.
    let mut read = Vec::with_capacity(args.files.len());
    for path in &args.files {
        read.push(joined(path, &git, &at, &mut sources).await?);
    }
    let mut files = Vec::with_capacity(read.len());
    for (name, bytes, told, joined) in read {
        let (cases, by_source) = with_claims(&told, joined.cases);
        let joined_tests = tests(&cases, &by_source);
        let mut items = Vec::new();
        for (item, cases) in by_item(cases, args.item.as_deref()) {
            let report = ReportedResult {
                source: name.clone(),
                format: "junit".to_owned(),
                bytes,
                commit: commit.clone(),
                reported_by: by.clone(),
                cases,
            };
            items.push(kept(&setup, &item, &report, args.dry_run).await?);
        }
        files.push(File {
            file: name,
            bytes,
            tests: told.cases.len(),
            joined: joined_tests,
            problems: told.problems.into_iter().chain(joined.problems).collect(),
            items,
        });
    }
    let found = files.iter().all(|own| !own.items.is_empty());
    output::show(global.json, &files, |files| text(files, args.dry_run))?;
    Ok(if found { Exit::Ok } else { Exit::Findings })
}

/// Returns the folders, each with its `/`, in which the `go.mod` of a Go source can stand.
fn go_folders(sources: &Sources) -> BTreeSet<String> {
    let paths = sources.scans().map(|(path, _)| path);
    let go = paths.filter(|path| path.ends_with(".go"));
    let mut folders = BTreeSet::new();
    for path in go {
        folders.insert(String::new());
        let ends = path
            .match_indices('/')
            .map(|(at, _)| path[..=at].to_owned());
        folders.extend(ends);
    }
    folders
}

fn by(args: &Args) -> anyhow::Result<String> {
    let by = args.by.as_deref().map(str::trim).unwrap_or_default();
    if by.is_empty() || by.chars().count() > 120 || by.contains(char::is_control) {
        return Err(usage(
            "nobody is named who reports the results",
            "say who in at most 120 characters: --by \"CI of main, build 812\"",
        ));
    }
    Ok(by.to_owned())
}

/// Reads a report and joins it with the sources of a commit.
async fn joined(
    path: &Path,
    git: &Lookup,
    at: &CommitId,
    sources: &mut Sources,
) -> anyhow::Result<(String, Digest<Blob>, Told, Joined)> {
    let shown = path.display();
    let wrong = |why: String| usage(why, "name a file of JUnit XML");
    let meta = std::fs::metadata(path).map_err(|error| wrong(format!("{shown}: {error}")))?;
    if !meta.is_file() {
        return Err(wrong(format!("{shown} is no file")));
    }
    if meta.len() > LARGEST {
        return Err(wrong(format!(
            "{shown} has {} bytes, more than the {LARGEST} that are read",
            meta.len()
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(format!("{shown}: {error}")))?;
    let told = trail_proof::report(&String::from_utf8_lossy(&bytes));
    // What may hide a failure is no report that should be kept.
    if told.cases.iter().any(|own| own.name == trail_proof::REPORT) {
        let why = told.problems.join("; ");
        return Err(
            Hinted::new(Exit::Usage, format!("{shown}: {}", visible(&why)))
                .help("nothing was kept; have the tests run again and their whole report written")
                .into(),
        );
    }
    for file in told.files() {
        if !sources.holds(&file)
            && let Some(bytes) = git.content(&file, at).await?
        {
            sources.add(&file, bytes);
        }
    }
    let joined = trail_proof::join(&told, sources);
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    Ok((name, Digest::of(&bytes), told, joined))
}

/// Takes what the report itself says of tests whose source was not found. Returns the cases, and for
/// each whether its source says what it validates.
fn with_claims(told: &Told, cases: Vec<TestCase>) -> (Vec<TestCase>, Vec<bool>) {
    let claims: BTreeMap<&str, &[(String, String)]> = told
        .cases
        .iter()
        .map(|own| (own.name.as_str(), own.claims.as_slice()))
        .collect();
    let with = cases.into_iter().map(|mut case| {
        let by_source = case.place.is_some();
        if !by_source {
            let own = claims.get(case.name.as_str()).copied().unwrap_or_default();
            case.validates = own.iter().filter_map(claim).collect();
            case.validates.sort();
            case.validates.dedup();
        }
        (case, by_source)
    });
    with.unzip()
}

/// Reads a pair of properties; none if it names no criterion.
fn claim((item, criterion): &(String, String)) -> Option<Validates> {
    let (id, revision) = match criterion.split_once('@') {
        Some((id, revision)) => (id, Some(revision.parse().ok()?)),
        None => (criterion.as_str(), None),
    };
    let plain = !item.is_empty() && !item.contains(char::is_whitespace);
    plain.then_some(Validates {
        work_item: ItemKey::new(item.as_str()),
        criterion: criterion_id(id)?,
        revision,
    })
}

fn tests(cases: &[TestCase], by_source: &[bool]) -> Vec<Test> {
    let named = cases.iter().zip(by_source);
    let named = named.filter(|(case, _)| !case.validates.is_empty());
    let told = named.map(|(case, by_source)| Test {
        name: case.name.clone(),
        outcome: case.outcome,
        criteria: case.validates.iter().map(criterion).collect(),
        by: if *by_source { "source" } else { "report" },
        place: case
            .place
            .as_ref()
            .map(|own| format!("{}:{}", own.path, own.line)),
    });
    told.collect()
}

fn criterion(own: &Validates) -> String {
    let revision = own
        .revision
        .map_or_else(String::new, |own| format!("@{own}"));
    format!("{}/{}{revision}", own.work_item, own.criterion)
}

/// Returns for each item the cases that name criteria of it; those of `only`, if one is named.
fn by_item(cases: Vec<TestCase>, only: Option<&str>) -> BTreeMap<String, Vec<TestCase>> {
    let mut items: BTreeMap<String, Vec<TestCase>> = BTreeMap::new();
    for case in cases {
        let mut named: Vec<&str> = case
            .validates
            .iter()
            .map(|own| own.work_item.as_str())
            .collect();
        named.sort_unstable();
        named.dedup();
        named.retain(|item| only.is_none_or(|only| only.trim().eq_ignore_ascii_case(item)));
        for item in named {
            items.entry(item.to_owned()).or_default().push(case.clone());
        }
    }
    items
}

async fn kept(
    setup: &Setup,
    item: &str,
    report: &ReportedResult,
    dry_run: bool,
) -> anyhow::Result<Kept> {
    let mut kept = Kept {
        item: item.to_owned(),
        tests: report.cases.len(),
        reported: None,
    };
    if !dry_run {
        let (worker, id) = tester(setup, item, "ingest").await?;
        kept.reported = Some(worker.report_results(&id, report).await?);
    }
    Ok(kept)
}

fn text(files: &[File], dry_run: bool) -> String {
    let mut out = String::new();
    for file in files {
        out.push_str(&format!(
            "{}: {} tests, {} of them name criteria\n",
            visible(&file.file),
            file.tests,
            file.joined.len()
        ));
        for test in &file.joined {
            let outcome = match test.outcome {
                TestOutcome::Passed => "passed",
                TestOutcome::Failed => "failed",
                TestOutcome::Skipped => "skipped",
            };
            let place = match &test.place {
                Some(place) => format!(" ({})", visible(place)),
                None => " (no source found; as the report says)".to_owned(),
            };
            out.push_str(&format!(
                "  {outcome:<7} {}  {}{place}\n",
                visible(&test.criteria.join(", ")),
                visible(&test.name),
            ));
        }
        for problem in &file.problems {
            out.push_str(&format!("  problem: {}\n", visible(problem)));
        }
        for item in &file.items {
            out.push_str(&line(item));
        }
        if file.items.is_empty() {
            out.push_str("  no test names a criterion: nothing to keep\n");
        }
    }
    out.push_str(if dry_run {
        "nothing was kept: this was only shown\n"
    } else {
        "reported, not performed: this proves nothing\n"
    });
    out
}

fn line(item: &Kept) -> String {
    let Some(told) = &item.reported else {
        return format!(
            "  {}: {} results would be kept\n",
            visible(&item.item),
            item.tests
        );
    };
    let entry = told
        .sealed
        .map_or_else(|| "none".to_owned(), |own| own.short());
    let mut line = if told.before {
        format!("  {}: kept already in entry {entry}\n", told.item)
    } else {
        format!(
            "  {}: {} results kept in entry {entry}\n",
            told.item, item.tests
        )
    };
    if !told.unknown.is_empty() {
        let unknown: Vec<&str> = told.unknown.iter().map(|own| own.as_str()).collect();
        line.push_str(&format!(
            "  {}: it has no {}\n",
            told.item,
            visible(&unknown.join(", "))
        ));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Joins a report with sources.
    fn cases(report: &str, source: &str) -> (Vec<TestCase>, Vec<bool>) {
        let mut sources = Sources::default();
        sources.add("tests/test_a.py", source.as_bytes().to_vec());
        let told = trail_proof::report(report);
        let joined = trail_proof::join(&told, &sources);
        with_claims(&told, joined.cases)
    }

    const REPORT: &str = r#"<testsuite>
<testcase classname="tests.test_a" name="test_known"><properties>
<property name="trail.work_item" value="P-1"/><property name="trail.criterion" value="AC-9"/></properties></testcase>
<testcase classname="tests.test_b" name="test_unknown"><properties>
<property name="trail.work_item" value="P-1"/><property name="trail.criterion" value="AC-2@3"/>
<property name="trail.work_item" value="P-2"/><property name="trail.criterion" value="AC-1"/>
<property name="trail.criterion" value="what"/></properties></testcase>
<testcase classname="tests.test_b" name="test_plain"/>
</testsuite>"#;

    const SOURCE: &str = "import trail\n\n@trail.validates(work_item=\"P-1\", criterion=\"AC-1\")\ndef test_known():\n    assert True\n";

    #[test]
    fn the_source_counts_and_the_report_where_there_is_no_source() {
        let (cases, by_source) = cases(REPORT, SOURCE);
        let told = tests(&cases, &by_source);
        let told: Vec<_> = told
            .iter()
            .map(|own| {
                (
                    own.name.as_str(),
                    own.by,
                    own.criteria.join(" "),
                    own.place.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "tests.test_a::test_known",
                    "source",
                    "P-1/AC-1".to_owned(),
                    Some("tests/test_a.py:4")
                ),
                (
                    "tests.test_b::test_unknown",
                    "report",
                    "P-1/AC-2@3 P-2/AC-1".to_owned(),
                    None
                ),
            ]
        );
    }

    #[test]
    fn each_item_gets_the_results_that_name_it() {
        let names = |only| {
            let (cases, _) = cases(REPORT, SOURCE);
            let items = by_item(cases, only).into_iter();
            items
                .map(|(item, own)| {
                    (
                        item,
                        own.into_iter().map(|own| own.name).collect::<Vec<_>>(),
                    )
                })
                .collect::<Vec<_>>()
        };
        let (known, unknown) = ("tests.test_a::test_known", "tests.test_b::test_unknown");
        let first = ("P-1".to_owned(), vec![known.to_owned(), unknown.to_owned()]);
        let second = ("P-2".to_owned(), vec![unknown.to_owned()]);
        assert_eq!(names(None), [first.clone(), second]);
        assert_eq!(names(Some("p-1")), [first]);
        assert_eq!(names(Some("P-3")), []);
    }

    #[test]
    fn a_go_module_can_stand_in_any_folder_above() {
        let mut sources = Sources::default();
        sources.add("a/b/c_test.go", b"package b".to_vec());
        sources.add("x/y.py", Vec::new());
        let folders: Vec<String> = go_folders(&sources).into_iter().collect();
        assert_eq!(folders, ["", "a/", "a/b/"]);
    }
}
