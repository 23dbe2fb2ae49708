"""What comes of each test, noted while unittest runs it."""

from __future__ import annotations

import re
import time
import unittest
from typing import Any, Optional, Union

from .._link import Link
from .._tests import validated
from ._place import Place, place

_FIXTURE = re.compile(r"(?P<name>\w+) \((?P<of>.+)\)")

# The worst that happened to a test stands for it, however many subtests it has.
_RANK = {"passed": 0, "skipped": 1, "failure": 2, "error": 3}


class Case:
    """One test as the report has it."""

    def __init__(self, test: Any) -> None:
        method = getattr(test, "_testMethodName", None)
        named = isinstance(test, unittest.TestCase) and isinstance(method, str)
        function = getattr(test, method, None) if named and method else None
        if named and function is not None and not _failed_to_load(test):
            kind = type(test)
            self.classname = f"{kind.__module__}.{kind.__qualname__}"
            self.name: str = str(method)
            self.place: Optional[Place] = place(function)
            self.validates: tuple[Link, ...] = validated([kind], function)
        else:
            self.classname, self.name = _told_of(test.id())
            self.place, self.validates = None, ()
        self.seconds = 0.0
        self.outcome: Optional[str] = None
        self.type = ""
        self.message = ""
        self.text: list[str] = []

    def note(self, outcome: str, kind: str = "", message: str = "", text: str = "") -> None:
        """Notes what happened; of several things the worst stands, the others keep their text."""
        if text:
            self.text.append(text)
        if self.outcome is None or _RANK[outcome] > _RANK[self.outcome]:
            self.outcome, self.type, self.message = outcome, kind, message


class Result(unittest.TextTestResult):
    """unittest's own result, which also notes each case."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.cases: list[Case] = []
        self._open: dict[int, tuple[Case, float]] = {}

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        case = Case(test)
        self.cases.append(case)
        self._open[id(test)] = (case, time.perf_counter())

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        opened = self._open.pop(id(test), None)
        if opened is None:
            # Python 3.12.1 ends skipped tests that it never started.
            return
        case, began = opened
        case.seconds = time.perf_counter() - began
        if case.outcome is None:
            case.note("error", "NoResult", "the test ended without a result")

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        self._case(test).note("passed")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self._failed(test, "failure", err)

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self._failed(test, "error", err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            about = subtest._subDescription()
            self._failed(test, "failure" if failed else "error", err, f"{about}: ")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self._case(test).note("skipped", message=reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        # As pytest has it: what is expected to fail is set aside, and has shown nothing.
        self._case(test).note("skipped", "expectedFailure", _message(err[1]))

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        self._case(test).note("failure", "UnexpectedSuccess", "expected to fail, but passed")

    def _failed(self, test: Any, outcome: str, err: Any, about: str = "") -> None:
        text = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]
        self._case(test).note(outcome, _name(err[0]), about + _message(err[1]), about + text)

    def _case(self, test: Any) -> Case:
        # A skipped subtest tells itself; it belongs to its test.
        test = getattr(test, "test_case", test)
        if id(test) in self._open:
            return self._open[id(test)][0]
        case = Case(test)
        self.cases.append(case)
        return case


def _told_of(told: str) -> tuple[str, str]:
    """Returns class and name of what is no method of a class.

    A class or module that could not be set up (`setUpClass (module.Class)`), a file that could not be
    loaded (`unittest.loader._FailedTest.module`), a doctest.
    """
    fixture = _FIXTURE.fullmatch(told)
    if fixture is not None:
        return fixture.group("of"), fixture.group("name")
    classname, _, name = told.rpartition(".")
    return classname, name


def _failed_to_load(test: Any) -> bool:
    return type(test).__module__ == "unittest.loader"


def _name(kind: type[BaseException]) -> str:
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error: Union[BaseException, Any]) -> str:
    try:
        return str(error)
    except Exception as broken:
        return f"its message cannot be read: {type(broken).__name__}"
