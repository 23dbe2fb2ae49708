"""Checked by mypy, never run: what may be written and what may not."""

import trail


@trail.validates(work_item="X-1", criterion=["AC-1", "AC-2"])
def double(number: int) -> int:
    return number * 2


four: int = double(2)
link: trail.Link = trail.links(double)[0]

trail.validates(criterion="AC-1")  # type: ignore[call-arg]
trail.validates(work_item="X-1", criterion="AC-1", revision="2")  # type: ignore[arg-type]
trail.implements("X-1", "AC-1")  # type: ignore[call-arg]
