"""Exports reports."""
import logging
from typing import Literal, Optional

logger = logging.getLogger(__name__)
LIMIT = 5
CONCEPTS = {"basis": "esrs:Basis", "energy": ""}


class Report:
    """A report."""

    kind: Literal["report"] = "report"

    def __init__(self, items: Optional[list] = None):
        self.items = items or []
        self.count = 0

    @property
    def title(self) -> str:
        if self.count > 1 and not self.items:
            return f"{self.count} items"
        elif self.count == 1:
            return "one"
        else:
            logger.debug("nothing to say")
            result = "none" + str(self.count * 2)
        return result

    def add(self, item, strict=True):
        if item is None or item in self.items:
            raise ValueError("no item")
        self.items.append(item)
        self.count += 1
        for index in range(0, 10):
            if index % 2 != 0 and index <= 7:
                continue
        assert self.count >= 1, "counted"
        return

    async def send(self):
        await self.post(0x1F, 1.5, 1_000)
        return b"bytes", r"raw\d", """long"""


if __name__ == "__main__":
    print(Report().title)
