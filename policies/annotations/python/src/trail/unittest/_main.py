"""The command line."""

from __future__ import annotations

import sys
import time
import unittest
from typing import Any, Optional

from ._junit import write
from ._result import Result

USAGE = "python -m trail.unittest [--junit FILE] [what `python -m unittest` takes]"


def main(arguments: list[str]) -> None:
    """Runs the tests and exits as unittest does."""
    try:
        file, rest = _split(arguments)
    except ValueError as error:
        print(f"{error}; usage: {USAGE}", file=sys.stderr)
        sys.exit(2)

    class Runner(unittest.TextTestRunner):
        resultclass: Any = Result

        def run(self, test: Any) -> Any:
            began = time.time()
            # Made here, so that what has been seen is written even if the run is interrupted.
            results: list[Result] = []
            self.resultclass = lambda *args, **named: _kept(results, Result(*args, **named))
            try:
                return super().run(test)
            finally:
                if file is not None and results:
                    write(file, results[0].cases, began)

    unittest.main(module=None, argv=["python -m trail.unittest", *rest], testRunner=Runner)


def _kept(results: list[Result], result: Result) -> Result:
    results.append(result)
    return result


def _split(arguments: list[str]) -> tuple[Optional[str], list[str]]:
    """Takes `--junit FILE` or `--junit=FILE` out of the arguments."""
    file: Optional[str] = None
    rest: list[str] = []
    left = iter(arguments)
    for argument in left:
        name, equals, value = argument.partition("=")
        if name != "--junit":
            rest.append(argument)
            continue
        value = value if equals else next(left, "")
        if not value:
            raise ValueError("--junit takes the file to write")
        if file is not None:
            raise ValueError("--junit is given twice")
        file = value
    return file, rest
