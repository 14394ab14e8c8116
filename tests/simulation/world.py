"""A broker, a database and some projectors, to which anything may happen; what must hold is looked at all the time."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec

from event_store.events.event import Event
from event_store.partitions import partition_of
from event_store.serialization import encode
from projections.tables.model_table import ModelTable
from tests.builders.facts import came, crossed
from tests.builders.records import envelope
from tests.simulation.broker import Broker
from tests.simulation.expectation import expected
from tests.simulation.points import Violation, sleep
from tests.simulation.session import RawCursor, Session
from tests.simulation.tables import Tables, Transaction
from tests.simulation.worker import Process

STORES = ("acme/ginza-3", "acme/shop-1", "acme/shop-4")
PARTITIONS = sorted({partition_of(store) for store in STORES})
LINES = ("a", "b", "c")
TRACKS = tuple(f"t{number}" for number in range(8))
MOST_PROCESSES = 3
STEPS_TO_SETTLE = 30_000


class World:
    """Everything there is, and everything that can happen to it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.broker = Broker(chance)
        self.tables = Tables()
        self.tables.watch = self._look
        self.processes: list[Process] = []
        self.happened: Counter[str] = Counter()
        self._sequences: dict[tuple[str, str], int] = {}

    def append_fact(self) -> None:
        """A camera says something."""
        line = "cursed" if self._chance.random() < 0.01 else self._chance.choice(LINES)
        if self._chance.random() < 0.01:
            line = "too-long"
        event: Event = msgspec.structs.replace(crossed(line), track_id=self._chance.choice(TRACKS))
        if self._chance.random() < 0.2:
            event = came(f"v{self._chance.randint(0, 5)}")
        store = self._chance.choice(STORES)
        self.broker.append(store, encode(self._envelope(store, event)))

    def resend(self) -> None:
        """A spool sends a record again, whatever it is."""
        records = [record for log in self.broker.logs.values() for record in log]
        if records:
            again = self._chance.choice(records)
            self.broker.append((again.key or b"").decode(), again.value)

    def append_rubbish(self) -> None:
        """Somebody writes what nobody can take."""
        store = self._chance.choice(STORES)
        unknown = encode(self._envelope(store, crossed(self._chance.choice(LINES))))
        unknown = unknown.replace(b"LineCrossed.v1", b"LineVanished.v1")
        rubbish = msgspec.json.decode(unknown) | {"subject": f"track/{self._chance.choice(TRACKS)}"}
        self.broker.append(store, self._chance.choice([b"{", b"", None, b"\xff", msgspec.json.encode(rubbish)]))

    def lose_fact(self) -> None:
        """A fact never arrives."""
        store = self._chance.choice(STORES)
        self._envelope(store, crossed("a"))

    def skip_offset(self) -> None:
        """An offset is no record's."""
        self.broker.skip(self._chance.choice(PARTITIONS))

    def start(self) -> None:
        """A projector starts, and the group divides the partitions anew."""
        if len(self.processes) < MOST_PROCESSES:
            self.processes.append(Process(self.broker, self.tables, _address))
        self.divide()

    def kill(self) -> None:
        """A projector is killed; the others do not know yet."""
        if self.processes:
            process = self.processes.pop(self._chance.randrange(len(self.processes)))
            self.happened[f"killed at {process.threads[0].at}"] += 1
            process.kill(self._chance)

    def cut(self) -> None:
        """A projector loses its connections to the database."""
        if self.processes:
            self._chance.choice(self.processes).lose_connections(self._chance)

    def divide(self) -> None:
        """The group settles; who is left out goes on as a zombie that does not know it."""
        if not self.processes:
            return
        some = self._chance.randint(1, len(self.processes))
        members = self._chance.sample(self.processes, len(self.processes) if self.broker.is_well else some)
        numbers = self._chance.sample(PARTITIONS, len(PARTITIONS))
        for place, member in enumerate(members):
            member.settle(numbers[place :: len(members)])

    def step(self) -> None:
        """One of the projectors goes on."""
        if self.processes:
            self._chance.choice(self.processes).step(self._chance)

    def calm_down(self) -> None:
        """Nothing goes wrong any longer: all that was said must be taken, and everything must be as told."""
        self.broker.is_well = True
        if not self.processes:
            self.start()
        self.divide()
        for _ in range(STEPS_TO_SETTLE):
            self.step()
            if self._is_taken():
                return self.compare()
        raise Violation(f"stuck: {self._standing()} of {self.broker.ends}")

    def compare(self) -> None:
        """Compare the database with what dictionaries say."""
        told = expected(self.broker.logs)
        became = {place: row[0] for place, row in self.tables.of("ledger").items()}
        _same("places in the ledger", sorted(became), sorted(told.dispositions))
        wrong = {place: row for place, row in became.items() if row != told.dispositions[place]}
        _same("dispositions", wrong, {})
        letters = [place for place, row in became.items() if row in {"dead", "parked"}]
        _same("dead letters", sorted(self.tables.of("dead_letters")), sorted(letters))
        counted = {key: row["count"] for key, row in self.tables.of("tallies").items()}
        _same("crossings", counted, dict(told.crossings))
        numbers = {key[2]: row["last_sequence"] for key, row in self.tables.of("gaps").items()}
        _same("numbers of sources", numbers, told.numbers)
        _same("reported holes", dict(told.reported), dict.fromkeys(told.holes, 1))

    def close(self) -> None:
        """End every projector."""
        for process in self.processes:
            process.kill(self._chance)

    def _look(self, transaction: Transaction) -> None:
        """Before each commit: a partition's checkpoint moves over exactly the records that are written with it."""
        for number, row in transaction.changes.get("checkpoints", {}).items():
            standing = self.tables.of("checkpoints").get(number)
            before = 0 if standing is None else standing["next_offset"]
            written = [offset for place, offset in transaction.changes.get("ledger", {}) if place == number]
            owed = [
                each.offset for each in self.broker.logs.get(number, ()) if before <= each.offset < row["next_offset"]
            ]
            _same(f"records of partition {number} from {before} to {row['next_offset']}", sorted(written), owed)

    def _is_taken(self) -> bool:
        waiting = self.tables.of("outbox")
        return not waiting and all(
            self._standing().get(number, 0) >= log[-1].offset + 1 for number, log in self.broker.logs.items()
        )

    def _standing(self) -> dict[int, int]:
        return {number: row["next_offset"] for number, row in self.tables.of("checkpoints").items()}

    def _envelope(self, store: str, event: Event) -> Any:
        camera = self._chance.choice(["entrance", "till"])
        number = self._sequences[store, camera] = self._sequences.get((store, camera), 0) + 1
        return envelope(event, number, store=store, camera=camera)


