from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from event_store.archive.archiving import Archiving
from event_store.archive.register import find_archive
from event_store.database import connect, connect_blocking
from event_store.replay import Place
from event_store.sealing import Sealer
from event_store.serialization import encode
from infra.deciding import asking
from projections import decisions
from projections.builds import create_build
from projections.continuity import Seek
from projections.decision_errors import ArchivedFact
from projections.filling import Filling, Stretch, refill_store
from projections.read_model import PROJECTOR_ROLE
from projections.rebuild import rebuild
from tests.builders.amending import CURED, corrected, fact_at, give_up, retried
from tests.builders.facts import came, crossed, went
from tests.builders.logs import TOPIC, Log
from tests.builders.months import KEY
from tests.builders.records import MINUTE, NOON, envelope
from tests.builders.tallies import SMALL, Takings, ask, crossings, dispositions, tallies

OFFICE = "office"


@pytest.fixture
async def takings(database: str) -> AsyncIterator[Takings]:
    takings = Takings(database)
    yield takings
    await takings.close()


@pytest.fixture
async def later(database: str) -> AsyncIterator[Takings]:
    """A projector of a later program, which takes what an earlier one could not."""
    takings = Takings(database, CURED)
    yield takings
    await takings.close()


def letters(database: str) -> list[object]:
    return ask(database, 'SELECT "offset", reason, behind, resolved FROM record.dead_letters ORDER BY "offset"')


async def rebuilt(takings: Takings) -> dict[str, int]:
    """Return the tallies of a new build, filled from the ledger."""
    connection = await connect(takings.database, PROJECTOR_ROLE)
    async with connection:
        projection = takings.projector._plan.projections[0]
        (build,) = await rebuild(connection, [projection])
    return dict(ask(takings.database, f"SELECT line_id, count FROM tallies_v1_b{build.build}.tallies"))  # noqa: S608


@pytest.mark.parametrize("batch", [1, 2, 1_000])
async def test_a_corrected_fact_counts_as_the_right_one_and_later_facts_on_top_of_it(
    takings: Takings, batch: int
) -> None:
    log = Log().add(crossed("gate"), crossed("gate"))
    log.add(corrected(fact_at(log, 0), crossed("side")), camera=OFFICE).add(crossed("side"), crossed("gate"))
    await takings.take(log, batch=batch)

    assert tallies(takings.database) == {"gate": 2, "side": 2}
    assert await rebuilt(takings) == {"gate": 2, "side": 2}


async def test_a_retracted_fact_counts_no_longer(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("side"))
    log.add(corrected(fact_at(log, 0), None), camera=OFFICE)
    await takings.take(log)

    assert tallies(takings.database) == {"side": 1}
    assert await rebuilt(takings) == {"side": 1}


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
    assert tallies(takings.database) == {"gate": 1} == await rebuilt(takings)


async def test_nobody_corrects_or_gives_up_what_another_store_has_recorded(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("cursed"))
    neighbour = next(f"acme/shop-{n}" for n in range(99) if Log(f"acme/shop-{n}").partition == log.partition)
    for change in (corrected(fact_at(log, 0), None), give_up(log, 0), give_up(log, 1), retried(log.partition, 1)):
        log.add(change, camera=OFFICE, store=neighbour)
        log.records[-1].key = neighbour.encode()
    await takings.take(log)

    assert tallies(takings.database) == {"gate": 1} == await rebuilt(takings)
    assert letters(takings.database) == [(1, "fold_failed", None, None)]


async def test_a_retried_record_and_what_waits_behind_it_count_at_their_place(takings: Takings, later: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), came("v1"))
    await takings.take(log)
    assert dispositions(takings.database) == ["dead", "parked", "applied"]

    log.add(retried(log.partition, 0), camera=OFFICE).add(crossed("gate"), crossed("cursed"))
    await later.take(log)

    assert dispositions(takings.database) == ["dead", "parked", "applied", "applied", "applied", "applied"]
    assert letters(takings.database) == [(0, "fold_failed", None, "retried"), (1, "parked", 0, "retried")]
    assert tallies(takings.database) == {"cursed": 2, "gate": 2} == await rebuilt(later)


async def test_a_record_that_fails_again_stays_dead_with_the_new_reason(takings: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"))
    await takings.take(log)
    ask(takings.database, "SELECT 1")
    with_old_reason = ask(takings.database, "SELECT error FROM record.dead_letters WHERE behind IS NULL")
    await takings.apply(log.add(retried(log.partition, 0), camera=OFFICE).add(crossed("gate")), log.records[2:])

    assert with_old_reason == ["ValueError: nobody may cross the cursed line"]
    assert letters(takings.database) == [
        (0, "fold_failed", None, None), (1, "parked", 0, None), (3, "parked", 0, None)
    ]  # fmt: skip
    assert tallies(takings.database) == {} == await rebuilt(takings)


async def test_behind_a_skipped_record_the_others_go_on(takings: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), crossed("side"))
    await takings.take(log)
    await takings.apply(log.add(give_up(log, 0), camera=OFFICE).add(crossed("gate")), log.records[3:])

    assert letters(takings.database) == [
        (0, "fold_failed", None, "skipped"), (1, "parked", 0, "retried"), (2, "parked", 0, "retried")
    ]  # fmt: skip
    assert dispositions(takings.database)[-1] == "applied"
    assert tallies(takings.database) == {"gate": 2, "side": 1} == await rebuilt(takings)


