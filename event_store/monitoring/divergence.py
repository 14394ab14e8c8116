"""What the monitor raises an alarm for."""

import msgspec

from event_store.events.ops import RecordSide

SEALS = "seals"
"""The tree of seals, in the place of `topic/partition`."""


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """A place where one copy of the record is not what was sealed; the first one of its tree."""

    side: RecordSide
    tree: str
    """`topic/partition`, or `seals`."""
    leaf: int
    offset: int | None = None
    """The Kafka offset, where it is known."""
    checkpoint: int
    """The size of the log of seals that it was compared with."""
    why: str

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells one alarm from another."""
        return self.side, self.tree, self.leaf

    @property
    def position(self) -> str:
        """The first bad position, as auditors write it."""
        return f"{self.tree}/{f'leaf {self.leaf}' if self.offset is None else self.offset}"

    def __str__(self) -> str:
        return f"{self.side} at {self.position}: {self.why}"
