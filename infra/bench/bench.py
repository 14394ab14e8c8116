"""What every benchmark is given: how often and how much to run, a seed, a folder, and the real services."""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Self

import msgspec
import psycopg
from psycopg import sql

import migrations
from event_store.connection import KafkaConnection
from event_store.topics import Topics
from infra.bench.figures import Results
from infra.local.services import Services
from infra.local.topics import make_topics

SEED = 20_261_121


class Bench:
    """Sizes, seed, scratch and embedded services with fsync on, as in production. A context manager that cleans up.

    `shared` is the folder of real videos and models, where it lies beside the checkout.
    """

    def __init__(
        self,
        folder: Path,
        *,
        quick: bool = False,
        largest: int | None = None,
        shared: Path | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.quick = quick
        self.largest = largest
        """How many events the longest history has, where somebody said so."""
        self.rounds = 1 if quick else 3
        """How many rounds contenders take in turns."""
        self.seed = SEED
        """What all inputs are made from."""
        self.folder = folder
        self.shared = shared
        self._say = say
        self._running = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def size(self, full: int, quick: int) -> int:
        """Return how much to run: `full`, or `quick` in a quick run."""
        return quick if self.quick else full

    def say(self, line: str) -> None:
        """Tell the person who waits what happens."""
        self._say(line)

    @cached_property
    def _services(self) -> Services:
        self.say("starting Kafka and PostgreSQL")
        return self._running.enter_context(Services(self.folder / "services", topics=()))

    @property
    def kafka(self) -> KafkaConnection:
        """A running Kafka of the bench alone; it starts on first use."""
        return KafkaConnection(bootstrap=self._services.kafka)

    def topics(self, partitions: int) -> Topics:
        """Make topics that nobody else uses."""
        names = Topics(prefix=f"bench-{secrets.token_hex(6)}.")
        make_topics(self.kafka, names.specs(partitions), replicas=1)
        return names

    def database(self, *, migrated: bool = True) -> str:
        """Make a database that nobody else uses and return its superuser's address; PostgreSQL starts on first use."""
        server = self._services.database
        name = f"bench_{secrets.token_hex(6)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CHECKPOINT")  # nobody pays for what the one before left to write
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        address = f"{server.rpartition('/')[0]}/{name}"
        if migrated:
            migrations.upgrade(address)
        return address

    def drop(self, database: str) -> None:
        """Drop a database at its address."""
        name = sql.Identifier(database.rpartition("/")[2])
        with psycopg.connect(self._services.database, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


Measure = Callable[[Bench], Results]


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark by its name on the command line and in `docs/benchmarks/<name>.json`."""

    name: str
    title: str
    module: str
    """Where its function `measure(bench) -> Results` is; it is imported when the benchmark runs."""
    by_name_only: bool = False
    """Whether it runs only when it is named, because it takes long."""
