"""Where a spool drains to."""

from collections.abc import Sequence
from typing import Protocol

from vision_workers.spool.waiting import Waiting


class SinkDown(Exception):
    """The sink takes nothing now; the same records are offered again later."""


class Sink(Protocol):
    """Takes records in order and keeps them."""

    async def send(self, records: Sequence[Waiting]) -> None:
        """Return once every record is safe; raises `SinkDown` when that is not known of all of them."""

    async def close(self) -> None:
        """Let go of what it holds."""


class ListSink:
    """Keeps records in memory."""

    def __init__(self) -> None:
        self.records: list[Waiting] = []
        self.down = False

    async def send(self, records: Sequence[Waiting]) -> None:
        """Keep the records."""
        if self.down:
            raise SinkDown("told to be down")
        self.records.extend(records)

    async def close(self) -> None:
        """Do nothing."""
