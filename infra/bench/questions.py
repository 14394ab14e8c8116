"""What a front end asks, and how long a server takes to answer."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import msgspec

from infra.bench.asking import serving
from infra.bench.contenders.graphql_server import Served
from infra.bench.requests import Asker
from infra.errors import ContenderFailed

STORE = "acme/shop-000"
ZONE = f"{STORE}/zone/dairy"
HOUR = 'figures(range: {moments: {start: "2026-03-02T09:00:00Z", end: "2026-03-02T10:00:00Z"}})'


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One request about a store."""

    what: str
    asks: str
    """The fields of the store."""

    @property
    def body(self) -> bytes:
        """The request's body."""
        query = f'{{ store(id: "{STORE}") {{ {self.asks} }} }}'
        return msgspec.json.encode({"query": query})


QUESTIONS = (
    Question(what="The first 20 visits", asks="visits(first: 20) { nodes { id enteredAt exitedAt durationMs } }"),
    Question(what="Who came in an hour of the first day", asks=f"{HOUR} {{ traffic {{ entered left }} }}"),
    Question(
        what="The busiest minute of that hour", asks=f"{HOUR} {{ traffic {{ busiestMinute {{ start entered }} }} }}"
    ),
    Question(
        what="Zones of that hour with dwell",
        asks=f"{HOUR} {{ zones {{ zone {{ name }} visitors dwell {{ count medianMs p90Ms }} }} }}",
    ),
    Question(what="Lines of that hour", asks=f"{HOUR} {{ lines {{ line {{ name }} inward outward }} }}"),
    Question(
        what="Occupancy of that hour by the minute",
        asks=f"{HOUR} {{ occupancy {{ series(every: MINUTE) {{ start inside peak }} }} }}",
    ),
    Question(
        what="Stays in one zone, page of 50",
        asks=f'stays(where: {{zone: "{ZONE}", ended: true}}) {{ nodes {{ id dwellMs }} }}',
    ),
    Question(what="Visits that go on", asks="visits(first: 20, where: {ended: false}) { nodes { id enteredAt } }"),
    Question(what="Stays that go on", asks="stays(where: {ended: false}) { nodes { id enteredAt } }"),
    Question(what="Cameras", asks="cameras { id status lastFrameAt }"),
)


class Server:
    """A server on one database."""

    def __init__(self, name: str, port: int, token: str) -> None:
        self._name = name
        self._port = port
        self._token = token

    def median_ms(self, question: Question, times: int) -> float:
        """Ask again and again; return the median of the times that answers took."""
        asker = Asker(self._port, self._token, question.body)
        answer = msgspec.json.decode(asyncio.run(asker.once()))
        if not (answer.get("data") or {}).get("store"):
            raise ContenderFailed(self._name, f"it answers {str(answer)[:200]}")
        return 1000 * median(asyncio.run(asker.times(times)))


@contextmanager
def served(database: str) -> Iterator[Server]:
    """Serve a database with every limit on."""
    told = Served(database=database, token=secrets.token_hex(16), alone=False, from_memory=False)
    with serving("our server", told) as (_, port):
        yield Server("our server", port, told.token)
