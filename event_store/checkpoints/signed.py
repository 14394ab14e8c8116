"""What the keys of a folder have signed: kept beside them, so that a restored database is signed as it was."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock

from event_store.checkpoints.errors import UnreadableKey, UnwritableKeys
from event_store.checkpoints.key_files import SECRET, keep_names
from event_store.checkpoints.seals import Seal

FILE = "signed.jsonl"
MOST_BYTES = 100_000_000
"""What is kept at most; then the older half goes."""
TAIL_BYTES = 65_536


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """One checkpoint, in what it takes to make it again from the record."""

    origin: str
    size: int
    """Seals in the log."""
    time_ms: int
    records: dict[str, int]
    """How many of each partition, by `topic/partition`."""
    root: bytes
    """Of the log of seals."""

    @classmethod
    def of(cls, seal: Seal, origin: str, root: bytes) -> "Signed":
        """Return what is kept of a seal."""
        records = {f"{each.topic}/{each.partition}": each.size for each in seal.partitions}
        return cls(origin=origin, size=seal.number + 1, time_ms=seal.time_ms, records=records, root=root)


class SignedLog:
    """The checkpoints of one folder of keys, a line each; a line is on the disk before its checkpoint is signed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = FileLock(folder / ".signed.lock")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else with these keys sign."""
        with self._lock:
            yield

    def newest(self, origin: str) -> Signed | None:
        """Return the last checkpoint of a log."""
        found = [each for each in self._read(TAIL_BYTES) if each.origin == origin]
        return found[-1] if found else None

    def following(self, origin: str, size: int) -> list[Signed]:
        """Return the checkpoints of a log that are larger, in order."""
        return [each for each in self._read(None) if each.origin == origin and each.size > size]

    def keep(self, signed: Signed) -> None:
        """Write a checkpoint down, for good; raises `UnwritableKeys`."""
        try:
            if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
                self._forget_the_older_half()
            with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, SECRET), "r+b") as file:
                if file.seek(0, os.SEEK_END) and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    file.write(b"\n")  # behind a line that a power cut left unfinished: it was not signed
                file.write(msgspec.json.encode(signed) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            keep_names(self._path.parent)
        except OSError as problem:
            raise UnwritableKeys(self._path, problem.strerror or str(problem)) from problem

    def _read(self, most_bytes: int | None) -> list[Signed]:
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(0 if most_bytes is None else max(0, size - most_bytes))
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise UnreadableKey(self._path, problem.strerror or str(problem)) from problem
        return [each for line in lines if (each := _read_line(line)) is not None]

    def _forget_the_older_half(self) -> None:
        unfinished = self._path.with_suffix(".new")
        with (
            self._path.open("rb") as old,
            os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT, SECRET), "wb") as new,
        ):
            old.seek(self._path.stat().st_size - MOST_BYTES // 2)
            old.readline()
            shutil.copyfileobj(old, new)
            new.flush()
            os.fsync(new.fileno())
        unfinished.replace(self._path)


def _read_line(line: bytes) -> Signed | None:
    try:
        return msgspec.json.decode(line, type=Signed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
