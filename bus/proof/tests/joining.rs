//! Which source test a told one is, language by language.

use trail_port::tests::{Runner, TestSettings};
use trail_port::workspace::Ran;
use trail_proof::{Sources, Told, join, read, report};
use trail_record::Digest;

/// Returns where each told test stands, in the order of names.
fn places(told: &Told, files: &[(&str, &str)]) -> Vec<String> {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(path, text.as_bytes().to_vec());
    }
    let joined = join(told, &sources);
    let cases = joined.cases.into_iter();
    cases
        .map(|own| match own.place {
            Some(place) => format!("{} = {}:{}", own.name, place.path, place.line),
            None => format!("{} = nowhere", own.name),
        })
        .collect()
}

/// A report of tests, each `class|name|file`.
fn junit(tests: &[&str]) -> Told {
    let cases = tests.iter().map(|test| {
        let mut parts = test.split('|');
        let mut next = || parts.next().unwrap_or_default();
        let (class, name, file) = (next(), next(), next());
        format!("<testcase classname=\"{class}\" name=\"{name}\" file=\"{file}\"/>")
    });
    report(&format!(
        "<testsuite>{}</testsuite>",
        cases.collect::<String>()
    ))
}

fn libtest(output: &str) -> Told {
    let ran = Ran {
        exit: Some(0),
        ended: None,
        output: output.as_bytes().to_vec(),
        report: None,
        took: std::time::Duration::ZERO,
        sandbox: String::new(),
        environment: Digest::of(b""),
    };
    let settings = TestSettings {
        command: vec!["cargo".to_owned(), "test".to_owned()],
        runner: Runner::Libtest,
        ..TestSettings::default()
    };
    read(&ran, &settings)
}

const TEST: &str = "#[test]\nfn works() { assert!(true); }\n";

#[test]
fn rust_tests_are_found_by_binary_and_modules() {
    let files = [
        ("Cargo.toml", "[package]\nname = \"shop\"\n"),
        ("crates/till/Cargo.toml", "[package]\nname = \"till\"\n"),
        ("src/lib.rs", TEST),
        ("src/price.rs", TEST),
        ("src/price/tax/mod.rs", TEST),
        ("src/bin/tool.rs", TEST),
        ("tests/it.rs", TEST),
        ("tests/big/main.rs", TEST),
        ("tests/big/part.rs", TEST),
        ("crates/till/src/lib.rs", TEST),
        ("crates/till/tests/it.rs", TEST),
    ];
    let told = junit(&[
        "shop|works",
        "shop|price::works",
        "shop|price::tax::works",
        "shop|other::works",
        "shop::bin/tool|works",
        "shop::it|works",
        "shop::big|works",
        "shop::big|part::works",
        "till|works",
        "till::it|works",
        "unknown::it|works",
    ]);
    assert_eq!(
        places(&told, &files),
        [
            "shop::big::part::works = tests/big/part.rs:2",
            "shop::big::works = tests/big/main.rs:2",
            "shop::bin/tool::works = src/bin/tool.rs:2",
            "shop::it::works = tests/it.rs:2",
            "shop::other::works = nowhere",
            "shop::price::tax::works = src/price/tax/mod.rs:2",
            "shop::price::works = src/price.rs:2",
            "shop::works = src/lib.rs:2",
            "till::it::works = crates/till/tests/it.rs:2",
            "till::works = crates/till/src/lib.rs:2",
            "unknown::it::works = nowhere",
        ]
    );
}

#[test]
fn plain_libtest_names_a_test_only_where_one_can_be_meant() {
    let output = "test works ... ok\ntest price::tests::works ... ok\n";
    let inner = "mod tests {\n    #[test]\n    fn works() { assert!(true); }\n}\n";
    assert_eq!(
        places(
            &libtest(output),
            &[("src/price.rs", inner), ("tests/it.rs", TEST)]
        ),
        [
            "price::tests::works = src/price.rs:3",
            "works = tests/it.rs:2",
        ]
    );
    let two = [("tests/it.rs", TEST), ("tests/other.rs", TEST)];
    assert_eq!(
        places(&libtest(output), &two),
        ["price::tests::works = nowhere", "works = nowhere"]
    );
}

