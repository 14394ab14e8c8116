from collections.abc import AsyncIterator
from uuid import uuid5

import msgspec
import pytest

from event_store.events.gaps import GapDetected
from event_store.sales import SaleSource, read_sale
from event_store.serialization import decode, encode
from projections.folding.folding import fold_all
from projections.policies.gaps import MOST_HOLES, Gaps, SourceRow
from projections.taking.outbox import DERIVED_IDS
from tests.builders.facts import crossed
from tests.builders.logs import GINZA, Log
from tests.builders.records import NOON, envelope, recorded
from tests.builders.tallies import Takings, ask, crossings

SOURCE = "/acme/ginza-3/camera/entrance/run1"


@pytest.fixture
async def takings(database: str) -> AsyncIterator[Takings]:
    takings = Takings(database)
    yield takings
    await takings.close()


def found(database: str) -> list[tuple[int, int]]:
    """Return the holes that were reported, as the outbox holds them."""
    events = [decode(value).event for value in ask(database, "SELECT value FROM record.outbox ORDER BY id")]
    return [(event.first_missing, event.last_missing) for event in events if isinstance(event, GapDetected)]


async def test_a_hole_in_a_source_is_reported_once(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 3)).skip(count=4).add(*crossings("gate", 3))
    await takings.take(log, batch=2)
    await takings.apply(log.again(3), log.records[6:])

    assert found(takings.database) == [(4, 7)]


async def test_a_report_says_what_caused_it_and_has_the_same_id_however_often_it_is_made(takings: Takings) -> None:
    log = Log().skip().add(crossed("gate"))
    await takings.take(log)

    (value,) = ask(takings.database, "SELECT value FROM record.outbox")
    report, cause = decode(value), envelope(crossed("gate"), 2)
    assert report.id == str(uuid5(DERIVED_IDS, f"gaps/1/{cause.id}/0"))
    assert report.causationid == cause.id
    assert (report.key, report.source, report.sequence) == (GINZA, "/acme/ginza-3/policy/gaps", 1)
    assert report.event == GapDetected(time=NOON, source_id=SOURCE, first_missing=1, last_missing=1)


async def test_reports_are_numbered_without_holes_by_store(takings: Takings) -> None:
    log = (
        Log()
        .skip()
        .add(crossed("gate"))
        .skip()
        .add(crossed("gate"))
        .skip(camera="back")
        .add(crossed("gate"), camera="back")
    )
    await takings.take(log, batch=2)

    values = ask(takings.database, "SELECT value FROM record.outbox ORDER BY id")
    assert [decode(value).sequence for value in values] == [1, 2, 3]


async def test_a_spool_that_sends_again_makes_no_holes(takings: Takings) -> None:
    log = Log().add(*crossings("gate", 5)).again(2).again(3).again(4).add(crossed("gate"))
    await takings.take(log, batch=3)

    assert found(takings.database) == []


async def test_dead_letters_and_what_is_parked_behind_them_have_arrived(takings: Takings) -> None:
    log = Log().add(crossed("gate"))
    unknown = msgspec.json.decode(encode(envelope(crossed("gate"), 2))) | {"type": "shopfloor.LineJumped.v1"}
    log.add_bytes(msgspec.json.encode(unknown)).skip().add(crossed("gate"))
    await takings.take(log)

    assert ask(takings.database, "SELECT count(*) FROM record.ledger WHERE disposition <> 'applied'") == [2]
    assert found(takings.database) == []


def test_facts_that_arrive_late_fill_the_hole_and_make_no_second_report() -> None:
    policy = Gaps()
    history = [recorded(crossed("gate"), offset) for offset in (0, 5, 2, 1, 3, 4, 6)]

    rows = [list(fold_all(policy, history[:count]).values()) for count in range(1, 8)]
    assert [row.missing for (row,) in rows] == [[], [(2, 5)], [(2, 2), (4, 5)], [(4, 5)], [(5, 5)], [], []]
    assert rows[-1] == [SourceRow(last_sequence=7, missing=[])]


def test_a_source_with_very_many_holes_is_remembered_in_part() -> None:
    history = [recorded(crossed("gate"), 2 * number) for number in range(MOST_HOLES + 10)]

    ((row,),) = [list(fold_all(Gaps(), history).values())]
    assert len(row.missing) == MOST_HOLES


async def test_sales_of_a_till_are_one_row_and_one_that_another_process_told_too_leaves_no_hole(
    takings: Takings,
) -> None:
    one, other = SaleSource("api/ingest"), SaleSource("api/ingest")
    sales = [
        read_sale(
            {
                "store": GINZA, "till": "1", "sale": str(number), "time": "2026-03-02T12:00:00Z", "channel": "till",
                "total": "1", "currency": "EUR",
            }
        )
        for number in range(50)
    ]  # fmt: skip
    log = Log()
    for envelope_ in [*one.envelopes(sales[:30]), *other.envelopes(sales[20:])]:
        log.add_envelope(envelope_)
    await takings.take(log, batch=7)

    assert found(takings.database) == []
    rows = ask(takings.database, "SELECT last_sequence FROM gaps_v1.gaps ORDER BY 1")
    assert [int(each) for each in rows] == [30, 30]
