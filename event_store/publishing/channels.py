"""A way out for checkpoints, and the simplest one: a folder that others keep."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from event_store.export import Sealed
from event_store.merkle.proofs import ReadTile
from event_store.sealing.errors import Unpublishable
from event_store.sealing.publishing import publish


class Taken(msgspec.Struct, frozen=True):
    """A receiver has everything up to a size of the log of seals."""

    size: int
    cosignatures: Sequence[str] = ()
    """Lines that a witness wants under the newest checkpoint, checked."""


class Channel(Protocol):
    """A receiver of checkpoints."""

    name: str
    every_one: bool
    """Whether it takes each checkpoint, or the newest only."""

    def give(self, sealed: Sealed, before: int, read_seals: ReadTile) -> Taken:
        """Give it a checkpoint, `before` being what it has already; raises `PublishingError` or `Unpublishable`."""


class Folder:
    """A folder that we cannot rewrite: another company's share, a bucket with object lock."""

    every_one = True

    def __init__(self, path: Path) -> None:
        self.name = f"folder {path}"
        self._path = path

    def give(self, sealed: Sealed, before: int, read_seals: ReadTile) -> Taken:  # noqa: ARG002  # the protocol's
        """Put the checkpoint and its seal there."""
        publish(sealed, self._path)
        return Taken(sealed.seal.number + 1)


__all__ = ["Channel", "Folder", "Taken", "Unpublishable"]
