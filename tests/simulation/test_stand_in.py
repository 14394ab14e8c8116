"""The tables in memory answer the projector's core as the real PostgreSQL does."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any, cast

import psycopg
import pytest
from psycopg import AsyncConnection

from event_store import progress
from event_store.database import connect
from event_store.progress import Advance
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.logs import TOPIC, Record
from tests.builders.records import NOON
from tests.builders.tallies import Takings, ask
from tests.simulation.points import Thread, at_once
from tests.simulation.session import Session
from tests.simulation.tables import Tables
from tests.simulation.worker import NO_LIMITS
from tests.simulation.world import World, memory, simulated

Dump = Mapping[str, Sequence[Any]]


def said(seed: int) -> Mapping[int, list[Record]]:
    """Return the logs of a while in which everything was said that can be."""
    world = World(random.Random(seed))  # noqa: S311  # the same logs each time
    for _ in range(40):
        for say in (world.append_fact, world.append_fact, world.resend, world.append_rubbish, world.lose_fact):
            say()
    return world.broker.logs


async def take(takings: Takings, logs: Mapping[int, list[Record]], seed: int) -> None:
    """Take the logs in batches of any size, by one projector after the other."""
    chance = random.Random(seed)  # noqa: S311  # the same batches each time
    for number, log in logs.items():
        starts = await takings.projector.assign({number: len(log)})
        at = starts[number]
        while at < len(log):
            batch = log[at : at + chance.randint(1, 50)]
            await takings.projector.apply(number, batch, log_end=len(log))
            at = takings.projector.next_offset(number) or 0
            if chance.random() < 0.3 and at < len(log):
                at = (await takings.projector.assign({number: len(log)}))[number]
    await takings.close()


@pytest.mark.parametrize("seed", range(3))
async def test_a_record_taken_into_memory_is_as_one_taken_into_postgresql(database: str, seed: int) -> None:
    logs, tables = said(seed), Tables()
    real = Takings(database, limits=NO_LIMITS)
    await real.prepare()
    await take(real, logs, seed)
    with simulated():
        at_once(take(Takings(memory(tables), limits=NO_LIMITS), logs, seed))

    assert of_memory(tables) == of_postgresql(database)


def of_postgresql(database: str) -> Dump:
    return {
        "ledger": ask(database, 'SELECT partition, "offset", disposition, value FROM record.ledger ORDER BY 1, 2'),
        "letters": ask(
            database, 'SELECT partition, "offset", subject, reason, behind FROM record.dead_letters ORDER BY 1, 2'
        ),
        "ids": ask(database, 'SELECT event_id::text, partition, "offset" FROM record.applied ORDER BY 1'),
        "stands": ask(database, "SELECT partition, next_offset, last_digest FROM record.checkpoints ORDER BY 1"),
        "outbox": ask(database, "SELECT partition, key, value FROM record.outbox ORDER BY id"),
        "tallies": ask(database, "SELECT store, line_id, count FROM tallies_v1.tallies ORDER BY 1, 2"),
        "gaps": ask(database, "SELECT source, last_sequence, missing FROM gaps_v1.gaps ORDER BY 1"),
    }


def of_memory(tables: Tables) -> Dump:
    stands = tables.of("checkpoints").items()
    return {
        "ledger": [(*place, *row) for place, row in sorted(tables.of("ledger").items())],
        "letters": [(*place, *row[2:]) for place, row in sorted(tables.of("dead_letters").items())],
        "ids": [(key[0], *place) for key, place in sorted(tables.of("applied").items())],
        "stands": [
            (number, row["next_offset"], bytes.fromhex(row["last_digest"].removeprefix("\\x")))
            for number, row in sorted(stands)
        ],
        "outbox": [(row[1], row[2], row[3]) for _, row in sorted(tables.of("outbox").items())],
        "tallies": sorted((row["store"], row["line_id"], row["count"]) for row in tables.of("tallies").values()),
        "gaps": sorted((row["source"], row["last_sequence"], row["missing"]) for row in tables.of("gaps").values()),
    }


STEP = Advance(
    partition=0, before=0, generation=0, next_offset=5, log_end=5, last_digest=b"\x00", last_recorded_at=NOON
)


async def advance(connection: AsyncConnection[Any], told: list[bool], end: asyncio.Event | None = None) -> None:
    """Move a checkpoint, and keep the transaction open until `end`."""
    async with connection.transaction():
        told.append(await progress.advance(connection, TOPIC, [STEP]))
        if end is not None:
            await end.wait()


async def test_in_postgresql_a_second_writer_waits_for_the_first_and_then_finds_the_checkpoint_moved(
    database: str,
) -> None:
    told: list[bool] = []
    async with (
        await connect(database, PROJECTOR_ROLE) as first,
        await connect(database, PROJECTOR_ROLE) as second,
    ):
        await progress.open_checkpoints(first, TOPIC, [0])
        end = asyncio.Event()
        holding = asyncio.create_task(advance(first, told, end))
        while not told:  # noqa: ASYNC110  # the database answers soon
            await asyncio.sleep(0.01)
        waiting = asyncio.create_task(advance(second, told))
        while not ask(database, "SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110  # the same
            await asyncio.sleep(0.01)
        assert told == [True]
        end.set()
        await asyncio.gather(holding, waiting)

    assert told == [True, False]


def test_in_memory_a_second_writer_waits_for_the_first_and_then_finds_the_checkpoint_moved() -> None:
    tables, told = Tables(), list[bool]()
    first, second = (cast("AsyncConnection[Any]", Session(tables)) for _ in range(2))
    at_once(progress.open_checkpoints(first, TOPIC, [0]))
    holding, waiting = Thread(advance(first, told)), Thread(advance(second, told))
    while holding.at != "commit":
        holding.step()
    for _ in range(5):
        waiting.step()
    assert told == [True]
    assert waiting.at == "lock"
    while not (holding.has_ended and waiting.has_ended):
        (waiting if holding.has_ended else holding).step()

    assert told == [True, False]


def test_in_memory_nothing_of_a_lost_transaction_stays() -> None:
    tables = Tables()
    session = Session(tables)
    connection = cast("AsyncConnection[Any]", session)
    at_once(progress.open_checkpoints(connection, TOPIC, [0]))
    thread = Thread(advance(connection, []))
    while thread.at != "commit":
        thread.step()
    session.lose()

    with pytest.raises(psycopg.OperationalError):
        thread.step()
    assert tables.of("checkpoints")[0]["next_offset"] == 0
    assert tables.holders == {}
