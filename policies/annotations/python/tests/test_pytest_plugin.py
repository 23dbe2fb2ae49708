"""What pytest's JUnit report carries. Each test runs pytest on a project of its own."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

SAMPLE = """
import unittest

import pytest
import trail

@trail.validates(work_item="X-1", criterion=["AC-1", "AC-2@3"])
def test_plain(): ...

def test_without(): ...

@trail.implements(work_item="X-1", criterion="AC-9")
def test_that_only_implements(): ...

@trail.validates(work_item="X-1", criterion="AC-1")
@trail.validates(work_item="X-2", criterion="AC-1", revision=2)
@pytest.mark.parametrize("n", [1, 2])
def test_table(n):
    assert n == 1

@trail.validates(work_item="X-1", criterion="AC-5")
class TestOuter:
    def test_by_class(self): ...

    @trail.validates(work_item="X-1", criterion="AC-6")
    def test_by_both(self): ...

    @trail.validates(work_item="X-1", criterion="AC-7")
    class TestInner:
        def test_by_two_classes(self): ...

class TestSub(TestOuter):
    TestInner = None
    def test_of_its_own(self): ...

@trail.validates(work_item="X-1", criterion="AC-8")
class Case(unittest.TestCase):
    def test_of_unittest(self): ...

    @trail.validates(work_item="X-1", criterion="AC-8")
    def test_named_twice(self): ...
"""

EXPECTED = {
    "test_plain": ["X-1 AC-1", "X-1 AC-2@3"],
    "test_without": [],
    "test_that_only_implements": [],
    "test_table[1]": ["X-1 AC-1", "X-2 AC-1@2"],
    "test_table[2]": ["X-1 AC-1", "X-2 AC-1@2"],
    "TestOuter.test_by_class": ["X-1 AC-5"],
    "TestOuter.test_by_both": ["X-1 AC-5", "X-1 AC-6"],
    "TestOuter.TestInner.test_by_two_classes": ["X-1 AC-5", "X-1 AC-7"],
    # Inherited from the class they are written in.
    "TestSub.test_by_class": ["X-1 AC-5"],
    "TestSub.test_by_both": ["X-1 AC-5", "X-1 AC-6"],
    "TestSub.test_of_its_own": [],
    "Case.test_of_unittest": ["X-1 AC-8"],
    "Case.test_named_twice": ["X-1 AC-8"],
}


def reported(file: Any) -> dict[str, list[str]]:
    found = {}
    for case in ET.parse(file).iter("testcase"):
        pairs = [(one.get("name"), one.get("value")) for one in case.iter("property")]
        assert [name for name, _ in pairs] == ["trail.work_item", "trail.criterion"] * (
            len(pairs) // 2
        )
        values = [value for _, value in pairs]
        place = (case.get("classname") or "").split(".")[1:]
        name = ".".join([*place, case.get("name") or ""])
        found[name] = [f"{item} {claim}" for item, claim in zip(values[::2], values[1::2])]
    return found


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_the_report_carries_what_each_test_validates(
    pytester: pytest.Pytester, workers: list[str], family: str
) -> None:
    pytester.makepyfile(test_sample=SAMPLE)
    if workers:
        pytest.importorskip("xdist")
    ran = pytester.runpytest_subprocess(
        "--junit-xml=out.xml", "-o", f"junit_family={family}", *workers
    )
    ran.assert_outcomes(passed=12, failed=1)
    assert reported(pytester.path / "out.xml") == EXPECTED


def test_a_malformed_annotation_stops_the_file_with_what_to_write(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import trail

        @trail.validates(work_item="X-1", criterion="3")
        def test_one(): ...
        """
    )
    ran = pytester.runpytest_subprocess()
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(
        ["*ValueError: `3` cannot be a criterion; write @trail.validates(work_item=*"]
    )


def test_doctests_and_other_items_without_a_function_are_left_alone(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        test_doc='''
        """
        >>> 1 + 1
        2
        """
        '''
    )
    pytester.runpytest_subprocess("--doctest-modules").assert_outcomes(passed=1)