async def test_a_second_dead_letter_behind_a_skipped_one_holds_the_rest_up(takings: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), crossed("cursed"), crossed("gate"))
    await takings.take(log)
    await takings.apply(log.add(give_up(log, 0), camera=OFFICE), log.records[4:])

    assert letters(takings.database) == [
        (0, "fold_failed", None, "skipped"),
        (1, "parked", 0, "retried"),
        (2, "fold_failed", None, None),
        (3, "parked", 2, None),
    ]
    assert tallies(takings.database) == {"gate": 1} == await rebuilt(takings)
    await takings.take(log.add(give_up(log, 2), camera=OFFICE))
    assert await rebuilt(takings) == {"gate": 2}


async def test_a_skipped_record_never_counts_even_where_a_later_program_could_take_it(
    takings: Takings, later: Takings
) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"))
    await takings.take(log.add(give_up(log, 0), camera=OFFICE))
    await later.take(log.add(retried(log.partition, 0), camera=OFFICE))

    assert tallies(takings.database) == {"gate": 1} == await rebuilt(later)


async def test_a_new_database_that_a_later_program_fills_comes_to_the_same_rows(later: Takings) -> None:
    log = Log().add(crossed("cursed"), crossed("gate"), crossed("cursed"))
    log.add(give_up(log, 0), retried(log.partition, 2), camera=OFFICE)
    await later.take(log)

    assert tallies(later.database) == {"cursed": 1, "gate": 1} == await rebuilt(later)


async def test_a_fact_that_was_retried_and_comes_again_is_a_duplicate(takings: Takings, later: Takings) -> None:
    log = Log().add(crossed("cursed")).again(0)
    await takings.take(log, batch=1)
    await later.take(log.add(retried(log.partition, 0), camera=OFFICE).again(0))

    assert dispositions(takings.database) == ["dead", "parked", "applied", "duplicate"]
    assert [letter[3] for letter in letters(takings.database)] == ["retried", "duplicate"]  # type: ignore[index]
    assert tallies(takings.database) == {"cursed": 1} == await rebuilt(later)


async def test_a_record_whose_rows_postgresql_refuses_again_stays_dead(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("too-long"), crossed("gate"))
    await takings.take(log)
    log.add(retried(log.partition, 1), retried(log.partition, 1), camera=OFFICE)
    await takings.apply(log, log.records[3:])

    assert letters(takings.database) == [(1, "fold_failed", None, None), (2, "parked", 1, None)]
    assert "out of range" in str(ask(takings.database, "SELECT error FROM record.dead_letters"))
    assert tallies(takings.database) == {"gate": 1} == await rebuilt(takings)


@pytest.mark.parametrize("line", ["cursed", "too-long"])
async def test_a_correction_that_no_read_model_can_take_is_a_dead_letter_that_holds_nobody_up(
    takings: Takings, line: str
) -> None:
    log = Log().add(crossed("gate"), crossed("gate"))
    wrong = [corrected(fact_at(log, 1), crossed(line)), corrected(fact_at(log, 0), None)]
    await takings.take(log.add(*wrong, camera=OFFICE).add(crossed("gate")))

    assert dispositions(takings.database) == ["applied", "applied", "dead", "applied", "applied"]
    assert tallies(takings.database) == {"gate": 2} == await rebuilt(takings)


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

    assert tallies(takings.database) == {"gate": 1, "side": 1} == await rebuilt(takings)