#[test]
fn python_tests_are_found_by_module_and_classes() {
    let source =
        "def test_a():\n    assert 1\n\nclass TestB:\n    def test_a(self):\n        assert 1\n";
    let files = [
        ("pkg/tests/test_x.py", source),
        ("pkg/tests/test_y.py", source),
    ];
    let told = junit(&[
        "pkg.tests.test_x|test_a",
        "tests.test_x.TestB|test_a",
        "test_y|test_a[1-2]",
        "TestB|test_a",
        "test_z|test_a",
        "tests.test_x.TestC|test_a",
    ]);
    assert_eq!(
        places(&told, &files),
        [
            "TestB::test_a = nowhere",
            "pkg.tests.test_x::test_a = pkg/tests/test_x.py:1",
            "test_y::test_a[1-2] = pkg/tests/test_y.py:1",
            "test_z::test_a = nowhere",
            "tests.test_x.TestB::test_a = pkg/tests/test_x.py:5",
            "tests.test_x.TestC::test_a = nowhere",
        ]
    );
}

#[test]
fn java_tests_are_found_by_class_and_method() {
    let source = "package a.b;\nimport org.junit.jupiter.api.Test;\nclass ShopTest {\n    @Test\n    void adds() { assertEquals(1, 1); }\n}\n";
    let files = [
        ("src/test/java/a/b/ShopTest.java", source),
        ("src/test/java/c/ShopTest.java", source),
    ];
    let told = junit(&[
        "a.b.ShopTest|adds",
        "a.b.ShopTest|adds()",
        "ShopTest|adds",
        "b.OtherTest|adds",
    ]);
    assert_eq!(
        places(&told, &files),
        [
            "ShopTest::adds = nowhere",
            "a.b.ShopTest::adds = src/test/java/a/b/ShopTest.java:5",
            "a.b.ShopTest::adds() = src/test/java/a/b/ShopTest.java:5",
            "b.OtherTest::adds = nowhere",
        ]
    );
}

#[test]
fn elixir_tests_are_found_by_module_and_titles() {
    let source = "defmodule Shop.PriceTest do\n  use ExUnit.Case\n\n  test \"adds\" do\n    assert 1 == 1\n  end\n\n  describe \"a block\" do\n    test \"adds\" do\n      assert 1 == 1\n    end\n  end\nend\n";
    let files = [("test/price_test.exs", source)];
    let told = junit(&[
        "Shop.PriceTest|test adds|test/price_test.exs",
        "Elixir.Shop.PriceTest|test a block adds|test/price_test.exs",
        "Shop.OtherTest|test adds|test/other_test.exs",
    ]);
    assert_eq!(
        places(&told, &files),
        [
            "Elixir.Shop.PriceTest::test a block adds = test/price_test.exs:9",
            "Shop.OtherTest::test adds = nowhere",
            "Shop.PriceTest::test adds = test/price_test.exs:4",
        ]
    );
}

#[test]
fn go_tests_are_found_by_package_and_function() {
    let source = "package shop\n\nimport \"testing\"\n\nfunc TestAdds(t *testing.T) { t.Log(1) }\n";
    let told = junit(&[
        "example.com/shop|TestAdds",
        "example.com/shop/sub|TestAdds/row_1",
        "example.com/other|TestAdds",
    ]);
    let files = [
        ("go.mod", "module example.com/shop\n"),
        ("shop_test.go", source),
        ("sub/sub_test.go", source),
    ];
    assert_eq!(
        places(&told, &files),
        [
            "example.com/other::TestAdds = nowhere",
            "example.com/shop/sub::TestAdds/row_1 = sub/sub_test.go:5",
            "example.com/shop::TestAdds = shop_test.go:5",
        ]
    );
    // Without the module's name the root folder could be any package.
    assert_eq!(
        places(&told, &files[1..]),
        [
            "example.com/other::TestAdds = nowhere",
            "example.com/shop/sub::TestAdds/row_1 = sub/sub_test.go:5",
            "example.com/shop::TestAdds = nowhere",
        ]
    );
}
