"""Writes JUnit XML: the element and attribute names that pytest's report has."""

from __future__ import annotations

import os
import re
import tempfile
import xml.etree.ElementTree as ET
from datetime import datetime, timezone

from .._tests import properties
from ._result import Case

# What XML 1.0 cannot carry, not even escaped: a test may print anything.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(file: str, cases: list[Case], began: float) -> None:
    """Writes the report in one move: a reader finds a whole report or none."""
    folder = os.path.dirname(os.path.abspath(file))
    os.makedirs(folder, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".junit-", suffix=".xml")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(report(cases, began))
        os.chmod(draft, 0o644)
        os.replace(draft, file)
    except BaseException:
        os.unlink(draft)
        raise


def report(cases: list[Case], began: float) -> bytes:
    """Returns the report."""

    def count(outcome: str) -> str:
        return str(sum(case.outcome == outcome for case in cases))

    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites,
        "testsuite",
        {
            "name": "unittest",
            "tests": str(len(cases)),
            "failures": count("failure"),
            "errors": count("error"),
            "skipped": count("skipped"),
            "time": _seconds(sum(case.seconds for case in cases)),
            "timestamp": datetime.fromtimestamp(began, timezone.utc).isoformat(),
        },
    )
    suite.extend(_element(case) for case in cases)
    written: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written


def _element(case: Case) -> ET.Element:
    element = ET.Element("testcase", _clean({"classname": case.classname, "name": case.name}))
    if case.place is not None:
        element.set("file", _legal(case.place.file))
        element.set("line", str(case.place.line))
    element.set("time", _seconds(case.seconds))
    pairs = properties(case.validates)
    if pairs:
        holder = ET.SubElement(element, "properties")
        for name, value in pairs:
            ET.SubElement(holder, "property", {"name": name, "value": value})
    if case.outcome not in (None, "passed"):
        attributes = {"type": case.type, "message": case.message}
        told = _clean({name: value for name, value in attributes.items() if value})
        ET.SubElement(element, str(case.outcome), told).text = _legal("\n".join(case.text))
    return element


def _clean(attributes: dict[str, str]) -> dict[str, str]:
    return {name: _legal(value) for name, value in attributes.items()}


def _legal(text: str) -> str:
    """Makes characters visible that XML cannot carry, so that none is lost."""
    return _ILLEGAL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def _seconds(value: float) -> str:
    return f"{value:.6f}"