def _same(what: str, found: object, told: object) -> None:
    if found != told:
        raise Violation(f"{what}: found {found}, must be {told}")


_CONNECTING: dict[str, Callable[[], Session]] = {}


def _address(process: Process) -> str:
    return _serve(process.connect)


def memory(tables: Tables) -> str:
    """Return an address where the core finds these tables."""
    return _serve(lambda: Session(tables))


def _serve(connecting: Callable[[], Session]) -> str:
    address = f"memory:{len(_CONNECTING)}"
    _CONNECTING[address] = connecting
    return address


async def _connect(url: str, *_: str) -> Session:
    return _CONNECTING[url]()


@contextmanager
def simulated() -> Iterator[None]:
    """Let the core find the simulation where it looks for PostgreSQL, the event loop and the log."""
    silent = SimpleNamespace(info=lambda *_, **__: None, warning=lambda *_, **__: None)
    changes: Sequence[tuple[str, Any]] = [
        ("projections.taking.link.connect", _connect),
        ("event_store.database.AsyncRawCursor", RawCursor),
        ("projections.taking.link.asyncio", SimpleNamespace(sleep=sleep)),
        ("projections.feeding.aiokafka_driver.asyncio", SimpleNamespace(sleep=sleep)),
        ("projections.tables.builds.ModelTable", cache(ModelTable)),
        *((f"projections.taking.{module}.log", silent) for module in ("link", "projector", "continuity")),
        ("projections.feeding.aiokafka_driver.log", silent),
    ]
    with ExitStack() as patches:
        for name, value in changes:
            patches.enter_context(patch(name, value))
        yield
    _CONNECTING.clear()
