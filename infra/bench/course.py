"""The course that contenders run over: facts in a topic, and for each run a database that nobody used."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from msgspec import structs

from event_store.connection import KafkaConnection
from event_store.database import connect
from event_store.ledger import prepare_months
from event_store.topics import Topics
from event_store.writer import EventWriter
from infra.bench.bench import Bench
from infra.bench.contenders.task import Taken, Task
from infra.bench.counter import Counts
from infra.bench.history import Fact, history, write_facts
from infra.bench.rounds import Contender
from infra.errors import ContenderFailed
from projections.rebuilding.rebuild import prepare
from projections.tables.read_model import PROJECTOR_ROLE

WRITTEN_AT_ONCE = 2_000

_LEDGER = "SELECT count(*) FROM record.ledger WHERE disposition = 'applied'"
_COUNTED = "SELECT coalesce(sum(facts), 0)::bigint FROM bench_counts_v1.bench_counts"


class Course:
    """Facts in Kafka, written once; every run starts from nothing."""

    def __init__(self, bench: Bench, records: int, *, partitions: int) -> None:
        self._bench = bench
        self._partitions = partitions
        self._topics = bench.topics(partitions)
        self.records = records
        facts = history(records, seed=bench.seed)
        self._file = bench.folder / f"facts-{secrets.token_hex(4)}.tsv"
        write_facts(self._file, facts)
        bench.say(f"writing {records:,} facts to Kafka")
        asyncio.run(_write(bench.kafka, self._topics, facts))

    def contender(
        self,
        name: str,
        run: Callable[[Task], Taken],
        read_models: str = Counts.name,
        *,
        records: int | None = None,
    ) -> Contender:
        """Return a contender that runs over the course and answers facts per second; a wrong result is no figure."""

        def once(number: int) -> float:
            self._bench.say(f"round {number} of {self._bench.rounds}: {name}")
            task = self.task(read_models, records=records)
            taken = run(task)
            demand_result(name, task)
            self._bench.drop(task.database)
            return taken.rate

        return once

    def task(self, read_models: str, *, records: int | None = None) -> Task:
        """Return a run over all facts, or about the first so many, into a new prepared database."""
        task = new_task(
            self._bench, self._topics, self._partitions, read_models, self.records if records is None else records
        )
        return structs.replace(task, facts=str(self._file))


def new_task(bench: Bench, topics: Topics, partitions: int, read_models: str, records: int) -> Task:
    """Return a run into a new database whose read models are prepared."""
    task = Task(
        kafka=bench.kafka.bootstrap,
        topic=topics.events,
        partitions=partitions,
        database=bench.database(),
        records=records,
        read_models=read_models,
        group=f"bench-{secrets.token_hex(6)}",
    )
    asyncio.run(_prepare(task))
    return task


def demand_result(contender: str, task: Task) -> None:
    """Raise `ContenderFailed` unless the ledger holds the facts and the counter agrees."""
    with psycopg.connect(task.database) as connection:
        (ledger,) = connection.execute(_LEDGER).fetchone() or (0,)
        if ledger < task.records:
            raise ContenderFailed(contender, f"its ledger has {ledger} facts and not {task.records}")
        if task.read_models == Counts.name:
            (counted,) = connection.execute(_COUNTED).fetchone() or (0,)
            if counted != ledger:
                raise ContenderFailed(contender, f"its counters come to {counted}, its ledger has {ledger} facts")


async def _write(connection: KafkaConnection, topics: Topics, facts: list[Fact]) -> None:
    async with EventWriter(connection, topics.events) as writer:
        for begin in range(0, len(facts), WRITTEN_AT_ONCE):
            await writer.write_bytes([(fact.key, fact.value) for fact in facts[begin : begin + WRITTEN_AT_ONCE]])


async def _prepare(task: Task) -> None:
    connection = await connect(task.database, PROJECTOR_ROLE)
    today = datetime.now(UTC)
    try:
        await prepare(connection, task.projections())
        await prepare_months(connection, [(today.year, today.month)])
    finally:
        await connection.close()
