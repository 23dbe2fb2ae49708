#!/usr/bin/env python3
"""A second verifier of Trail histories, written from bus/record/FORMAT.md; shares no code with the first.

usage: verify.py DIR

Judges the history in DIR and prints one JSON object. Exits with 0 if all is verified, 3 if an end
is unchecked, 1 if there are findings, 2 if DIR is not a history that can be read.
Needs Python 3.11 and the package `cryptography`, for Ed25519 alone.
"""

import json
import sys
from pathlib import Path

from forms import Unreadable, Wrong, canonical  # noqa: F401 (tests compare how numbers are written)
from history import judge, load


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        history = load(Path(arguments[0]))
    except (OSError, UnicodeError, Unreadable, Wrong) as error:
        print(f"cannot read {arguments[0]}: {error}", file=sys.stderr)
        return 2
    items = [judge(history, *item) for item in history["items"]]
    print(json.dumps({"items": items}, indent=1))
    words = {item["word"] for item in items}
    return 1 if "findings" in words else 3 if "tail: unchecked" in words or not items else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