async def test_many_amendments_in_a_row_fill_a_store_once(takings: Takings, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = []

    async def counted(*of: Any) -> None:
        filled.append(of)
        await refill_store(*of)

    monkeypatch.setattr("projections.carrying_out.refill_store", counted)
    log = Log().add(*crossings("gate", 50))
    await takings.take(log.add(*(corrected(fact_at(log, number), None) for number in range(40)), camera=OFFICE))

    assert tallies(takings.database) == {"gate": 10}
    assert len(filled) == 1


async def test_an_unreadable_record_is_given_up_and_retrying_it_changes_nothing(takings: Takings) -> None:
    log = Log().add_bytes(b"{").add(crossed("gate"))
    await takings.take(log.add(retried(log.partition, 0), camera=OFFICE))
    assert letters(takings.database) == [(0, "undecodable", None, None)]

    await takings.apply(log.add(give_up(log, 0), camera=OFFICE), log.records[3:])
    assert letters(takings.database) == [(0, "undecodable", None, "skipped")]


async def test_a_record_that_went_astray_is_given_up_by_its_store_in_its_own_partition(takings: Takings) -> None:
    log = Log()
    stray = next(f"acme/shop-{n}" for n in range(99) if Log(f"acme/shop-{n}").partition != log.partition)
    log.add(crossed("gate"), store=stray)
    home = Log(stray).add(give_up(log, 0), camera=OFFICE)
    await takings.take(log)
    await takings.take(home)

    assert letters(takings.database) == [(0, "misaddressed", None, "skipped")]


async def test_a_rebuild_that_is_on_its_way_while_an_amendment_comes_has_it_in_force(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("gate"))
    await takings.take(log)
    connection = await connect(takings.database, PROJECTOR_ROLE)
    async with connection:
        place = Place(TOPIC, log.partition)
        filling = Filling([await create_build(connection, SMALL[0], 7)])
        await filling.fill(connection, Stretch(place=place, start=0, end=2))
        await takings.apply(log.add(corrected(fact_at(log, 0), crossed("side")), camera=OFFICE), log.records[2:])
        await filling.fill(connection, Stretch(place=place, start=2, end=3))

    assert dict(ask(takings.database, "SELECT line_id, count FROM tallies_v1_b7.tallies")) == {"gate": 1, "side": 1}


async def test_a_rebuild_may_pause_between_amendments_that_were_carried_out_together(
    takings: Takings, later: Takings
) -> None:
    log = Log()
    other = next(f"acme/shop-{n}" for n in range(99) if Log(f"acme/shop-{n}").partition == log.partition)
    log.add(crossed("cursed")).add(crossed("cursed"), store=other)
    await takings.take(log)
    log.add(retried(log.partition, 0), camera=OFFICE).add(retried(log.partition, 1), camera=OFFICE, store=other)
    await later.take(log)

    async with await connect(takings.database, PROJECTOR_ROLE) as connection:
        table, place = await create_build(connection, CURED[0], 7), Place(TOPIC, log.partition)
        for start, end in ((0, 3), (3, 4)):
            await Filling([table]).fill(connection, Stretch(place=place, start=start, end=end))

    assert ask(takings.database, "SELECT line_id || count FROM tallies_v1_b7.tallies") == ["cursed1", "cursed1"]


async def test_after_another_projector_carried_an_amendment_out_this_one_knows_the_new_rows(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("cursed"), crossed("gate"))
    await takings.take(log)
    other, at = Takings(takings.database), log.end
    log.add(corrected(fact_at(log, 0), crossed("side")), give_up(log, 1), camera=OFFICE)
    await other.take(log)
    await other.close()
    log.add(crossed("side"), crossed("gate"))
    while isinstance(outcome := await takings.apply(log, log.records[at:]), Seek):
        at = outcome.offset

    assert tallies(takings.database) == {"gate": 2, "side": 2}


async def test_a_fact_whose_month_is_in_the_archive_is_corrected_as_any_other(takings: Takings, tmp_path: Path) -> None:
    log = Log().add(crossed("gate"), crossed("gate"))
    await takings.take(log)
    with connect_blocking(takings.database, PROJECTOR_ROLE) as connection:
        Sealer(connection, TOPIC, [KEY]).seal(1_000)
        with Archiving(connection, find_archive(connection, str(tmp_path)), lambda _: None) as archiving:
            assert archiving.archive("2026-03") == 2
    wrong = fact_at(log, 0).envelope.id
    async with asking(takings.database) as connection_of_a_person:
        wanted = decisions.Correction(event_id=wrong, right={"line_id": "side"}, reason="seen on the film")
        store, correction = await decisions.correct(connection_of_a_person, TOPIC, wanted, NOON)
        await connection_of_a_person.execute(text("SET ROLE shopfloor_api"))
        await connection_of_a_person.execute(text("SET shopfloor.organisations = '*'"))
        with pytest.raises(ArchivedFact):
            await decisions.correct(connection_of_a_person, TOPIC, wanted, NOON)
    log.add(correction, camera=OFFICE)
    log.records[2].timestamp += 31 * 86_400_000
    await takings.apply(log, log.records[2:])

    assert f"{store.organisation}/{store.store}" == log.store
    assert tallies(takings.database) == {"gate": 1, "side": 1} == await rebuilt(takings)


async def test_as_of_a_position_before_an_amendment_records_count_as_they_did_then(
    takings: Takings, later: Takings
) -> None:
    log = Log().add(crossed("gate"), crossed("cursed"), crossed("gate"))
    await takings.take(log.add(corrected(fact_at(log, 0), crossed("side")), camera=OFFICE))
    await later.take(log.add(retried(log.partition, 1), camera=OFFICE))

    stood = []
    async with await connect(takings.database, PROJECTOR_ROLE) as connection:
        for end in (3, 4, 5):
            table = await create_build(connection, CURED[0], 7)
            await Filling([table]).fill(connection, Stretch(place=Place(TOPIC, log.partition), start=0, end=end))
            stood.append(dict(ask(takings.database, "SELECT line_id, count FROM tallies_v1_b7.tallies")))

    assert stood == [{"gate": 1}, {"side": 1}, {"side": 1, "cursed": 1, "gate": 1}]


def test_encoding_keeps_what_a_correction_says() -> None:
    log = Log().add(came("v1", NOON), went("v1", NOON + MINUTE))

    assert b'"time":"2026-03-02T12:00:00.000Z"' in encode(envelope(corrected(fact_at(log, 0), came("v2", NOON))))
