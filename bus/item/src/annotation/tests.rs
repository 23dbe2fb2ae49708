use proptest::prelude::*;

use super::*;

/// Returns the annotations of a file as `line test item/criterion ...`.
fn found(path: &str, text: &str) -> Vec<String> {
    let show = |annotation: Annotation| {
        let pairs = annotation
            .validates
            .iter()
            .map(|pair| format!(" {}/{}", pair.work_item, pair.criterion));
        format!(
            "{} {}{}",
            annotation.line,
            annotation.test,
            pairs.collect::<String>()
        )
    };
    scan(path, text).into_iter().map(show).collect()
}

#[test]
fn rust_attributes_are_read() {
    let text = r##"
#[test]
#[trail::validates(work_item = "X-1", criterion = "AC-3")]
fn one() {}

#[trail::validates(
    criterion = "AC-2", // the second
    work_item = "X-1",
)]
#[trail::validates(work_item = "X-1", criterion = "ac-01")]
#[tokio::test(flavor = "multi_thread")]
/// Says what it does.
pub(crate) async fn two<'a>() -> Result<(), Error> { let c = '"'; let d = '\''; let e = b'"'; }

// #[trail::validates(work_item = "X-1", criterion = "AC-9")]
fn not_this() {}
/* #[trail::validates(work_item = "X-1", criterion = "AC-9")] /* nested */
fn nor_this() {} */
const S: &str = "#[trail::validates(work_item = \"X-1\", criterion = \"AC-9\")] fn nor_that() {}";
const R: &str = r#"
#[trail::validates(work_item = "X-1", criterion = "AC-9")]
fn in_a_string() {}
"#;

#[cfg_attr(test, trail::validates(work_item = "X-1", criterion = "AC-4"))]
unsafe extern "C" fn three() {}

// trail:validates X-1 AC-5, AC-6
#[test]
fn four() {}

#[trail::validates(work_item = "X-1", criterion = "AC-7")]
mod nothing {}
fn plain() {}

#[trail::validates(work_item = "X-1")]
fn without_criterion() {}
#[trail::validates(work_item = "X-1", criterion = "three")]
fn malformed() {}
"##;
    assert_eq!(
        found("tests/a.rs", text),
        [
            "4 one X-1/AC-3",
            "13 two X-1/AC-1 X-1/AC-2",
            "26 three X-1/AC-4",
            "30 four X-1/AC-5 X-1/AC-6",
        ]
    );
}

#[test]
fn python_decorators_are_read() {
    let text = r#"
@trail.validates(work_item="X-1", criterion="AC-3")
def test_one(): pass

@pytest.mark.parametrize("a", [
    1,
])
@trail.validates(
    work_item='X-1',
    criterion='AC-1',
)
@trail.validates(work_item="Y-2", criterion="AC-2")  # both
async def test_two(a):
    """
    @trail.validates(work_item="X-1", criterion="AC-9")
    def test_in_a_string(): pass
    """

# @trail.validates(work_item="X-1", criterion="AC-9")
def test_commented(): pass

class TestThings:
    @trail.validates(work_item="X-1", criterion=["AC-4", "AC-5"])
    def test_three(self): pass

# trail:validates X-1 AC-6
def test_four(): pass

@trail.validates(work_item="X-1", criterion="AC-7")
x = 1
def test_loose(): pass
s = f"@trail.validates(work_item='X-1', criterion='AC-9')"
def test_after_string(): pass
"#;
    assert_eq!(
        found("tests/test_a.py", text),
        [
            "3 test_one X-1/AC-3",
            "13 test_two X-1/AC-1 Y-2/AC-2",
            "24 test_three X-1/AC-4 X-1/AC-5",
            "27 test_four X-1/AC-6",
        ]
    );
}

