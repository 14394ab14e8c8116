"""Who is forgotten is named nowhere in the read models, and every count stays."""

import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from event_store.envelope import Position
from event_store.serialization import encode
from projections.catalogue import READ_MODELS
from projections.tables.forgetting import alias
from projections.tables.read_model import NAMES
from tests.builders.amending import corrected, fact_at
from tests.builders.facts import came, crossed, went
from tests.builders.forgetting import everything, forgotten, logs, rebuilt, stay, visits
from tests.builders.logs import Log
from tests.builders.records import MINUTE, NOON, envelope
from tests.builders.tallies import Takings, ask, dispositions

pytestmark = pytest.mark.postgres

KINDS = ("visit", "track", "profile", "payment")
BATCHES = (1, 2, 3, 100)


@pytest.fixture
async def takings(projected_database: str) -> AsyncIterator[Takings]:
    takings = Takings(projected_database, READ_MODELS)
    yield takings
    await takings.close()


async def test_a_forgotten_visit_is_named_nowhere_in_the_read_models(takings: Takings) -> None:
    for batch, log in zip(BATCHES, logs(), strict=False):
        await takings.take(log.add(*stay("visit-1"), *stay("visit-2"), forgotten("visit-1")), batch)

        new = alias(Position(topic="shopfloor.events", partition=log.partition, offset=8), "visit-1")
        assert {visit for visit, _ in visits(takings, log)} == {new, "visit-2"}
        assert new in ask(takings.database, "SELECT visit_id FROM zones_v3.zones")
        assert "visit-1" not in everything(takings.database)
    assert "visit-2" in everything(takings.database)


async def test_an_open_visit_may_be_forgotten_and_ends_under_its_new_id(takings: Takings) -> None:
    coming, entering, leaving_zone, leaving = stay("visit-1")
    for batch, log in zip(BATCHES, logs(), strict=False):
        await takings.take(log.add(coming, entering, forgotten("visit-1"), leaving_zone, leaving), batch)

        ((visit, exited_at),) = visits(takings, log)
        assert visit != "visit-1"
        assert exited_at == NOON + 5 * MINUTE
        assert (visit, 120_000) in ask(takings.database, "SELECT visit_id, dwell_ms FROM zones_v3.zones")
    assert "visit-1" not in everything(takings.database)


async def test_the_projector_knows_after_a_restart_who_is_forgotten(takings: Takings) -> None:
    coming, *_, leaving = stay("visit-1")
    log = Log().add(coming, forgotten("visit-1"))
    await takings.take(log)
    after_restart = Takings(takings.database, READ_MODELS)

    await after_restart.take(log.add(leaving, crossed("gate")))
    await after_restart.close()

    ((visit, exited_at),) = visits(takings)
    assert visit != "visit-1"
    assert exited_at is not None


async def test_a_visit_that_is_forgotten_twice_keeps_its_first_new_id(takings: Takings) -> None:
    coming, *_, leaving = stay("visit-1")
    log = Log().add(coming, forgotten("visit-1"), forgotten("visit-1"))
    await takings.take(log, batch=1)
    log.again(1).add(leaving)

    await takings.take(log, batch=1)

    ((_, exited_at),) = visits(takings)
    assert exited_at is not None


async def test_a_correction_brings_nobody_back_and_takes_no_erasure_back(takings: Takings) -> None:
    log = Log().add(*stay("visit-1"), forgotten("visit-1"))
    await takings.take(log)
    log.add(corrected(fact_at(log, 0), came("visit-1", NOON - MINUTE)), corrected(fact_at(log, 4), None))

    await takings.take(log)

    assert ask(takings.database, "SELECT entered_at FROM visits_v3.visits") == [NOON - MINUTE]
    assert "visit-1" not in everything(takings.database)
    live, again = await rebuilt(takings.database)
    assert live == again


async def test_another_stores_visit_of_the_same_name_is_not_touched(takings: Takings) -> None:
    here, there = Log("acme/ginza-3"), Log("acme/oslo-1")
    await takings.take(there.add(came("visit-1")))
    await takings.take(here.add(came("visit-1"), forgotten("visit-1")))

    assert ask(takings.database, "SELECT store FROM visits_v3.visits WHERE visit_id = 'visit-1'") == ["oslo-1"]


async def test_forgetting_waits_behind_no_dead_letter(takings: Takings) -> None:
    log = Log().add(came("visit-1"))
    unknown = encode(envelope(went("visit-1"), 2)).replace(b"ShopperExited.v1", b"ShopperHid.v1")
    log.add_bytes(unknown).add(went("visit-1"), forgotten("visit-1"))

    await takings.take(log)

    assert dispositions(takings.database) == ["applied", "dead", "parked", "applied"]
    assert "visit-1" not in everything(takings.database)


async def test_facts_derived_from_late_facts_do_not_name_who_was_forgotten(takings: Takings) -> None:
    log = Log().add(came("visit-1"), forgotten("visit-1")).skip()
    late = msgspec.structs.replace(envelope(went("visit-1"), 5), correlationid="visit-1")

    await takings.take(log.add_envelope(late))

    (derived,) = ask(takings.database, "SELECT convert_from(value, 'UTF8') FROM record.outbox")
    assert "GapDetected" in derived
    assert "visit-1" not in derived


@pytest.mark.parametrize("projection", READ_MODELS, ids=lambda projection: projection.name)
def test_a_column_that_names_a_subject_says_so(projection: Any) -> None:
    for column in projection.table.columns:
        for kind in KINDS:
            if kind in column.name.split("_"):
                assert column.info.get(NAMES) == kind, f"{projection.name}.{column.name} needs info={{NAMES: {kind!r}}}"


FIGURES = (
    "SELECT grain, start, role, entered, \"left\" FROM traffic_v1.traffic WHERE store = '{}'",
    "SELECT start, role, entries, exits FROM occupancy_v1.occupancy WHERE store = '{}'",
    "SELECT entered_at, entry_door, exited_at, exit_door, reason FROM visits_v3.visits WHERE store = '{}'",
    "SELECT zone_id, entered_at, exited_at, dwell_ms, reason FROM zones_v3.zones WHERE store = '{}'",
    "SELECT zone_id, count(DISTINCT coalesce(visit_id, track_id)) FROM zones_v3.zones WHERE store = '{}' GROUP BY 1",
)
"""What the shop counts, without who it was."""


async def test_forgetting_changes_no_figure_that_is_not_personal_nor_does_a_rebuild(takings: Takings) -> None:
    shops = logs()
    for seed in range(4):
        chance = random.Random(seed)  # noqa: S311  # a history that can be had again
        facts = [fact for number in range(12) for fact in stay(f"visit-{number}", number) if chance.random() < 0.9]
        remembered = next(shops).add(*facts)
        for number in chance.sample(range(12), 6):
            facts.insert(chance.randint(0, len(facts)), forgotten(f"visit-{number}"))
        told = next(shops).add(*facts)
        for log in (remembered, told):
            await takings.take(log, batch=chance.randint(1, 20))
        there, here = [
            [sorted(map(str, ask(takings.database, figure.format(log.store.partition("/")[2])))) for figure in FIGURES]
            for log in (remembered, told)
        ]
        assert there == here, seed

    live, again = await rebuilt(takings.database)
    assert live == again


def test_a_new_id_says_nothing_and_is_the_same_each_time() -> None:
    at = Position(topic="t", partition=1, offset=7)

    assert alias(at, "visit-1") == alias(at, "visit-1") != alias(at, "visit-2")
    assert alias(at, "visit-1") != alias(Position(topic="t", partition=1, offset=8), "visit-1")
