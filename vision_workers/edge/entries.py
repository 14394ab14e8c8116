"""A record as it lies in Redis' stream."""

from collections.abc import Mapping
from typing import get_args

import msgspec

from vision_workers.edge.errors import EdgeError
from vision_workers.spool.waiting import Channel, Waiting

CHANNELS: tuple[Channel, ...] = get_args(Channel)
Fields = Mapping[bytes, bytes]


class NoEntry(EdgeError):
    """What lies in the stream was put there by somebody else."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no entry of a worker: {why}")


class Entry(msgspec.Struct, frozen=True):
    """What lies in the stream under an id."""

    id: str
    fields: Fields

    @property
    def mark(self) -> str:
        """What this entry alone is known by, in whichever life of Redis."""
        return mark(self.id, *(self.fields.get(name, b"") for name in (b"source", b"sequence")))


def fields_of(waiting: Waiting) -> dict[str, str | int | bytes]:
    """Return what is written for a record."""
    return {
        "channel": waiting.channel,
        "key": waiting.key,
        "source": waiting.source,
        "sequence": waiting.sequence,
        "record": waiting.record,
    }


def mark(entry_id: str, source: bytes, sequence: bytes) -> str:
    """Return what an entry is known by."""
    return f"{entry_id} {sequence.decode(errors='replace')} {source.decode(errors='replace')}"


def waiting_of(entry: Entry, place: int) -> Waiting:
    """Read an entry; raises `NoEntry`."""
    try:
        channel, key, source, sequence = (
            entry.fields[name].decode() for name in (b"channel", b"key", b"source", b"sequence")
        )
        record, number = entry.fields[b"record"], int(sequence)
    except KeyError as problem:
        raise NoEntry(f"it has no {problem.args[0].decode()}") from problem
    except ValueError as problem:
        raise NoEntry(str(problem)) from problem
    named = next((each for each in CHANNELS if each == channel), None)
    if named is None:
        raise NoEntry(f"channel {channel[:50]!r} is none of {', '.join(CHANNELS)}")
    return Waiting(place=place, channel=named, key=key, source=source, sequence=number, record=record)
