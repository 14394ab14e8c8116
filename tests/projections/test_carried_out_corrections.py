from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from event_store.serialization import encode
from projections.rebuilding.filling import refill_store
from tests.builders.amending import corrected, fact_at, give_up, retried
from tests.builders.emptied import letters, refilled
from tests.builders.facts import came, crossed, went
from tests.builders.logs import Log
from tests.builders.records import MINUTE, NOON, envelope
from tests.builders.tallies import Takings, ask, crossings, dispositions, tallies

OFFICE = "office"


def of_an_unknown_fact(log: Log) -> Any:
    return msgspec.structs.replace(corrected(fact_at(log, 0), None), event_id="6a4e2b56-4df0-4ef5-8c0c-8f4d64a3b4a1")


def of_no_id(log: Log) -> Any:
    return msgspec.structs.replace(corrected(fact_at(log, 0), None), event_id="nonsense")


def of_another_type(log: Log) -> Any:
    return msgspec.structs.replace(corrected(fact_at(log, 0), None), corrected_type="shopfloor.ShopperEntered.v1")


def of_itself(log: Log) -> Any:
    return give_up(log, log.end)


def of_a_position_that_is_not_there(log: Log) -> Any:
    return retried(log.partition, 999)


def of_a_fact_that_counts(log: Log) -> Any:
    return retried(log.partition, 0)


@pytest.mark.parametrize("batch", [1, 2, 1_000])
async def test_a_corrected_fact_counts_as_the_right_one_and_later_facts_on_top_of_it(
    takings: Takings, batch: int
) -> None:
    log = Log().add(crossed("gate"), crossed("gate"))
    log.add(corrected(fact_at(log, 0), crossed("side")), camera=OFFICE).add(crossed("side"), crossed("gate"))
    await takings.take(log, batch=batch)

    assert tallies(takings.database) == {"gate": 2, "side": 2}
    assert await refilled(takings) == {"gate": 2, "side": 2}


async def test_a_retracted_fact_counts_no_longer(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("side"))
    log.add(corrected(fact_at(log, 0), None), camera=OFFICE)
    await takings.take(log)

    assert tallies(takings.database) == {"side": 1}
    assert await refilled(takings) == {"side": 1}


async def test_the_last_correction_stands(takings: Takings) -> None:
    log = Log().add(crossed("gate"))
    log.add(corrected(fact_at(log, 0), None), corrected(fact_at(log, 0), crossed("side")), camera=OFFICE)
    await takings.take(log)
    await takings.apply(log.add(corrected(fact_at(log, 0), crossed("gate")), camera=OFFICE), log.records[3:])

    assert tallies(takings.database) == {"gate": 1}


async def test_the_ledger_shows_the_wrong_fact_as_it_was_and_the_correction(takings: Takings) -> None:
    log = Log().add(crossed("gate"))
    log.add(corrected(fact_at(log, 0), None), camera=OFFICE)
    await takings.take(log)

    assert ask(takings.database, 'SELECT value FROM record.ledger ORDER BY "offset"') == [
        record.value for record in log.records
    ]
    assert dispositions(takings.database) == ["applied", "applied"]
    assert ask(takings.database, "SELECT subject, value FROM record.amendments") == [
        (f"event/{fact_at(log, 0).envelope.id}", log.records[1].value)
    ]


@pytest.mark.parametrize(
    "change",
    [
        of_an_unknown_fact,
        of_no_id,
        of_another_type,
        of_itself,
        of_a_position_that_is_not_there,
        of_a_fact_that_counts,
    ],
)
async def test_an_amendment_that_takes_hold_of_nothing_changes_nothing(
    takings: Takings, change: Callable[[Log], Any]
) -> None:
    log = Log().add(crossed("gate"))
    await takings.take(log.add(change(log), camera=OFFICE))

    assert dispositions(takings.database) == ["applied", "applied"]
    assert tallies(takings.database) == {"gate": 1} == await refilled(takings)


async def test_nobody_corrects_or_gives_up_what_another_store_has_recorded(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("cursed"))
    neighbour = next(f"acme/shop-{n}" for n in range(99) if Log(f"acme/shop-{n}").partition == log.partition)
    for change in (corrected(fact_at(log, 0), None), give_up(log, 0), give_up(log, 1), retried(log.partition, 1)):
        log.add(change, camera=OFFICE, store=neighbour)
        log.records[-1].key = neighbour.encode()
    await takings.take(log)

    assert tallies(takings.database) == {"gate": 1} == await refilled(takings)
    assert letters(takings.database) == [(1, "fold_failed", None, None)]


@pytest.mark.parametrize("line", ["cursed", "too-long"])
async def test_a_correction_that_no_read_model_can_take_is_a_dead_letter_that_holds_nobody_up(
    takings: Takings, line: str
) -> None:
    log = Log().add(crossed("gate"), crossed("gate"))
    wrong = [corrected(fact_at(log, 1), crossed(line)), corrected(fact_at(log, 0), None)]
    await takings.take(log.add(*wrong, camera=OFFICE).add(crossed("gate")))

    assert dispositions(takings.database) == ["applied", "applied", "dead", "applied", "applied"]
    assert tallies(takings.database) == {"gate": 2} == await refilled(takings)


@pytest.mark.parametrize("batch", [1, 1_000])
async def test_what_becomes_of_two_corrections_of_one_fact_does_not_depend_on_how_they_are_cut(
    takings: Takings, batch: int
) -> None:
    log = Log().add(crossed("gate"))
    twice = [corrected(fact_at(log, 0), crossed("cursed")), corrected(fact_at(log, 0), crossed("side"))]
    await takings.take(log.add(*twice, camera=OFFICE), batch)

    assert dispositions(takings.database) == ["applied", "dead", "applied"]
    assert tallies(takings.database) == {"side": 1}


async def test_a_waiting_fact_that_was_corrected_counts_as_the_right_one_once_it_is_taken(takings: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"))
    await takings.take(log.add(corrected(fact_at(log, 1), crossed("side")), camera=OFFICE))
    assert tallies(takings.database) == {}

    log.add(corrected(fact_at(log, 0), crossed("gate")), retried(log.partition, 0), camera=OFFICE)
    await takings.apply(log, log.records[3:])

    assert tallies(takings.database) == {"gate": 1, "side": 1} == await refilled(takings)


async def test_many_amendments_in_a_row_fill_a_store_once(takings: Takings, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = []

    async def counted(*of: Any) -> None:
        filled.append(of)
        await refill_store(*of)

    monkeypatch.setattr("projections.taking.carrying_out.refill_store", counted)
    log = Log().add(*crossings("gate", 50))
    await takings.take(log.add(*(corrected(fact_at(log, number), None) for number in range(40)), camera=OFFICE))

    assert tallies(takings.database) == {"gate": 10}
    assert len(filled) == 1


def test_encoding_keeps_what_a_correction_says() -> None:
    log = Log().add(came("v1", NOON), went("v1", NOON + MINUTE))

    assert b'"time":"2026-03-02T12:00:00.000Z"' in encode(envelope(corrected(fact_at(log, 0), came("v2", NOON))))
