"""Annotations that link tests, code and documents to the acceptance criteria of a work item.

    import trail

    @trail.validates(work_item="PROJ-1234", criterion="AC-3")
    def test_a_flow_has_a_duration(): ...

They check their arguments when the file is loaded and give back what they stand on: nothing happens
at run time. `trail` reads them from the source; pytest's and unittest's reports carry them as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional, Sequence, TypeVar

from ._annotation import annotation, links
from ._link import Link

__all__ = ["Link", "documents", "implements", "links", "validates"]

if TYPE_CHECKING:
    T = TypeVar("T")

    def validates(
        *, work_item: str, criterion: str | Sequence[str], revision: Optional[int] = None
    ) -> Callable[[T], T]:
        """Says that a test, or each test of a class, validates a criterion."""

    def implements(
        *, work_item: str, criterion: str | Sequence[str], revision: Optional[int] = None
    ) -> Callable[[T], T]:
        """Says that code implements a criterion."""

    def documents(
        *, work_item: str, criterion: str | Sequence[str], revision: Optional[int] = None
    ) -> Callable[[T], T]:
        """Says that a documented thing documents a criterion."""

else:
    validates = annotation("validates")
    implements = annotation("implements")
    documents = annotation("documents")
