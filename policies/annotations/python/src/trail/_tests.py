"""What a test validates: its own links and those of the classes it stands in."""

from __future__ import annotations

from typing import Iterable, Iterator, Optional

from ._annotation import links
from ._link import Link


def validated(classes: Iterable[type], function: object) -> tuple[Link, ...]:
    """Returns the criteria a test validates, each once: those of its classes first, outermost first.

    A test that is inherited has those of the class it is written in, too.
    """
    found: dict[Link, None] = {}
    for cls in classes:
        home = _written_in(cls, function)
        for owner in (cls,) if home in (None, cls) else (home, cls):
            found.update(dict.fromkeys(_validating(owner)))
    found.update(dict.fromkeys(_validating(function)))
    return tuple(found)


def properties(validates: Iterable[Link]) -> list[tuple[str, str]]:
    """Returns the properties of a JUnit test case: a pair per criterion, the item first."""
    return [
        pair
        for link in validates
        for pair in (("trail.work_item", link.work_item), ("trail.criterion", link.claim))
    ]


def _validating(thing: object) -> Iterator[Link]:
    return (link for link in links(thing) if link.role == "validates")


def _written_in(cls: type, function: object) -> Optional[type]:
    plain = getattr(function, "__func__", function)
    name = getattr(plain, "__name__", None)
    if not isinstance(name, str):
        return None
    return next((owner for owner in cls.__mro__ if vars(owner).get(name) is plain), None)
