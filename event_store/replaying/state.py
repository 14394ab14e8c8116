"""Where a replay stands, in a file that outlives its process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from event_store.replay import Place
from event_store.replaying.errors import ReplayRunning, UnusableState
from event_store.replaying.merging import Leg


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a replay, by partition."""

    run: str
    """Distinguishes this run's records in a topic."""
    topic: str
    legs: dict[int, Leg]
    played: int = 0
    scanned: dict[int, int] = {}
    """For a topic: the offset of its partition up to which this run's records are counted in `legs`."""
    done: bool = False

    def places(self) -> dict[Place, Leg]:
        """Return the legs by place."""
        return {Place(self.topic, partition): leg for partition, leg in self.legs.items()}


class StateFile:
    """The state of one replay, held by one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one; raises `ReplayRunning` and `UnusableState`."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_suffix(".lock"))
            lock.acquire(timeout=0)
        except Timeout:
            raise ReplayRunning(self.path) from None
        except OSError as problem:
            raise UnusableState(self.path, problem.strerror or str(problem)) from problem
        try:
            yield
        finally:
            lock.release()

    def read(self) -> Standing | None:
        """Return what an earlier run left, None where there is nothing."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Standing)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise UnusableState(self.path, str(problem)) from problem

    def write(self, standing: Standing) -> None:
        """Put the state in place of the one before, so that a power cut leaves one of them."""
        unfinished = self.path.with_suffix(".new")
        try:
            with unfinished.open("wb") as file:
                file.write(msgspec.json.encode(standing))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path)
        except OSError as problem:
            raise UnusableState(self.path, problem.strerror or str(problem)) from problem

    def forget(self) -> None:
        """Leave nothing to resume."""
        self.path.unlink(missing_ok=True)
