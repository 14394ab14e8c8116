"""The monitor beside a real Kafka and a real ledger that somebody meddles with."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import psycopg
import pytest
from pydantic import SecretStr

from event_store.connection import KafkaConnection
from event_store.errors import DatabaseUnreachable
from event_store.events.ops import RecordDiverged
from event_store.monitoring import Look
from event_store.monitoring.sides import LedgerSide
from event_store.topics import Topics
from infra.health.sealing import check_monitor
from infra.settings import Settings
from tests.builders.read_only import only_read_from
from tests.builders.sealed_logs import signing_key
from tests.builders.watched import WatchedRecord

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@pytest.fixture
def record(kafka: str, topics: Topics, database: str, tmp_path: Path) -> Iterator[WatchedRecord]:
    record = WatchedRecord(kafka, topics, database, tmp_path / "monitor")
    yield record
    record.connection.close()


def settings(record: WatchedRecord) -> Settings:
    return Settings(
        kafka=record.kafka.bootstrap, topic_prefix=record.topics.prefix, database=SecretStr(record.database)
    )


def alarms(look: Look) -> list[tuple[str, str, str]]:
    return [
        (each.side, each.position.partition("shopfloor.")[2] or each.position, each.why) for each in look.divergences
    ]


def gauge(record: WatchedRecord, side: str) -> float:
    value = record.metrics.registry.get_sample_value("shopfloor_record_divergences", {"side": side})
    assert value is not None
    return value


async def test_a_record_that_nobody_touched_is_found_as_sealed_on_both_sides(record: WatchedRecord) -> None:
    await record.add(0, 700)
    await record.add(5, 3)
    record.seal()
    first = await record.look()
    await record.add(5, 40)
    record.seal()

    second = await record.look()

    assert (first.verified, first.divergences) == ({"ledger": 703, "kafka": 703}, [])
    assert (second.verified, second.divergences, second.checkpoint) == ({"ledger": 743, "kafka": 743}, [], 2)
    assert second.memory.last_round_ended_ms > 0
    assert await record.reported() == []
    assert check_monitor(settings(record)).state == "ok"


async def test_a_fresh_installation_is_no_alarm(record: WatchedRecord) -> None:
    assert check_monitor(settings(record)).detail == "it has never looked"

    look = await record.look()

    assert (look.checkpoint, look.divergences, look.unreachable) == (0, [], {})
    record.seal()
    assert (await record.look()).divergences == []
    assert check_monitor(settings(record)).state == "ok"


async def test_a_changed_byte_of_an_old_row_is_an_alarm_that_names_the_position(record: WatchedRecord) -> None:
    await record.add(3, 600)
    record.seal()
    await record.look()
    record.change('UPDATE record.ledger SET value = set_byte(value, 3, 120) WHERE "offset" = 431')

    look = await record.look()

    assert alarms(look) == [("ledger", "events/3/431", "the record is not the one that was sealed")]
    assert (gauge(record, "ledger"), gauge(record, "kafka")) == (1, 0)
    finding = check_monitor(settings(record))
    assert finding.state == "fail"
    assert "shopfloor.events/3/431" in finding.detail
    (told,) = await record.reported()
    event = cast("RecordDiverged", told.event)
    assert (event.side, event.leaf, event.offset, event.checkpoint) == ("ledger", 431, 431, 1)


async def test_an_alarm_is_told_once_and_is_over_when_it_is_mended(record: WatchedRecord) -> None:
    await record.add(3, 600)
    record.seal()
    record.change("UPDATE record.ledger SET recorded_at = recorded_at + interval '1 ms' WHERE \"offset\" = 4")
    await record.look()
    record.start_monitor_again()
    assert len((await record.look()).divergences) == 1
    assert len(await record.reported()) == 1

    record.change("UPDATE record.ledger SET recorded_at = recorded_at - interval '1 ms' WHERE \"offset\" = 4")

    assert (await record.look()).divergences == []
    assert gauge(record, "ledger") == 0
    assert check_monitor(settings(record)).state == "ok"


async def test_a_deleted_row_is_an_alarm_that_names_what_is_missing(record: WatchedRecord) -> None:
    await record.add(0, 300)
    record.seal()
    await record.look()
    record.change('DELETE FROM record.ledger WHERE "offset" IN (17, 18)')

    look = await record.look()

    assert alarms(look) == [("ledger", "events/0/17", "the record that was sealed is missing")]


async def test_what_kafka_has_lost_or_holds_otherwise_is_an_alarm(record: WatchedRecord) -> None:
    sent = await record.produce(0, 10)
    await record.take(0, [*sent[:6], type(sent[6])(6, sent[6].timestamp_ms, b"other"), *sent[7:]])
    short = await record.produce(1, 4)
    await record.take(1, [*short, type(sent[0])(4, short[3].timestamp_ms, b"never sent")])
    record.seal()

    look = await record.look()

    assert alarms(look) == [
        ("kafka", "events/0/6", "the record is not the one that was sealed"),
        ("kafka", "events/1/4", "the record that was sealed is missing"),
    ]


async def test_what_kafkas_retention_removed_at_the_beginning_is_no_alarm(record: WatchedRecord) -> None:
    await record.add(0, 400)
    await record.add(1, 5)
    record.seal()
    await record.keep(ms=1)
    await record.remove_before(0, 300)
    await record.remove_before(1, 5)

    assert (await record.look()).divergences == []
    await record.add(0, 30)
    record.seal()
    later = await record.look()

    assert (later.divergences, later.verified["ledger"]) == ([], 435)
    assert later.memory.last_round_ended_ms > 0


async def test_a_record_that_differs_behind_what_retention_removed_is_an_alarm(record: WatchedRecord) -> None:
    sent = await record.produce(0, 400)
    await record.take(0, [*sent[:350], type(sent[0])(350, sent[350].timestamp_ms, b"other"), *sent[351:]])
    record.seal()
    await record.keep(ms=1)
    await record.remove_before(0, 300)

    assert alarms(await record.look()) == [("kafka", "events/0/350", "the record is not the one that was sealed")]


@pytest.mark.parametrize("seals", [1, 2, 3])
async def test_a_history_that_is_written_again_with_the_same_key_is_an_alarm(record: WatchedRecord, seals: int) -> None:
    await record.add(0, 100)
    record.seal()
    await record.add(0, 100)
    record.seal()
    await record.look()

    record.change("UPDATE record.ledger SET value = 'rewritten' WHERE \"offset\" = 7")
    record.change("TRUNCATE record.seals, record.trees, record.tiles")
    for _ in range(seals):
        await record.add(0, 50)
        record.seal()
    look = await record.look()

    assert ("seals", "seals/leaf 1") in [alarm[:2] for alarm in alarms(look)]
    assert ("ledger", "events/0/leaf 0") in [alarm[:2] for alarm in alarms(look)]
    assert gauge(record, "seals") == 1


async def test_a_seal_that_does_not_extend_the_one_before_is_an_alarm(record: WatchedRecord) -> None:
    for _ in range(3):
        await record.add(0, 10)
        record.seal()
    record.change("UPDATE record.seals SET note = (SELECT note FROM record.seals WHERE number = 0) WHERE number = 1")

    look = await record.look()

    assert alarms(look) == [("seals", "seals/leaf 1", "the signed checkpoint does not extend the one before")]
    assert look.checkpoint == 1


async def test_a_seal_by_a_key_that_is_not_ours_is_an_alarm(record: WatchedRecord) -> None:
    await record.add(0, 10)
    record.seal(signing_key(2))

    (alarm,) = alarms(await record.look())

    assert alarm == ("seals", "seals/leaf 0", "not signed by the log shop.example/record")


async def test_an_old_seal_that_is_changed_later_is_found(record: WatchedRecord) -> None:
    for _ in range(3):
        await record.add(0, 10)
        record.seal()
    await record.look()
    record.change("UPDATE record.seals SET entry = set_byte(entry, 20, 57) WHERE number = 1")

    assert ("seals", "seals/leaf 1") in [alarm[:2] for alarm in alarms(await record.look())]


async def test_a_damaged_tile_is_an_alarm_of_its_own(record: WatchedRecord) -> None:
    await record.add(0, 600)
    record.seal()
    record.change("UPDATE record.tiles SET hashes = set_byte(hashes, 3200, 1) WHERE level = 0 AND index = 1")

    assert alarms(await record.look()) == [
        ("tiles", "events/0/356", "the stored tile does not lead to the sealed root")
    ]


async def test_the_ledger_is_watched_while_kafka_is_silent(record: WatchedRecord) -> None:
    await record.add(0, 20)
    record.seal()
    record.change('DELETE FROM record.ledger WHERE "offset" = 19')

    look = await record.look(kafka=KafkaConnection(bootstrap="127.0.0.1:1"))

    assert [alarm[:2] for alarm in alarms(look)] == [("ledger", "events/0/19")]
    assert list(look.unreachable) == ["kafka"]
    assert await record.reported() == []
    assert len((await record.look(kafka=record.kafka)).divergences) == 1
    assert len(await record.reported()) == 1


async def test_a_monitor_goes_on_where_it_was_and_takes_no_more_than_its_pace(record: WatchedRecord) -> None:
    await record.add(0, 500)
    record.seal()

    first = await record.look(pace=100, every_s=2.0)
    record.start_monitor_again()
    second = await record.look(pace=100, every_s=2.0)

    assert [look.verified["ledger"] for look in (first, second)] == [200, 400]


async def test_a_database_that_is_only_read_from_is_waited_for_and_no_alarm(record: WatchedRecord) -> None:
    await record.add(0, 3)
    record.seal()
    with only_read_from(record.database), pytest.raises(DatabaseUnreachable, match="read-only"):
        await record.look()

    assert (await record.look()).divergences == []


def let_the_ledger_say(sqlstate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise psycopg.errors.lookup(sqlstate)("said by PostgreSQL")

    monkeypatch.setattr(LedgerSide, "read", refuse)


@pytest.mark.parametrize("sqlstate", ["08006", "25006"])
async def test_a_copy_that_says_that_it_is_away_is_unreachable(
    record: WatchedRecord, monkeypatch: pytest.MonkeyPatch, sqlstate: str
) -> None:
    await record.add(0, 3)
    record.seal()
    let_the_ledger_say(sqlstate, monkeypatch)

    assert "said by PostgreSQL" in (await record.look()).unreachable["ledger"]


async def test_a_copy_that_says_anything_else_is_not_taken_for_one_that_is_away(
    record: WatchedRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record.add(0, 3)
    record.seal()
    let_the_ledger_say("53200", monkeypatch)

    with pytest.raises(psycopg.errors.OutOfMemory):
        await record.look()
