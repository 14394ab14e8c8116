"""What is looked at when it has burned: what the spools were told, the ledger, and the same record folded afresh."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

import migrations
from event_store.checkpoints import KeyFolder
from event_store.connection import KafkaConnection
from event_store.consumers import close
from event_store.database import connect
from event_store.monitoring import Watch, watch
from event_store.monitoring.metrics import Metrics
from event_store.sealing.office import Office
from event_store.sealing.sealed_record import newest_seal
from event_store.serialization import encode
from event_store.topics import EVENTS, PARTITIONS, Topics
from infra.fire.story import first_of_source
from infra.fire.teller import spool_path
from infra.fire.verdict import Entry
from projections.catalogue import READ_MODELS
from projections.tables.digests import Digests, find_digests
from projections.tables.read_model import PROJECTOR_ROLE

PATIENCE_S = 600.0
"""Of no consequence but on a machine that is busy with other things."""

_APPLIED = """
SELECT source, sequence, value FROM record.ledger
WHERE disposition = 'applied' AND source NOT LIKE '%/policy/%' ORDER BY partition, "offset"
"""
_TAKEN = "SELECT partition, next_offset FROM record.checkpoints WHERE name = 'live' AND next_offset > 0"


def told(data: Path, tellers: Mapping[str, Sequence[str]], seed: int) -> dict[str, list[bytes]]:
    """Return the bytes of every fact that a spool has taken, by source, told once more from the seed."""
    facts: dict[str, list[bytes]] = {}
    for name, stores in tellers.items():
        for store in stores:
            counts = _stored(spool_path(data, name), f"/{store}/")
            for envelope in first_of_source(store, seed, counts):
                facts.setdefault(envelope.source, []).append(encode(envelope))
    return facts


def _stored(spool: Path, part: str) -> dict[str, int]:
    with sqlite3.connect(spool) as file:
        rows = file.execute("SELECT source, stored FROM sources").fetchall()
    return {source: stored for source, stored in rows if part in source}


def applied(database: str) -> list[Entry]:
    """Return the facts that the ledger says were applied, in its order; what policies derived is not told."""
    with psycopg.connect(database) as connection:
        return [Entry(*row) for row in connection.execute(_APPLIED)]


def dispositions(database: str) -> dict[str, int]:
    """Return how many records became what."""
    with psycopg.connect(database) as connection:
        return dict(connection.execute("SELECT disposition, count(*) FROM record.ledger GROUP BY 1").fetchall())


def wait_until_told(database: str, stores: int, meanwhile: Callable[[], None]) -> bool:
    """Wait until facts of so many stores have arrived; return whether they have."""
    return _wait_until(lambda: _count_stores(database) == stores, meanwhile)


def _count_stores(database: str) -> int:
    with psycopg.connect(database) as connection:
        ((count,),) = connection.execute("SELECT count(DISTINCT store) FROM record.ledger").fetchall()
    return int(count)


def wait_until_taken(kafka: str, database: str, meanwhile: Callable[[], None]) -> bool:
    """Wait until a database has taken all of Kafka's record; return whether it has."""
    ends: dict[int, int] = {}

    def is_taken() -> bool:
        nonlocal ends
        reached = taken(database)
        if any(reached.get(number, 0) < end for number, end in ends.items()):
            return False
        ends = asyncio.run(_log_ends(kafka))  # policies may have told more since
        return reached == ends

    return _wait_until(is_taken, meanwhile)


def _wait_until(what: Callable[[], bool], meanwhile: Callable[[], None]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not (done := what()) and time.monotonic() < deadline:
        meanwhile()
        time.sleep(0.3)
    return done


def taken(database: str) -> dict[int, int]:
    """Return how many records of each partition a database has taken."""
    with psycopg.connect(database) as connection:
        return dict(connection.execute(_TAKEN).fetchall())


def sealed(database: str) -> dict[int, int]:
    """Return how many records of each partition the newest seal covers."""
    with psycopg.connect(database) as connection:
        newest = newest_seal(connection)
    return {} if newest is None else {state.partition: state.size for state in newest.seal.partitions}


def seals_hold(kafka: str, database: str, data: Path) -> bool:
    """Seal the rest, derive all roots again from the ledger and from Kafka; return whether they are the sealed ones."""
    keys = KeyFolder(data / "keys")
    Office(database, EVENTS, keys).seal()
    job = Watch(
        database=database,
        kafka=KafkaConnection(bootstrap=kafka),
        topics=Topics(),
        folder=data / "monitor",
        keys=keys.public,
        pace=1_000_000,
    )
    look = asyncio.run(watch(job, Metrics(), asyncio.Event(), once=True))
    return look is not None and not (look.divergences or look.unreachable)


async def _log_ends(kafka: str) -> dict[int, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(EVENTS, number) for number in range(PARTITIONS)])
    finally:
        await close(consumer)
    return {place.partition: end for place, end in ends.items() if end}


def make_clean(database: str) -> str:
    """Make an empty, migrated database beside another one and return its address."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE DATABASE clean")
    clean = urlunsplit(urlsplit(database)._replace(path="/clean"))
    migrations.upgrade(clean)
    return clean


def digests(database: str) -> Digests:
    """Return the digest of every read model."""

    async def find() -> Digests:
        connection: psycopg.AsyncConnection[Any]
        async with await connect(database, PROJECTOR_ROLE) as connection:
            return await find_digests(connection, READ_MODELS)

    return asyncio.run(find())
