import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from event_store.errors import DatabaseUnreachable
from event_store.serialization import encode
from projections.taking.continuity import Seek
from projections.taking.partition import Applied
from tests.builders.facts import came, crossed
from tests.builders.logs import RECORDED_MS, TOPIC, Log
from tests.builders.records import envelope
from tests.builders.tallies import Takings, ask, crossings, dispositions, tallies


@pytest.fixture
async def takings(database: str) -> AsyncIterator[Takings]:
    takings = Takings(database)
    yield takings
    await takings.close()


async def test_each_record_has_one_row_in_the_ledger_with_its_exact_bytes(takings: Takings) -> None:
    log = Log().add(crossed("gate")).add_bytes(b"\x00\xff not a fact").add_bytes(None).add(crossed("gate"))
    await takings.take(log)

    assert ask(takings.database, 'SELECT value FROM record.ledger ORDER BY "offset"') == [
        record.value for record in log.records
    ]
    assert dispositions(takings.database) == ["applied", "dead", "dead", "applied"]
    assert ask(takings.database, 'SELECT recorded_at FROM record.ledger WHERE "offset" = 0') == [
        datetime.fromtimestamp(RECORDED_MS / 1000, UTC)
    ]


async def test_the_ledger_says_of_a_fact_what_its_envelope_says(takings: Takings) -> None:
    log = Log().add(came("v1"))
    await takings.take(log)

    wrapped = envelope(came("v1"))
    assert ask(
        takings.database,
        "SELECT event_id, type, organisation, store, source, sequence, subject, time FROM record.ledger",
    ) == [
        (
            wrapped.id,
            "shopfloor.ShopperEntered.v1",
            "acme",
            "ginza-3",
            wrapped.source,
            1,
            "visit/v1",
            wrapped.event.time,
        )
    ]


async def test_ledger_read_models_and_checkpoint_move_together(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 7))
    await takings.take(log, batch=3)

    assert tallies(takings.database) == {"gate": 7}
    assert ask(takings.database, "SELECT next_offset, log_end, last_digest FROM record.checkpoints") == [
        (7, 7, hashlib.sha256(log.records[-1].value or b"").digest())
    ]


async def test_records_of_two_months_are_kept_in_two_partitions(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 2))
    log.records[1].timestamp += 31 * 86_400_000
    await takings.take(log)

    assert ask(takings.database, "SELECT tableoid::regclass::text FROM record.ledger ORDER BY 1") == [
        "record.ledger_2026_03",
        "record.ledger_2026_04",
    ]


async def test_a_fact_that_is_sent_again_is_a_duplicate_in_the_same_batch_and_in_a_later_one(takings: Takings) -> None:
    log = Log().add(crossed("gate")).again(0)
    await takings.take(log)
    await takings.apply(log.again(0), log.records[2:])

    assert dispositions(takings.database) == ["applied", "duplicate", "duplicate"]
    assert tallies(takings.database) == {"gate": 1}


async def test_a_fact_that_is_sent_again_after_a_restart_is_a_duplicate_among_new_ones(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 3))
    await takings.take(log)
    later = Takings(takings.database)
    await later.take(log.add(crossed("gate")))  # the first batch looks ids up, the next ones trust them
    await later.apply(log.add(crossed("gate")).again(1), log.records[4:])
    await later.close()

    assert dispositions(takings.database) == [*["applied"] * 5, "duplicate"]
    assert tallies(takings.database) == {"gate": 5}


async def test_a_batch_that_came_before_is_passed_over(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 4))
    await takings.take(log)

    assert await takings.apply(log, log.records[1:3]) is None
    assert isinstance(await takings.apply(log.add(crossed("gate")), log.records[2:]), Applied)
    assert tallies(takings.database) == {"gate": 5}


async def test_a_partition_that_is_not_ours_is_left_alone(takings: Takings) -> None:
    log, other = Log(), Log("acme/elsewhere-1").add(crossed("gate"))
    await takings.start(log)

    assert await takings.apply(other, other.records) is None


async def test_a_batch_that_begins_too_late_is_read_again_from_the_checkpoint(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 9))
    await takings.start(log)

    assert await takings.apply(log, log.records[4:]) == Seek(0)
    assert dispositions(takings.database) == []


async def test_a_lost_connection_is_opened_again_and_nothing_is_taken_twice(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 4))
    await takings.start(log)
    await takings.apply(log, log.records[:2])
    with psycopg.connect(takings.database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert isinstance(await takings.apply(log, log.records[2:]), Applied)
    assert tallies(takings.database) == {"gate": 4}


async def test_an_address_without_a_database_is_an_error_in_one_line() -> None:
    from event_store.database import connect  # noqa: PLC0415  # only this case needs it

    with pytest.raises(DatabaseUnreachable, match="PostgreSQL cannot be used"):
        await connect("postgresql://nobody@127.0.0.1:1/none", "shopfloor_projector")


async def test_after_each_batch_listeners_hear_which_offsets_can_be_asked_for(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 2))
    await takings.start(log)
    with psycopg.connect(takings.database, autocommit=True) as listener:
        listener.execute("LISTEN shopfloor_events")
        await takings.apply(log, log.records)

        (heard,) = listener.notifies(timeout=5, stop_after=1)
        assert heard.payload == f'{{"topic":"{TOPIC}","partition":{log.partition},"first":0,"next":2}}'


async def test_facts_of_a_store_on_another_stores_partition_are_dead_letters(takings: Takings) -> None:
    log = Log()
    stray = next(f"acme/shop-{n}" for n in range(99) if Log(f"acme/shop-{n}").partition != log.partition)
    log.add(crossed("gate"), store=stray).add_bytes(encode(envelope(crossed("gate"))), key="acme/shop-1")
    await takings.take(log)

    assert dispositions(takings.database) == ["dead", "applied"]  # by its partition, whatever the key says
    assert ask(takings.database, 'SELECT reason, error FROM record.dead_letters ORDER BY "offset"') == [
        ("misaddressed", f"{stray} belongs to partition {Log(stray).partition}; write with the murmur2 partitioner"),
    ]


async def test_a_small_batch_is_two_round_trips(takings: Takings, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log().add(*crossings("gate", 3))
    await takings.take(log)
    asked: list[str] = []
    execute, begin = psycopg.AsyncCursor.execute, psycopg.AsyncConnection.transaction

    def executed(*words: Any, **named: Any) -> Any:
        asked.append("statement")
        return execute(*words, **named)

    def begun(*words: Any, **named: Any) -> Any:
        asked.append("transaction")
        return begin(*words, **named)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", executed)
    monkeypatch.setattr(psycopg.AsyncConnection, "transaction", begun)
    log.add(*crossings("gate", 2), *crossings("till", 2))
    await takings.apply(log, log.records[3:])

    assert asked == ["statement", "statement"]
    assert tallies(takings.database) == {"gate": 5, "till": 2}