#[test]
fn script_wrappers_and_comments_are_read() {
    let text = r#"
test("one", trail.validates({ workItem: "X-1", criterion: "AC-1" }, () => {}));
trail.validates({ workItem: 'X-1', criterion: 'AC-2' }, "two", () => {});
trail.validates({
  "workItem": "X-1",
  "criterion": "AC-3",
}, test)("three", async () => { const r = /"/; });
// trail:validates X-1 AC-4
it.only(`four`, () => {});
/* trail:validates X-1 AC-5 */
export async function five() {}
// trail.validates({ workItem: "X-1", criterion: "AC-9" }, "commented", f);
const s = 'trail.validates({ workItem: "X-1", criterion: "AC-9" }, "quoted", f)';
other.trail.validates({ workItem: "X-1", criterion: "AC-9" }, "foreign", f);
"#;
    assert_eq!(
        found("a.test.ts", text),
        [
            "2 one X-1/AC-1",
            "3 two X-1/AC-2",
            "7 three X-1/AC-3",
            "9 four X-1/AC-4",
            "11 five X-1/AC-5"
        ]
    );
}

#[test]
fn the_comment_form_is_read_in_any_language() {
    let table = [
        (
            "a_test.go",
            "// trail:validates X-1 AC-1\nfunc TestExport(t *testing.T) {",
            "2 TestExport X-1/AC-1",
        ),
        (
            "a_test.go",
            "// trail:validates X-1 AC-1\nfunc (s *Suite) TestExport() {",
            "2 TestExport X-1/AC-1",
        ),
        (
            "A.java",
            "// trail:validates X-1 AC-1\n@Test\n\npublic void exports() {",
            "4 exports X-1/AC-1",
        ),
        (
            "a.exs",
            "# trail:validates X-1 AC-1 AC-2\ntest \"exports all\" do",
            "2 exports all X-1/AC-1 X-1/AC-2",
        ),
        (
            "a_spec.rb",
            "# trail:validates X-1 AC-1\nit 'exports' do",
            "2 exports X-1/AC-1",
        ),
        (
            "a.sql",
            "-- trail:validates X-1 AC-1\nCREATE FUNCTION test_export() RETURNS",
            "2 test_export X-1/AC-1",
        ),
        (
            "a.cc",
            "// trail:validates X-1 AC-1\nTEST(Export, Works) {",
            "2 Export.Works X-1/AC-1",
        ),
        (
            "a.cs",
            "// trail:validates X-1 AC-1\n[Fact]\npublic void Exports()",
            "3 Exports X-1/AC-1",
        ),
        (
            "a.php",
            "/* trail:validates X-1 AC-1 */\npublic function testExport(): void",
            "2 testExport X-1/AC-1",
        ),
    ];
    for (path, text, expected) in table {
        assert_eq!(found(path, text), [expected], "{text}");
    }
    assert_eq!(
        found("a.go", "// trail:validates X-1\nfunc TestA()"),
        Vec::<String>::new()
    );
    assert_eq!(
        found("a.go", "// trail:validates X-1 AC-1\nx := 1\nfunc TestA()"),
        Vec::<String>::new()
    );
}

#[test]
fn hostile_files_are_scanned_in_time() {
    let started = std::time::Instant::now();
    for piece in [
        "#[",
        "#[trail::validates(",
        "@a(",
        "trail.validates({",
        "/*",
        "`",
        "'''",
        "r#\"",
        "\"\\",
    ] {
        let text = format!("trail validates {}", piece.repeat(30_000));
        for path in ["a.rs", "a.py", "a.js", "a.go"] {
            let _ = scan(path, &text);
        }
    }
    assert!(started.elapsed().as_secs() < 15, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn no_text_makes_the_scanner_panic(
        path in prop::sample::select(vec!["a.rs", "a.py", "a.ts", "a.go", ""]),
        text in prop_oneof![
            any::<String>(),
            "(#\\[trail::validates\\(|@trail.validates\\(|trail.validates\\(\\{|work_item = \"|'|\"|`|\\\\|r#\"|/\\*|\\*/|//|#|\n|\\)\\]|fn x|é|\"\"\"){0,30}",
        ],
    ) {
        let _ = scan(path, &format!("{text} trail validates"));
        let _ = scan(path, &format!("// trail:validates X-1 AC-1\n{text}"));
    }
}
