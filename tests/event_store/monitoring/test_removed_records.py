"""What Kafka's log has lost at its beginning: let go by its retention, or removed by somebody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from event_store.archive.archiving import Archiving
from event_store.archive.register import find_archive
from event_store.monitoring import Look
from event_store.monitoring.retention import CLOCKS_MS, Retention
from event_store.topics import Topics
from tests.builders.watched import WatchedRecord

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

HOUR_MS = 3_600_000


@pytest.fixture
def record(kafka: str, topics: Topics, database: str, tmp_path: Path) -> Iterator[WatchedRecord]:
    record = WatchedRecord(kafka, topics, database, tmp_path / "monitor")
    yield record
    record.connection.close()


def alarms(look: Look) -> list[tuple[str, str]]:
    return [(each.side, each.position.partition("shopfloor.")[2]) for each in look.divergences]


async def test_what_somebody_removes_is_an_alarm_until_retention_explains_it(record: WatchedRecord) -> None:
    await record.add(0, 400)
    await record.add(1, 5)
    record.seal()
    await record.look()
    await record.remove_before(0, 300)
    await record.remove_before(1, 5)

    look = await record.look()
    assert alarms(look) == [("kafka", "events/0/299"), ("kafka", "events/1/4")]
    assert "retention does not explain (retention.ms -1, retention.bytes -1)" in look.divergences[0].why
    record.start_monitor_again()
    assert alarms(await record.look()) == alarms(look)
    assert len(await record.reported()) == 2

    await record.keep(ms=HOUR_MS)
    assert alarms(await record.look()) == alarms(look)
    await record.keep(bytes=10_000_000)
    assert alarms(await record.look()) == alarms(look)
    await record.keep(ms=1)
    assert alarms(await record.look()) == []
    await record.keep(ms=-1)
    assert alarms(await record.look()) == []  # what was explained once stays so
    await record.add(0, 20)  # whatever Kafka has let go meanwhile, of these it keeps all
    record.seal()
    await record.remove_before(0, 410)
    assert alarms(await record.look()) == [("kafka", "events/0/409")]
    assert (await record.look()).verified["ledger"] == 425


async def test_what_a_retention_let_go_that_was_longer_before_the_next_look_is_no_alarm(record: WatchedRecord) -> None:
    await record.add(0, 40)
    record.seal()
    await record.keep(ms=1)
    assert alarms(await record.look()) == []
    await record.remove_before(0, 30)
    await record.keep(ms=-1)
    record.start_monitor_again()

    assert alarms(await record.look()) == []
    await record.add(0, 5)
    record.seal()
    await record.remove_before(0, 42)
    assert alarms(await record.look()) == [("kafka", "events/0/41")]


async def test_what_came_after_all_that_was_sealed_is_gone_is_no_alarm(record: WatchedRecord) -> None:
    await record.add(0, 5)
    record.seal()
    await record.keep(ms=1)
    await record.add(0, 2)
    await record.remove_before(0, 6)

    assert alarms(await record.look()) == []
    record.seal()
    assert alarms(await record.look()) == []


async def test_what_is_behind_a_removal_is_compared_all_the_same(record: WatchedRecord) -> None:
    sent = await record.produce(0, 400)
    await record.take(0, [*sent[:350], type(sent[0])(350, sent[350].timestamp_ms, b"other"), *sent[351:]])
    record.seal()
    await record.remove_before(0, 300)

    assert alarms(await record.look()) == [("kafka", "events/0/299"), ("kafka", "events/0/350")]


async def test_a_removal_that_was_meant_is_accepted_once_and_the_next_is_an_alarm(record: WatchedRecord) -> None:
    await record.add(0, 40)
    record.seal()
    await record.remove_before(0, 30)
    assert alarms(await record.look()) == [("kafka", "events/0/29")]

    assert alarms(await record.look(accept_removed=True)) == []
    assert alarms(await record.look(accept_removed=False)) == []
    await record.remove_before(0, 31)
    assert alarms(await record.look()) == [("kafka", "events/0/30")]


async def test_a_removal_is_judged_by_what_is_in_the_archive_too(record: WatchedRecord, tmp_path: Path) -> None:
    sent = await record.add(0, 40)
    record.seal()
    month = sent[0].month
    with Archiving(
        record.connection, find_archive(record.connection, str(tmp_path / "a")), lambda _: None
    ) as archiving:
        archiving.archive(month)
    await record.remove_before(0, 30)

    assert alarms(await record.look()) == [("kafka", "events/0/29")]


@pytest.mark.parametrize(
    ("milliseconds", "size", "explained"),
    [
        (None, None, False),
        (HOUR_MS, None, True),
        (HOUR_MS + CLOCKS_MS + 1, None, False),
        (None, 1_000, True),
        (None, 1_001, False),
        (2 * HOUR_MS, 1_000, True),
    ],
)
def test_retention_explains_what_is_older_or_more_than_it_keeps(
    milliseconds: int | None, size: int | None, *, explained: bool
) -> None:
    retention = Retention(milliseconds=milliseconds, bytes=size)

    assert retention.explains(HOUR_MS, left_bytes=1_000) == explained
