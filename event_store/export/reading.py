"""Reading an archive's records again, after it has been verified."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from event_store.export.errors import ArchiveUnusable
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import VerifierError
from event_store.verifier.export import Checked, verify_export
from event_store.verifier.notes import read_key


class ArchivedRecord(msgspec.Struct, kw_only=True):
    """A record as a Kafka client would have handed it over, but for key and headers, which no archive holds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


class ArchivedSlice(msgspec.Struct, frozen=True):
    """A partition that an archive holds records of, from that leaf on."""

    topic: str
    partition: int
    first: int


class ReadableArchive:
    """An archive that the verifier has accepted."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked

    @property
    def slices(self) -> Sequence[ArchivedSlice]:
        """The partitions that it holds records of."""
        found = ((part.name.rpartition("/"), part.first) for part in self.checked.slices.values())
        return [ArchivedSlice(topic, int(partition), first) for (topic, _, partition), first in found]

    def records(self, part: ArchivedSlice) -> Iterator[ArchivedRecord]:
        """Yield the records of a partition from the first to the last of the archive's range, other stores' left out.

        The record before the range and the one behind it, which show that it is complete, are left out too.
        """
        manifest, behind, inside = self.checked.manifest, list[ArchivedRecord](), False
        for line in self.checked.slices[f"{part.topic}/{part.partition}"].all_lines(self.checked.archive):
            if line.record is None:
                continue
            behind.append(
                ArchivedRecord(
                    topic=part.topic,
                    partition=part.partition,
                    offset=line.offset,
                    timestamp=line.timestamp,
                    value=line.record,
                )
            )
            begun = inside or line.timestamp >= (manifest.start or 0)
            if begun and (manifest.end is None or line.timestamp < manifest.end):
                yield from behind if inside else behind[-1:]
                inside, behind = True, []


@contextmanager
def open_archive(path: Path, pinned: str | None = None) -> Iterator[ReadableArchive]:
    """Verify an archive and yield it; raises `ArchiveUnusable`."""
    try:
        keys = [] if pinned is None else [read_key(pinned)]
    except ValueError as problem:
        raise ArchiveUnusable(path, f"the key to pin is none: {problem}", 2) from problem
    try:
        file = path.open("rb")
    except OSError as problem:
        raise ArchiveUnusable(path, str(problem.strerror), 2) from problem
    with file:
        try:
            checked = verify_export(Archive(file), keys)
        except VerifierError as problem:
            raise ArchiveUnusable(path, str(problem), problem.exit_status) from problem
        yield ReadableArchive(checked)
