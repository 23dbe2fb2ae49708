"""Where a test is written."""

from __future__ import annotations

import ast
import functools
import inspect
import os
import tokenize
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A file, from the current folder where it lies below it, and the line of the test's name."""

    file: str
    line: int


def place(function: Any) -> Place | None:
    """Returns where a test is written; none if it was not read from a file."""
    plain = inspect.unwrap(getattr(function, "__func__", function))
    code = getattr(plain, "__code__", None)
    if code is None or not os.path.isfile(code.co_filename):
        return None
    path = os.path.abspath(code.co_filename)
    below = os.path.relpath(path)
    if below != os.pardir and not below.startswith(os.pardir + os.sep):
        path = below
    # A function's code begins at its first decorator.
    line = _definitions(code.co_filename).get(code.co_firstlineno, code.co_firstlineno)
    return Place(path.replace(os.sep, "/"), line)


@functools.lru_cache(maxsize=None)
def _definitions(file: str) -> dict[int, int]:
    """Returns the line of each decorated function's name by the line of its first decorator."""
    try:
        with tokenize.open(file) as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.decorator_list[0].lineno: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.decorator_list
    }
