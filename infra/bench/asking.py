"""A page of 20 rows over GraphQL with every limit on, beside Strawberry alone on the same resolvers."""

import asyncio
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from subprocess import PIPE, Popen

import msgspec
import psutil

from infra.bench.bench import Bench
from infra.bench.contenders.graphql_server import Served
from infra.bench.contenders.task import ALL
from infra.bench.course import Course
from infra.bench.figures import Aim, Results
from infra.bench.processes import ROOT, run_module
from infra.bench.requests import Asker
from infra.bench.rounds import Comparison, Contender, results, take_turns
from infra.errors import ContenderFailed

SERVER = "infra.bench.contenders.graphql_server"
PAGE = 20
CONNECTIONS = 8
QUERY = """
query Visits($store: ID!, $first: Int!) {
  store(id: $store) {
    visits(first: $first) {
      nodes { id enteredAt entryDoor { key } exitedAt exitDoor { key } reason role durationMs }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
VARIABLES = {"store": "acme/shop-000", "first": PAGE}
HOW = (
    "one server process under Granian, 8 connections, requests counted against the server's own processor time; "
    "the peer is Strawberry's ASGI application with the same types and resolvers, without limits, permissions or caches"
)
OURS, ALONE = "our server", "bare Strawberry"
OURS_STORED, ALONE_STORED = "our server with PostgreSQL", "bare Strawberry with PostgreSQL"
UNIT = "requests per CPU second"


def measure(bench: Bench) -> Results:
    """Ask for the page with answers from memory, where only GraphQL works, and with PostgreSQL."""
    course = Course(bench, 4_000, partitions=12)
    task = course.task(ALL)
    run_module("infra.bench.contenders.without_kafka", task)
    layer = _compare(
        bench,
        task.database,
        Comparison(
            what="GraphQL page of 20 visits, all limits on, rows from memory",
            peer=ALONE,
            how=HOW,
            aim=Aim(limit=4.0),
            why_missed="what is left is HTTP, Strawberry's hooks and the shaping of rows, which both servers do",
        ),
        OURS,
        from_memory=True,
    )
    stored = _compare(
        bench,
        task.database,
        Comparison(what="The same with rows from PostgreSQL", peer=ALONE_STORED, how=HOW),
        OURS_STORED,
        from_memory=False,
    )
    return Results(
        figures=[*layer.figures, *stored.figures],
        missing=[*layer.missing, *stored.missing],
        runs=[*layer.runs, *stored.runs],
    )


def _compare(bench: Bench, database: str, row: Comparison, ours: str, *, from_memory: bool) -> Results:
    contenders: dict[str, Contender] = {
        name: partial(
            _ask,
            bench,
            name,
            Served(database=database, token=secrets.token_hex(16), alone=name != ours, from_memory=from_memory),
        )
        for name in (ours, row.peer)
    }
    return results(take_turns(contenders, bench.rounds, unit=UNIT), ours, [row])


def _ask(bench: Bench, name: str, served: Served, number: int) -> float:
    bench.say(f"round {number} of {bench.rounds}: {name}")
    with serving(name, served) as (server, port):
        asker = Asker(port, served.token, msgspec.json.encode({"query": QUERY, "variables": VARIABLES}))
        answer = msgspec.json.decode(asyncio.run(asker.once()))
        rows = ((answer.get("data") or {}).get("store") or {}).get("visits", {}).get("nodes", [])
        if len(rows) != PAGE:
            raise ContenderFailed(name, f"it answers {str(answer)[:200]}")
        asyncio.run(asker.keep_asking(CONNECTIONS, bench.size(1, 1)))
        before = busy(server)
        asked = asyncio.run(asker.keep_asking(CONNECTIONS, bench.size(3, 2)))
        return asked / (busy(server) - before)


def busy(server: psutil.Process) -> float:
    """Return the seconds of processor time that a process has had."""
    times = server.cpu_times()
    return float(times.user + times.system)


@contextmanager
def serving(name: str, served: Served) -> Iterator[tuple[psutil.Process, int]]:
    """Run a server; yield its process and port."""
    said = msgspec.json.encode(served).decode()
    with Popen([sys.executable, "-m", SERVER, said], stdout=PIPE, text=True, cwd=ROOT) as server:  # noqa: S603  # ours
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not line:
                raise ContenderFailed(name, "it did not start")
            yield psutil.Process(server.pid), int(line)
        finally:
            server.terminate()
