"""Checking an exported archive offline, beside hashing the same records and nothing more."""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

from event_store.checkpoints import KeyFolder
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from event_store.verifier.canonical import Archive
from event_store.verifier.export import verify_export
from infra.bench.bench import Bench
from infra.bench.contenders.task import Task
from infra.bench.counter import Counts
from infra.bench.course import Course
from infra.bench.figures import Aim, Results
from infra.bench.processes import run_module
from infra.bench.rounds import Comparison, Contender, results, take_turns

OURS = "verifier"
IN_MEMORY = "SHA-256 record by record, bytes in memory"
FROM_FILE = "SHA-256 record by record, bytes decoded from the archive"
WHAT = "Offline verification of an export"
HOW = (
    "one thread, records per second of processor time; packing, signatures, tree, every record, the range and the "
    "numbers of the sources"
)
WHY = (
    "the peer has the records in memory. From an archive their lines must be split and their base64 decoded, which "
    "alone takes several times as long as hashing them; the row below has the peer do that too"
)
WHY_FROM_FILE = (
    "beside decoding and hashing, each record is checked for its spelling, its place, its leaf in the tree (a second "
    "hash) and its number in its source, in plain Python"
)
ROWS = (
    Comparison(what=WHAT, peer=IN_MEMORY, how=HOW, aim=Aim(limit=0.5), why_missed=WHY),
    Comparison(
        what=WHAT,
        peer=FROM_FILE,
        how=f"{HOW}; the peer finds and decodes the base64 of each record first",
        aim=Aim(limit=0.5),
        why_missed=WHY_FROM_FILE,
    ),
)
_BYTES = re.compile(rb'"bytes":"([^"]*)"')


def measure(bench: Bench) -> Results:
    """Verify one archive and hash its records in turns."""
    course = Course(bench, bench.size(40_000, 10_000), partitions=12)
    task = course.task(Counts.name)
    run_module("infra.bench.contenders.without_kafka", task)
    archive = _export(bench, task)
    records = _records(archive.read_bytes())
    contenders: dict[str, Contender] = {
        OURS: _timed(len(records), lambda: _verify(archive)),
        IN_MEMORY: _timed(len(records), lambda: _hash(records)),
        FROM_FILE: _timed(len(records), lambda: _hash(_records(archive.read_bytes()))),
    }
    return results(take_turns(contenders, bench.rounds, unit="records per CPU second"), OURS, ROWS)


def _export(bench: Bench, task: Task) -> Path:
    bench.say(f"sealing and exporting {task.records:,} records")
    keys = KeyFolder(bench.folder / "keys")
    keys.create("bench.example/record")
    path = bench.folder / "export.tar"
    Office(task.database, task.topic, keys).export(Range(), path)
    return path


def _timed(records: int, work: Callable[[], None]) -> Contender:
    def once(_: int) -> float:
        began = process_time()
        work()
        return records / (process_time() - began)

    return once


def _verify(path: Path) -> None:
    with path.open("rb") as file:
        verify_export(Archive(file))


def _records(archive: bytes) -> list[bytes]:
    return [base64.b64decode(found) for found in _BYTES.findall(archive)]


def _hash(records: Sequence[bytes]) -> None:
    for record in records:
        hashlib.sha256(record).digest()
