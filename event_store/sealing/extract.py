"""Taking a range of the sealed record out of the database, as the contents of an archive."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import Connection

from event_store.archive.reading import Question
from event_store.checkpoints import VerifierKey
from event_store.events import CATALOGUE
from event_store.export import Contents, Hidden, Shown, Slice
from event_store.merkle import record_leaf
from event_store.readability import is_readable
from event_store.replay import all_entries
from event_store.sealing.sealed_record import SealedRecord
from event_store.spans import Stretch, find_ends

AT_ONCE = 2_000
"""So many records are asked of the server at a time."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A range of recorded time, half-open, of every store or of one."""

    start: datetime | None = None
    end: datetime | None = None
    organisation: str | None = None
    store: str | None = None


class Extract:
    """Reads a range in one transaction, which must see one state of the database (repeatable read)."""

    def __init__(self, connection: Connection[Any], topic: str, wanted: Range) -> None:
        """Raises `NothingSealed`."""
        self._connection = connection
        self._sealed = SealedRecord(connection, topic)
        self._topic = topic
        self._wanted = wanted

    def contents(self, known: Sequence[VerifierKey]) -> Contents:
        """Return the contents of an archive; its lines are read while it is packed."""
        wanted, sealed = self._wanted, self._sealed.checkpoint(known)
        parts = [self._slice(each.partition) for each in sealed.seal.partitions if each.topic == self._topic]
        return Contents(
            origin=sealed.note.decode().partition("\n")[0],
            start=wanted.start,
            end=wanted.end,
            store=None if wanted.store is None else f"{wanted.organisation}/{wanted.store}",
            sealed=sealed,
            first_seal=self._sealed.seal_before(wanted.start),
            keys=known,
            slices=[part for part in parts if part is not None],
            schemas=schemas(),
            read_tile=self._sealed.read_tile,
        )

    def _slice(self, partition: int) -> Slice | None:
        whole = Stretch(topic=self._topic, partition=partition, behind=self._sealed.following(partition))
        within = msgspec.structs.replace(whole, start=self._wanted.start, end=self._wanted.end)
        first, last = self._ends(whole, within)
        if self._wanted.store is not None and not self._has_store(within, first, last):
            return None
        leaf = self._sealed.leaf_of(partition, first)
        return Slice(
            topic=self._topic,
            partition=partition,
            first=leaf,
            count=self._sealed.leaf_of(partition, last) - leaf + 1,
            lines=self._lines(partition, first, last),
        )

    def _ends(self, whole: Stretch, within: Stretch) -> tuple[int, int]:
        """Return the first and last offset: those in the range, and one more at each end to show that it is one."""
        lowest, highest = self._find(whole)
        first, last = self._find(within)
        if first is None or last is None:
            _, earlier = self._find(msgspec.structs.replace(whole, end=self._wanted.start or _FIRST))
            first = lowest if earlier is None else earlier
            behind, _ = self._find(msgspec.structs.replace(whole, first=first + 1))
            return first, first if earlier is None or behind is None else behind
        _, before = self._find(msgspec.structs.replace(whole, behind=first))
        behind, _ = self._find(msgspec.structs.replace(whole, first=last + 1))
        first = lowest if self._wanted.start is None or before is None else before
        last = highest if self._wanted.end is None or behind is None else behind
        return first, last

    def _find(self, stretch: Stretch) -> tuple[Any, Any]:
        return find_ends(self._connection, stretch)

    def _has_store(self, within: Stretch, first: int, last: int) -> bool:
        entries = all_entries(self._connection, self._question(within.partition, first, last + 1, store=self._store))
        return any(within.has(entry.offset, entry.timestamp) for entry in entries)

    def _lines(self, partition: int, first: int, last: int) -> Iterator[Shown | Hidden]:
        for entry in all_entries(self._connection, self._question(partition, first, last + 1)):
            record, about = entry.value or b"", entry.attributes
            is_theirs = (about.organisation, about.store) == self._store and is_readable(record)  # as verifiers ask
            if self._store is None or is_theirs:
                yield Shown(entry.offset, entry.timestamp, record)
            else:
                yield Hidden(record_leaf(entry.offset, entry.timestamp, record))

    @property
    def _store(self) -> tuple[str, str] | None:
        wanted = self._wanted
        return None if wanted.organisation is None or wanted.store is None else (wanted.organisation, wanted.store)

    def _question(self, partition: int, start: int, end: int, **narrowed: Any) -> Question:
        return Question(topic=self._topic, partition=partition, start=start, end=end, limit=AT_ONCE, **narrowed)


def schemas() -> dict[str, bytes]:
    """Return the JSON schema of every type in the catalogue, by file name."""
    return {
        f"{name}.json": msgspec.json.encode(msgspec.json.schema(event), order="sorted") + b"\n"
        for name, event in CATALOGUE.items()
    }
