"""The decorators: they note the links on what they stand on and give it back unchanged."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from ._link import Link, read, refuse

T = TypeVar("T")

_NOTED = "__trail_links__"


def annotation(role: str) -> Callable[..., Callable[[T], T]]:
    """Returns the decorator of a role."""

    def decorator(*positional: object, **arguments: object) -> Callable[[T], T]:
        if positional:
            refuse(role, "the arguments are given by name", TypeError)
        links = read(role, arguments)

        def note(thing: T) -> T:
            holder = _holder(thing)
            # Not what a class inherits: that belongs to the class it is inherited from.
            before = vars(holder).get(_NOTED, ()) if hasattr(holder, "__dict__") else ()
            try:
                # Decorators apply from the bottom up; links keep the order in which they are read.
                setattr(holder, _NOTED, (*links, *before))
            except (AttributeError, TypeError):
                refuse(role, f"`{thing!r}` cannot be annotated", TypeError)
            return thing

        return note

    decorator.__name__ = decorator.__qualname__ = role
    return decorator


def links(thing: object) -> tuple[Link, ...]:
    """Returns the links noted on a function, method or class itself, in the order they are written."""
    holder: Any = _holder(thing)
    while True:
        found = vars(holder).get(_NOTED, ()) if hasattr(holder, "__dict__") else ()
        if found or not hasattr(holder, "__wrapped__"):
            return tuple(found)
        holder = holder.__wrapped__


def _holder(thing: Any) -> Any:
    """Returns what can carry a note: the function behind a method, a static method or a property."""
    if isinstance(thing, property):
        return thing.fget
    return getattr(thing, "__func__", thing)
