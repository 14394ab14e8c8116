import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from event_store.database import connect
from event_store.events.event import Event
from event_store.replay import Place
from infra.deciding import asking
from projections.deciding import decisions
from projections.deciding.decision_errors import ArchivedFact
from projections.rebuilding.filling import Filling, Stretch
from projections.tables.builds import create_build
from projections.tables.read_model import PROJECTOR_ROLE
from projections.taking.continuity import Seek
from tests.builders.amending import CURED, corrected, fact_at, give_up, of_visit, retried
from tests.builders.archived import archived, until
from tests.builders.emptied import refilled
from tests.builders.facts import crossed
from tests.builders.logs import TOPIC, Log
from tests.builders.records import NOON
from tests.builders.tallies import SMALL, Takings, ask, tallies

OFFICE = "office"


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


async def test_a_fact_whose_month_is_in_the_archive_is_corrected_as_any_other(database: str, tmp_path: Path) -> None:
    takings = Takings(database)
    log = await archived(takings, tmp_path)
    wrong = fact_at(log, 0).envelope.id
    async with asking(takings.database) as connection_of_a_person:
        wanted = decisions.Correction(event_id=wrong, right={"line_id": "side"}, reason="misplaced")
        store, correction = await decisions.correct(connection_of_a_person, TOPIC, wanted, NOON)
        await connection_of_a_person.execute(text("SET ROLE shopfloor_api"))
        await connection_of_a_person.execute(text("SET shopfloor.organisations = '*'"))
        with pytest.raises(ArchivedFact):
            await decisions.correct(connection_of_a_person, TOPIC, wanted, NOON)
    log.add(correction, camera=OFFICE)
    log.records[2].timestamp += 31 * 86_400_000
    await takings.apply(log, log.records[2:])

    await takings.close()

    assert f"{store.organisation}/{store.store}" == log.store
    assert tallies(takings.database) == {"gate": 1, "side": 1} == await refilled(takings)


async def test_while_the_archive_is_away_a_correction_of_an_old_fact_waits_and_then_goes_on(
    database: str, tmp_path: Path
) -> None:
    takings, folder, away = Takings(database), tmp_path / "archive", tmp_path / "away"
    log = await archived(takings, folder)
    a_month_later(log, corrected(fact_at(log, 0), crossed("side")))
    folder.rename(away)
    with structlog.testing.capture_logs() as lines:
        waiting = asyncio.create_task(takings.apply(log, log.records[2:]))
        await until(lambda: any("are missing" in str(line) for line in lines))
        folder.write_text("the mount failed")
        await until(lambda: any("cannot be used: Not a directory" in str(line) for line in lines))
        assert not waiting.done()
        assert tallies(database) == {"gate": 2}
        folder.unlink()
        away.rename(folder)
        await waiting
    await takings.close()

    assert {line["event"] for line in lines} == {"waiting for the archive"}
    assert tallies(database) == {"gate": 1, "side": 1}


def a_month_later(log: Log, correction: Event) -> Log:
    """Append a correction."""
    log.add(correction, camera=OFFICE)
    log.records[-1].timestamp += 31 * 86_400_000
    return log


async def test_as_of_a_position_before_an_amendment_records_count_as_they_did_then(
    takings: Takings, later: Takings
) -> None:
    log = Log().add(crossed("gate"), crossed("cursed"), crossed("gate"))
    await takings.take(log.add(corrected(fact_at(log, 0), crossed("side")), camera=OFFICE))
    await later.take(log.add(retried(log.partition, 1), camera=OFFICE))

    stood = await as_of(takings.database, log, [3, 4, 5])
    assert stood == [{"gate": 1}, {"side": 1}, {"side": 1, "cursed": 1, "gate": 1}]


async def test_as_of_a_position_between_amendments_that_were_carried_out_together_the_first_are_in_force(
    takings: Takings, later: Takings
) -> None:
    log = Log().add(*(of_visit(visit, "cursed") for visit in ("ann", "bob", "eve")), of_visit("eve", "gate"))
    await takings.take(log)
    log.add(retried(log.partition, 0), give_up(log, 1), camera=OFFICE)
    log.add(retried(log.partition, 2), give_up(log, 3), camera=OFFICE)
    await later.take(log)

    assert dict(ask(later.database, 'SELECT "offset", resolved_by FROM record.dead_letters')) == {
        0: 4,
        1: 5,
        2: 6,
        3: 6,
    }
    stood = await as_of(takings.database, log, [4, 5, 6, 7, 8])
    assert stood == [{}, {"cursed": 1}, {"cursed": 1}, {"cursed": 2, "gate": 1}, {"cursed": 2}]
    assert tallies(later.database) == {"cursed": 2}


async def as_of(database: str, log: Log, ends: Sequence[int]) -> list[dict[str, int]]:
    """Return the tallies as they stood before each of these offsets."""
    stood = []
    async with await connect(database, PROJECTOR_ROLE) as connection:
        for end in ends:
            table = await create_build(connection, CURED[0], 7)
            await Filling([table]).fill(connection, Stretch(place=Place(TOPIC, log.partition), start=0, end=end))
            stood.append(dict(ask(database, "SELECT line_id, count FROM tallies_v1_b7.tallies")))
    return stood
