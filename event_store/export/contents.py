"""What goes into an archive, as values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from event_store.checkpoints import Seal, VerifierKey
from event_store.merkle import TileId


class Shown(msgspec.Struct, frozen=True):
    """A record that the archive shows."""

    offset: int
    timestamp_ms: int
    record: bytes


class Hidden(msgspec.Struct, frozen=True):
    """A record of another store, of which the archive shows its leaf hash only."""

    hash: bytes


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring leaves of one partition: the range, with the record before it and the one behind it."""

    topic: str
    partition: int
    first: int
    count: int
    lines: Iterable[Shown | Hidden]
    """In the order of leaves; gone through once."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint, signed by keys of the archive, with the seal that is the last leaf below it."""

    seal: Seal
    note: bytes


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an archive holds."""

    origin: str
    start: datetime | None
    end: datetime | None
    store: str | None
    """`organisation/store` where other stores' records are hidden."""
    sealed: Sealed
    """It covers every slice."""
    first_seal: int
    """The tiles of the log of seals reach back to this one, so that as old a checkpoint can be compared with."""
    keys: Sequence[VerifierKey]
    slices: Sequence[Slice]
    """In the order of topic and partition; without a store one for each partition of the last seal."""
    schemas: Mapping[str, bytes]
    read_tile: Callable[[str, TileId], bytes]
    """Returns a tile of the tree `seals` or `topic/partition`, in the width of the checkpoint."""
