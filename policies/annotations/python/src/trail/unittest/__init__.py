"""`python -m trail.unittest`: runs unittest's tests and writes what came of them as JUnit XML.

    python -m trail.unittest [--junit FILE] [what `python -m unittest` takes]

It prints and exits as `python -m unittest` does.
"""

from ._main import main

__all__ = ["main"]
