"""What an annotation names: its arguments are checked here, once, when the file is loaded."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn, Optional

# Where the forms come from: Trail's own criteria (`AC-3`), Plane's and Jira's keys, GitHub's references.
_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_WORK_ITEM = re.compile(rf"{_WORD}-[1-9][0-9]*|(?:{_WORD}/{_WORD})?#[1-9][0-9]*")
_CRITERION = re.compile(r"(AC-(?:0|[1-9][0-9]{0,3}))(?:@([1-9][0-9]{0,8}))?")
_LARGEST_REVISION = 999_999_999


class Link(NamedTuple):
    """One criterion that an annotation names."""

    role: str
    """What is said of the annotated thing: `validates`, `implements` or `documents`."""
    work_item: str
    """The work item's key."""
    criterion: str
    """The criterion's id."""
    revision: Optional[int] = None
    """The revision of the criterion, where one is named."""

    @property
    def claim(self) -> str:
        """The criterion as reports carry it: `AC-3`, or `AC-3@2` for its revision 2."""
        if self.revision is None:
            return self.criterion
        return f"{self.criterion}@{self.revision}"


def read(role: str, arguments: dict[str, object]) -> tuple[Link, ...]:
    """Returns what the arguments name. Raises `TypeError` or `ValueError` saying what to write."""
    for name in arguments:
        if name not in ("work_item", "criterion", "revision"):
            refuse(role, f"unknown argument `{name}`", TypeError)
    for name in ("work_item", "criterion"):
        if name not in arguments:
            refuse(role, f"`{name}` is missing", TypeError)
    work_item = arguments["work_item"]
    if not isinstance(work_item, str):
        refuse(role, "`work_item` takes a string", TypeError)
    if _WORK_ITEM.fullmatch(work_item) is None:
        refuse(role, f"`{work_item}` cannot be a work item")
    links = _criteria(role, work_item, arguments["criterion"])
    revision = arguments.get("revision")
    if revision is None:
        return links
    if (
        not isinstance(revision, int)
        or isinstance(revision, bool)
        or not 1 <= revision <= _LARGEST_REVISION
    ):
        refuse(role, f"`{revision}` cannot be a revision")
    if len(links) > 1:
        refuse(role, 'a revision goes with one criterion, in a list it is written "AC-3@2"')
    (link,) = links
    if link.revision is not None:
        refuse(role, f"`{link.claim}` names its revision already")
    return (link._replace(revision=revision),)


def _criteria(role: str, work_item: str, given: object) -> tuple[Link, ...]:
    named = [given] if isinstance(given, str) else given
    if not isinstance(named, (list, tuple)) or not all(isinstance(text, str) for text in named):
        refuse(role, "`criterion` takes a string or a list of strings", TypeError)
    if not named:
        refuse(role, "no criterion is named")
    links: list[Link] = []
    for text in named:
        parts = _CRITERION.fullmatch(text)
        if parts is None:
            refuse(role, f"`{text}` cannot be a criterion")
        criterion, revision = parts.groups()
        if any(link.criterion == criterion for link in links):
            refuse(role, f"`{criterion}` is named twice")
        links.append(Link(role, work_item, criterion, int(revision) if revision else None))
    return tuple(links)


def refuse(role: str, reason: str, error: type[Exception] = ValueError) -> NoReturn:
    """Raises an error that says what is wrong and what to write."""
    usage = f'write @trail.{role}(work_item="PROJ-1234", criterion="AC-3")'
    raise error(f"{reason}; {usage}")
