"""`python -m trail.unittest`. Run by pytest and by unittest alike."""

import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest
import xml.etree.ElementTree as ET
from typing import Any, Optional

SAMPLE = r"""
import unittest

import trail

def setUpModule(): ...

@trail.validates(work_item="X-1", criterion="AC-1")
class Flows(unittest.TestCase):
    def test_passes(self): ...

    @trail.validates(work_item="X-1", criterion="AC-2", revision=3)
    def test_fails_by_assertion(self):
        self.assertEqual(1, 2, "bell \x07, null \x00, lone \ud800, newline\nand <tag>")

    def test_crashes(self):
        raise KeyError("missing")

    @unittest.skip("not today")
    def test_is_skipped(self): ...

    @unittest.expectedFailure
    def test_is_expected_to_fail(self):
        self.fail("as expected")

    @unittest.expectedFailure
    def test_passes_unexpectedly(self): ...

    def test_subtests(self):
        for n in range(4):
            with self.subTest(n=n):
                if n == 3:
                    raise OSError("disk")
                self.assertNotEqual(n, 1)

    async def nothing(self): ...

class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_fails(self):
        self.assertTrue(False)

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no database")

    def test_never_runs(self): ...

class Unreadable(unittest.TestCase):
    def test_raises_what_cannot_be_told(self):
        class Silent(Exception):
            def __str__(self):
                raise ValueError
        raise Silent
"""


