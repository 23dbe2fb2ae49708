"""The pytest plugin: reports carry what each test validates.

`pytest --junit-xml=FILE` then writes the properties `trail.work_item` and `trail.criterion`, a pair per
criterion. They travel with the test's report, so they survive pytest-xdist and reach other reporters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._tests import properties, validated

if TYPE_CHECKING:
    import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Gives a test its properties, once, when pytest has found it."""
    function = getattr(item, "function", None)
    if function is None:
        return
    objects = (getattr(node, "obj", None) for node in item.listchain())
    classes = [thing for thing in objects if isinstance(thing, type)]
    item.user_properties.extend(properties(validated(classes, function)))
