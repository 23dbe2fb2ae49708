#!/usr/bin/env python3
"""A second verifier of Trail histories, written from bus/record/FORMAT.md; shares no code with the first.

usage: verify.py DIR|BUNDLE

Judges the history in DIR, or a bundle, and prints one JSON object. Exits with 0 if all is verified, 3
if an end is unchecked or something is withheld, 1 if there are findings, 2 if it is neither.
Needs Python 3.11 and the package `cryptography`, for Ed25519 alone.
"""

import json
import sys
from pathlib import Path

import bundle
from archive import NoBundle
from forms import Unreadable, Wrong, canonical  # noqa: F401 (tests compare how numbers are written)
from history import judge, load


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if Path(arguments[0]).is_file():
        return main_of_bundle(arguments[0])
    try:
        history = load(Path(arguments[0]))
    except (OSError, UnicodeError, Unreadable, Wrong) as error:
        print(f"cannot read {arguments[0]}: {error}", file=sys.stderr)
        return 2
    items = [judge(history, *item) for item in history["items"]]
    print(json.dumps({"items": items}, indent=1))
    words = {item["word"] for item in items}
    return 1 if "findings" in words else 3 if "tail: unchecked" in words or not items else 0


def main_of_bundle(path):
    try:
        with open(path, "rb") as file:
            told = bundle.verify(file)
    except (OSError, NoBundle) as error:
        print(f"cannot read {path}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(told, indent=1))
    return {"findings": 1, "verified": 0}.get(told["word"], 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
