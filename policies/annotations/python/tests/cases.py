"""Reads the words every annotation package must take or refuse."""

from __future__ import annotations

import pathlib
from typing import Any, NamedTuple


class Given(NamedTuple):
    line: int
    verdict: str
    arguments: dict[str, Any]
    expected: str


def cases() -> list[Given]:
    file = pathlib.Path(__file__).parents[2] / "cases.tsv"
    found = []
    for line, row in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not row or row.startswith("#"):
            continue
        verdict, work_item, criteria, revision, expected = row.split("\t")
        criterion = [] if criteria == "-" else [text(word) for word in criteria.split(" ")]
        arguments: dict[str, Any] = {"work_item": text(work_item), "criterion": criterion}
        if revision != "-":
            arguments["revision"] = int(revision)
        found.append(Given(line, verdict, arguments, expected))
    return found


def text(word: str) -> str:
    return "" if word == "''" else word