class Report(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def run_tests(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        source = pathlib.Path(__file__).parents[1] / "src"
        env = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-m", "trail.unittest", *arguments],
            cwd=self.root,
            env=env,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
        )

    def report(self, name: str = "out.xml") -> ET.Element:
        suites = ET.parse(self.root / name).getroot()
        self.assertEqual(
            [suites.tag, *(suite.tag for suite in suites)], ["testsuites", "testsuite"]
        )
        return suites[0]

    def test_the_report_says_of_each_test_how_it_ended_and_what_it_validates(self) -> None:
        self.write("test_sample.py", SAMPLE)
        ran = self.run_tests("--junit", "out.xml", "test_sample")
        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertIn("FAILED (failures=", ran.stderr)
        found = [summary(case) for case in self.report()]
        one, two = [("X-1", "AC-1")], [("X-1", "AC-1"), ("X-1", "AC-2@3")]
        flows = "test_sample.Flows"
        self.assertEqual(
            found,
            [
                (
                    "test_sample.Asynchronous",
                    "test_fails",
                    line("test_fails"),
                    [],
                    "failure",
                    "AssertionError",
                    "False is not true",
                ),
                (
                    "test_sample.Broken",
                    "setUpClass",
                    None,
                    [],
                    "error",
                    "RuntimeError",
                    "no database",
                ),
                (
                    flows,
                    "test_crashes",
                    line("test_crashes"),
                    one,
                    "error",
                    "KeyError",
                    "'missing'",
                ),
                (
                    flows,
                    "test_fails_by_assertion",
                    line("test_fails_by_assertion"),
                    two,
                    "failure",
                    "AssertionError",
                    "1 != 2 : bell \\x07, null \\x00, lone \\xd800, newline\nand <tag>",
                ),
                (
                    flows,
                    "test_is_expected_to_fail",
                    line("test_is_expected_to_fail"),
                    one,
                    "skipped",
                    "expectedFailure",
                    "as expected",
                ),
                (
                    flows,
                    "test_is_skipped",
                    line("test_is_skipped"),
                    one,
                    "skipped",
                    None,
                    "not today",
                ),
                (flows, "test_passes", line("test_passes"), one, "passed", None, None),
                (
                    flows,
                    "test_passes_unexpectedly",
                    line("test_passes_unexpectedly"),
                    one,
                    "failure",
                    "UnexpectedSuccess",
                    "expected to fail, but passed",
                ),
                (
                    flows,
                    "test_subtests",
                    line("test_subtests"),
                    one,
                    "error",
                    "OSError",
                    "(n=3): disk",
                ),
                (
                    "test_sample.Unreadable",
                    "test_raises_what_cannot_be_told",
                    line("test_raises_what_cannot_be_told"),
                    [],
                    "error",
                    "test_sample.Unreadable.test_raises_what_cannot_be_told.<locals>.Silent",
                    "its message cannot be read: ValueError",
                ),
            ],
        )
        suite = self.report()
        counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
        self.assertEqual(counts, {"tests": "10", "failures": "3", "errors": "4", "skipped": "2"})
        texts = {case.get("name"): "".join(case.itertext()) for case in suite}
        self.assertIn("(n=1): Traceback", texts["test_subtests"])
        self.assertIn(
            f'test_sample.py", line {line("test_fails_by_assertion") + 1}, in test_fails',
            texts["test_fails_by_assertion"],
        )

    def test_a_file_that_cannot_be_loaded_is_an_error_of_its_own(self) -> None:
        self.write("test_broken.py", "import nothing_of_that_name\n")
        ran = self.run_tests("--junit=out.xml", "discover")
        self.assertEqual(ran.returncode, 1, ran.stderr)
        (case,) = self.report()
        self.assertEqual(
            summary(case)[:6],
            ("unittest.loader._FailedTest", "test_broken", None, [], "error", "ImportError"),
        )

    def test_a_malformed_annotation_is_an_error_that_says_what_to_write(self) -> None:
        self.write(
            "test_broken.py",
            """
            import trail
            @trail.validates(work_item="X-1", criterion="3")
            class Case: ...
            """,
        )
        self.run_tests("--junit=out.xml", "discover")
        text = "".join(self.report().itertext())
        self.assertIn("ValueError: `3` cannot be a criterion; write @trail.validates(", text)

    def test_unittests_own_arguments_and_exit_codes_stay(self) -> None:
        self.write("test_sample.py", SAMPLE)
        ran = self.run_tests(
            "--junit", "deep/er/out.xml", "-v", "-k", "test_passes", "test_sample.Flows"
        )
        self.assertEqual(ran.returncode, 1, ran.stderr)
        names = [case.get("name") for case in self.report("deep/er/out.xml")]
        self.assertEqual(names, ["test_passes", "test_passes_unexpectedly"])
        self.assertIn("test_passes (test_sample.Flows", ran.stderr)
        ran = self.run_tests("--junit", "out.xml", "test_sample.Flows.test_passes")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        ran = self.run_tests("--junit", "out.xml", "-f", "test_sample.Flows")
        self.assertEqual(len(self.report()), 1)
        ran = self.run_tests("--no-such-argument")
        self.assertEqual(ran.returncode, 2, ran.stderr)

    def test_a_run_that_is_interrupted_still_reports_what_it_saw(self) -> None:
        self.write(
            "test_sample.py",
            """
            import unittest
            class Case(unittest.TestCase):
                def test_a(self): ...
                def test_b(self): raise KeyboardInterrupt
                def test_c(self): ...
            """,
        )
        self.run_tests("--junit", "out.xml", "test_sample")
        found = [summary(case)[1:2] + summary(case)[4:6] for case in self.report()]
        self.assertEqual(found, [("test_a", "passed", None), ("test_b", "error", "NoResult")])

    def test_a_missing_or_repeated_file_is_refused(self) -> None:
        for arguments, reason in [
            (["--junit"], "--junit takes the file to write; usage: python -m trail.unittest"),
            (["--junit="], "--junit takes the file to write; usage: python -m trail.unittest"),
            (["--junit", "a", "--junit=b"], "--junit is given twice; usage: "),
        ]:
            with self.subTest(reason):
                ran = self.run_tests(*arguments)
                self.assertEqual(ran.returncode, 2)
                self.assertTrue(ran.stderr.startswith(reason), ran.stderr)

    def test_without_a_file_nothing_is_written(self) -> None:
        self.write("test_sample.py", SAMPLE)
        self.run_tests("test_sample")
        self.assertEqual([path.name for path in self.root.iterdir()], ["test_sample.py"])


def line(name: str) -> int:
    """Returns the line of the sample in which a test's name stands."""
    lines = enumerate(SAMPLE.splitlines(), start=1)
    return next(number for number, text in lines if f"def {name}(" in text)


def summary(case: ET.Element) -> tuple[Any, ...]:
    """Classname, name, line, pairs, outcome, type, message."""
    values = [one.get("value") for one in case.iter("property")]
    pairs = list(zip(values[::2], values[1::2]))
    line: Optional[str] = case.get("line")
    if line is not None:
        assert case.get("file") == "test_sample.py", case.get("file")
    outcomes = [child for child in case if child.tag != "properties"]
    assert len(outcomes) <= 1
    head = (case.get("classname"), case.get("name"), line and int(line), pairs)
    if not outcomes:
        return (*head, "passed", None, None)
    (outcome,) = outcomes
    return (*head, outcome.tag, outcome.get("type"), outcome.get("message"))


if __name__ == "__main__":
    unittest.main()
