"""The whole line as processes on real services: workers and projectors that can be killed, and what came of it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from event_store.topics import Topics
from infra.supervision.status import WorkerStatus, read_workers
from projections.catalogue import PROJECTIONS
from projections.read_models.watches import Watches
from projections.tables.read_model import schema_name

START = "2026-03-02T12:00:00Z"
PATIENCE_S = 90.0
NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=/)[0-9a-f]{8}(?=[\"/]|$)")
"""Ids of events, visits and tracks, and the names of runs."""

NOTHING: Mapping[str, str] = MappingProxyType({})
Rows = dict[str, list[str]]


class Fact(msgspec.Struct, frozen=True):
    """One row of the ledger."""

    source: str
    sequence: int
    event_id: str
    disposition: str
    value: bytes


class WholeLine:
    """One database and one set of topics, with the processes that work on them."""

    def __init__(
        self, kafka: str, database: str, topics: Topics, folder: Path, settings: Mapping[str, str] = NOTHING
    ) -> None:
        self.database, self.folder = database, folder
        self._settings: dict[str, str] = {
            "SHOPFLOOR_KAFKA": kafka,
            "SHOPFLOOR_DATABASE": database,
            "SHOPFLOOR_TOPIC_PREFIX": topics.prefix,
            "SHOPFLOOR_DATA": str(folder),
            **settings,
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        self._gate = folder / "recordings-go-on"

    def worker(
        self, layouts: Sequence[Path], *, start: str = START, held_before: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a worker that ends when every recording was watched and all is sent.

        With `held_before` its recordings stand still before that frame until `go_on`.
        """
        named = [part for layout in layouts for part in ("--layout", str(layout))]
        words = (*named, "--once", "--start-time", start)
        if held_before is None:
            return self._start("worker", *words)
        return self._start("worker", *words, module=("tests.builders.held_worker", str(held_before), str(self._gate)))

    def live_worker(self, layout: Path) -> subprocess.Popen[bytes]:
        """Start a worker that watches until it is told to stop, and is missed within seconds when it dies."""
        return self._start("worker", "--layout", str(layout), module=("tests.builders.hurried_worker",))

    def go_on(self) -> None:
        """Let the held recordings go on."""
        self._gate.touch()

    def workers_status(self) -> list[WorkerStatus]:
        """Return what the workers said last of how they are."""
        return read_workers(self.folder)

    def projector(self) -> subprocess.Popen[bytes]:
        """Start a projector; it ends when it is told to."""
        return self._start("projector", "--patience", "60")

    def _start(self, *command: str, module: Sequence[str] = ("infra.cli",)) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{command[0]}-{len(self._processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", *module, *command],
            env=os.environ | self._settings,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        log.close()
        self._processes.append(process)
        return process

    def facts(self) -> list[Fact]:
        """Return the ledger without workers' heartbeats, source by source in the order of their numbers."""
        columns = "source, sequence, event_id, disposition, value"
        others = "source NOT LIKE '%/heartbeat/%'"
        with psycopg.connect(self.database) as connection:
            rows = connection.execute(f"SELECT {columns} FROM record.ledger WHERE {others} ORDER BY 1, 2")  # noqa: S608 - constants
            return [Fact(*row) for row in rows]

    def rows(self) -> Rows:
        """Return every read model's rows that follow from frames, ids renamed as the sources name them first."""
        names: dict[str, str] = {}
        facts = sorted(self.facts(), key=lambda fact: (re.sub(r"/[0-9a-f]{8}$", "", fact.source), fact.sequence))
        for fact in facts:
            _rename(fact.value.decode(), names)
        with psycopg.connect(self.database) as connection:
            return {
                projection.name: sorted(_rename(row, names) for row in _table(connection, projection))
                for projection in PROJECTIONS
                if not isinstance(projection, Watches)
            }

    def wait_for(self, what: Callable[[list[Fact]], bool], why: str) -> None:
        """Wait until the ledger is so."""
        self.wait_until(lambda: what(self.facts()), why)

    def wait_until(self, holds: Callable[[], bool], why: str) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            failed = [each.args for each in self._processes if (each.poll() or 0) > 0]
            assert not failed, f"{failed} ended\n{self.logs()}"
            assert time.monotonic() < deadline, f"{why}: {len(self.facts())} facts\n{self.logs()}"
            time.sleep(0.1)

    def logs(self) -> str:
        """Return the last lines that the processes wrote."""
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """End every process."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def whole_line(
    kafka: str, database: str, topics: Topics, folder: Path, settings: Mapping[str, str] = NOTHING
) -> Iterator[WholeLine]:
    """Yield a line whose processes are gone afterwards; settings beside the addresses come last."""
    line = WholeLine(kafka, database, topics, folder, settings)
    try:
        yield line
    finally:
        line.stop()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process as power loss would."""
    assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


def _table(connection: psycopg.Connection[Any], projection: Any) -> Iterator[str]:
    pointer = "SELECT version, build FROM record.current_versions WHERE projection = %s"
    found = connection.execute(pointer, (projection.name,)).fetchone()
    assert found is not None, f"{projection.name} has no build"
    table = sql.Identifier(schema_name(projection.name, *found), projection.table.name)
    for (row,) in connection.execute(sql.SQL("SELECT row_to_json(t)::text FROM {} t").format(table)):
        yield row


def renamed(facts: Sequence[bytes]) -> list[str]:
    """Return records with their ids renamed in order of appearance; two runs of one recording are equal then."""
    names: dict[str, str] = {}
    return [_rename(fact.decode(), names) for fact in facts]


def _rename(text: str, names: dict[str, str]) -> str:
    return NAMES.sub(lambda found: names.setdefault(found[0], f"id-{len(names)}"), text)
