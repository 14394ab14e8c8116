"""What the monitor remembers beyond its process, in a file outside of the database that it watches."""

from pathlib import Path

import msgspec

from event_store.monitoring.errors import UnreadableMemory
from event_store.monitoring.retention import Retention
from event_store.monitoring.seal_log import SealsStanding
from event_store.monitoring.walk import Standing

FILE = "memory.json"


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One way over everything, begun at some seal."""

    seals: SealsStanding = SealsStanding()
    walks: dict[str, Standing] = {}
    """By `side topic/partition`."""
    began_ms: int = 0


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """How far the record was checked: what is new, and the slow way over everything."""

    newest: Round = Round()
    again: Round = Round()
    removed: dict[str, int] = {}
    """By `topic/partition`: up to where it was explained once that Kafka's log has lost its beginning."""
    kept: dict[str, Retention] = {}
    """By topic: what Kafka kept of it at the last look."""
    last_round_ms: int = 0
    """How long the last whole round took; 0 before the first one."""
    last_round_ended_ms: int = 0


def recall(folder: Path) -> Memory:
    """Return what is remembered, nothing at the first time; raises `UnreadableMemory`."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except (OSError, msgspec.DecodeError) as problem:
        raise UnreadableMemory(folder / FILE, str(problem)) from problem


def keep(folder: Path, memory: Memory) -> None:
    """Write it in place of what was remembered before; raises `UnreadableMemory`."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = folder / f".{FILE}.new"
        unfinished.write_bytes(msgspec.json.encode(memory))
        unfinished.replace(folder / FILE)
    except OSError as problem:
        raise UnreadableMemory(folder / FILE, problem.strerror or str(problem)) from problem
