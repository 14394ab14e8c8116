import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from event_store.database import connect
from event_store.envelope import Position
from event_store.events import ConsentGiven, ConsentWithdrawn, Encrypted, Event, SubjectForgotten
from event_store.serialization import encode
from projections.builds import current_tables
from projections.catalogue import READ_MODELS
from projections.forgetting import alias
from projections.read_model import NAMES, PROJECTOR_ROLE
from projections.rebuild import go_back, rebuild
from tests.builders.amending import corrected, fact_at
from tests.builders.facts import came, crossed, stepped_in, stepped_out, went
from tests.builders.logs import Log
from tests.builders.records import MINUTE, NOON, envelope
from tests.builders.tallies import Takings, ask, dispositions

pytestmark = pytest.mark.postgres

PROFILE = "3b0c9a52-6a1b-4c7d-9f0e-2b8f6f6e9d42"
WORDS = Encrypted(key_id="k", ciphertext=bytes(40))
KINDS = ("visit", "track", "profile", "payment")


@pytest.fixture
async def takings(projected_database: str) -> AsyncIterator[Takings]:
    takings = Takings(projected_database, READ_MODELS)
    yield takings
    await takings.close()


def forgotten(visit: str, at: Any = NOON) -> SubjectForgotten:
    """The visit was forgotten."""
    return SubjectForgotten(time=at, forgotten=f"visit/{visit}", ground="requested", keys=1, pictures=0)


def stay(visit: str, minute: int = 0) -> list[Event]:
    """A visit with a stay in a zone, from door to door, some minutes after noon."""
    at = NOON + minute * MINUTE
    return [
        came(visit, at),
        stepped_in(visit, "dairy", at + MINUTE),
        stepped_out(visit, "dairy", at + MINUTE, at + 3 * MINUTE),
        went(visit, at + 5 * MINUTE),
    ]


def visits(takings: Takings) -> list[Any]:
    return ask(takings.database, "SELECT visit_id, exited_at FROM visits_v1.visits ORDER BY entered_at, visit_id")


def everything(takings: Takings) -> str:
    """Return every row of every read model as text."""
    tables = ask(
        takings.database,
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname ~ '_v[0-9]+'",
    )
    return "\n".join(str(row) for table in tables for row in ask(takings.database, f"SELECT * FROM {table}"))  # noqa: S608


@pytest.mark.parametrize("batch", [1, 2, 100])
async def test_a_forgotten_visit_is_named_nowhere_in_the_read_models(takings: Takings, batch: int) -> None:
    log = Log().add(*stay("visit-1"), *stay("visit-2"), forgotten("visit-1"))

    await takings.take(log, batch=batch)

    assert "visit-2" in everything(takings)
    assert "visit-1" not in everything(takings)
    new = alias(Position(topic="shopfloor.events", partition=log.partition, offset=8), "visit-1")
    assert {visit for visit, _ in visits(takings)} == {new, "visit-2"}
    assert ask(takings.database, "SELECT visit_id FROM zones_v2.zones ORDER BY visit_id") == sorted([new, "visit-2"])


async def test_the_build_before_the_current_one_forgets_too(takings: Takings) -> None:
    log = Log().add(*stay("visit-1"))
    await takings.take(log)
    await rebuilt(takings.database)
    assert "visit-1" in everything(takings)

    await takings.take(log.add(forgotten("visit-1")))

    assert ask(takings.database, "SELECT count(*)::int FROM visits_v1.visits") == [1]
    assert ask(takings.database, "SELECT count(*)::int FROM visits_v1_b2.visits") == [1]
    assert "visit-1" not in everything(takings)


@pytest.mark.parametrize("batch", [1, 3, 100])
async def test_an_open_visit_may_be_forgotten_and_ends_under_its_new_id(takings: Takings, batch: int) -> None:
    coming, entering, leaving_zone, leaving = stay("visit-1")
    log = Log().add(coming, entering, forgotten("visit-1"), leaving_zone, leaving)

    await takings.take(log, batch=batch)

    ((visit, exited_at),) = visits(takings)
    assert visit != "visit-1"
    assert exited_at == NOON + 5 * MINUTE
    assert ask(takings.database, "SELECT visit_id, dwell_ms FROM zones_v2.zones") == [(visit, 120_000)]
    assert "visit-1" not in everything(takings)


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

    assert ask(takings.database, "SELECT entered_at FROM visits_v1.visits") == [NOON - MINUTE]
    assert "visit-1" not in everything(takings)
    live, again = await rebuilt(takings.database)
    assert live == again


async def test_another_stores_visit_of_the_same_name_is_not_touched(takings: Takings) -> None:
    here, there = Log("acme/ginza-3"), Log("acme/oslo-1")
    await takings.take(there.add(came("visit-1")))
    await takings.take(here.add(came("visit-1"), forgotten("visit-1")))

    assert ask(takings.database, "SELECT store FROM visits_v1.visits WHERE visit_id = 'visit-1'") == ["oslo-1"]


async def test_forgetting_waits_behind_no_dead_letter(takings: Takings) -> None:
    log = Log().add(came("visit-1"))
    unknown = encode(envelope(went("visit-1"), 2)).replace(b"ShopperExited.v1", b"ShopperHid.v1")
    log.add_bytes(unknown).add(went("visit-1"), forgotten("visit-1"))

    await takings.take(log)

    assert dispositions(takings.database) == ["applied", "dead", "parked", "applied"]
    assert "visit-1" not in everything(takings)


async def test_facts_derived_from_late_facts_do_not_name_who_was_forgotten(takings: Takings) -> None:
    log = Log().add(came("visit-1"), forgotten("visit-1")).skip()
    late = msgspec.structs.replace(envelope(went("visit-1"), 5), correlationid="visit-1")

    await takings.take(log.add_envelope(late))

    (derived,) = ask(takings.database, "SELECT convert_from(value, 'UTF8') FROM record.outbox")
    assert "GapDetected" in derived
    assert "visit-1" not in derived


def consent(**told: Any) -> ConsentGiven:
    given: dict[str, Any] = {"profile_id": PROFILE, "purpose": "loyalty", "concerns": WORDS, "statement": WORDS}
    return ConsentGiven(**given | told)


CONSENTS = "SELECT withdrawn_at, concerns IS NULL, statement IS NULL FROM consents_v1.consents ORDER BY purpose"


@pytest.mark.parametrize("batch", [1, 100])
async def test_personal_columns_are_held_while_a_consent_is_in_force(takings: Takings, batch: int) -> None:
    log = Log().add(consent(), consent(purpose="marketing", concerns=None))
    await takings.take(log, batch=batch)
    assert ask(takings.database, CONSENTS) == [(None, False, False), (None, True, False)]

    log.add(ConsentWithdrawn(time=NOON + MINUTE, profile_id=PROFILE, purpose="loyalty"))
    await takings.take(log, batch=batch)
    assert ask(takings.database, CONSENTS) == [(NOON + MINUTE, True, True), (None, True, False)]

    await takings.take(log.add(consent(time=NOON + 2 * MINUTE)), batch=batch)
    assert ask(takings.database, CONSENTS)[0] == (None, False, False)


async def test_nothing_is_held_about_a_forgotten_profile_whatever_comes_late(takings: Takings) -> None:
    gone = SubjectForgotten(forgotten=f"profile/{PROFILE}", ground="requested", keys=1, pictures=0)
    log = Log().add(consent(), gone, consent(purpose="marketing"), ConsentWithdrawn(profile_id=PROFILE, purpose="x"))

    await takings.take(log, batch=2)

    assert ask(takings.database, CONSENTS) == []
    assert dispositions(takings.database) == ["applied"] * 4


@pytest.mark.parametrize("batch", [1, 2, 100])
async def test_what_is_sent_again_about_a_forgotten_profile_is_a_duplicate(takings: Takings, batch: int) -> None:
    gone = SubjectForgotten(forgotten=f"profile/{PROFILE}", ground="requested", keys=1, pictures=0)
    log = Log().add(consent(), gone, consent(purpose="marketing")).again(0).again(2).again(2)

    await takings.take(log, batch=batch)

    assert dispositions(takings.database) == ["applied"] * 3 + ["duplicate"] * 3


async def test_a_build_that_forgot_ahead_is_caught_up_to_the_same_rows(
    takings: Takings, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming, entering, leaving_zone, leaving = stay("visit-1")
    log = Log().add(coming, entering)
    await takings.take(log)
    await rebuilt(takings.database)
    await takings.take(log.add(leaving_zone, leaving, *stay("visit-2"), forgotten("visit-1")))
    monkeypatch.setattr("projections.catching_up.STEP", 2)

    async with await connect(takings.database, PROJECTOR_ROLE) as connection:
        left = await current_tables(connection, READ_MODELS)
        await go_back(connection, READ_MODELS)
        now = await current_tables(connection, READ_MODELS)
        async with connection.transaction():
            digests = [[await table.digest(connection) for table in tables] for tables in (left, now)]

    assert digests[0] == digests[1]
    assert "visit-1" not in everything(takings)


@pytest.mark.parametrize("projection", READ_MODELS, ids=lambda projection: projection.name)
def test_a_column_that_names_a_subject_says_so(projection: Any) -> None:
    for column in projection.table.columns:
        for kind in KINDS:
            if kind in column.name.split("_"):
                assert column.info.get(NAMES) == kind, f"{projection.name}.{column.name} needs info={{NAMES: {kind!r}}}"


FIGURES = (
    "SELECT grain, start, role, entered, \"left\" FROM traffic_v1.traffic WHERE store = '{}'",
    "SELECT start, role, entries, exits FROM occupancy_v1.occupancy WHERE store = '{}'",
    "SELECT entered_at, entry_door, exited_at, exit_door, reason FROM visits_v1.visits WHERE store = '{}'",
    "SELECT zone_id, entered_at, exited_at, dwell_ms, reason FROM zones_v2.zones WHERE store = '{}'",
    "SELECT zone_id, count(DISTINCT coalesce(visit_id, track_id)) FROM zones_v2.zones WHERE store = '{}' GROUP BY 1",
)
"""What the shop counts, without who it was."""


@pytest.mark.parametrize("seed", range(4))
async def test_forgetting_changes_no_figure_that_is_not_personal_nor_does_a_rebuild(
    takings: Takings, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a history that can be had again
    facts = [fact for number in range(12) for fact in stay(f"visit-{number}", number) if chance.random() < 0.9]
    remembered = Log("acme/oslo-1").add(*facts)
    for number in chance.sample(range(12), 6):
        facts.insert(chance.randint(0, len(facts)), forgotten(f"visit-{number}"))
    told = Log("acme/ginza-3").add(*facts)

    await takings.take(remembered, batch=chance.randint(1, 20))
    await takings.take(told, batch=chance.randint(1, 20))

    there, here = [
        [sorted(map(str, ask(takings.database, figure.format(store)))) for figure in FIGURES]
        for store in ("oslo-1", "ginza-3")
    ]
    assert there == here
    live, again = await rebuilt(takings.database)
    assert live == again


async def rebuilt(database: str) -> tuple[list[Any], list[Any]]:
    """Rebuild every read model; return the digests before and after."""
    async with await connect(database, PROJECTOR_ROLE) as connection:
        before = await current_tables(connection, READ_MODELS)
        await rebuild(connection, READ_MODELS)
        after = await current_tables(connection, READ_MODELS)
        async with connection.transaction():
            return [await t.digest(connection) for t in before], [await t.digest(connection) for t in after]


def test_a_new_id_says_nothing_and_is_the_same_each_time() -> None:
    at = Position(topic="t", partition=1, offset=7)

    assert alias(at, "visit-1") == alias(at, "visit-1") != alias(at, "visit-2")
    assert alias(at, "visit-1") != alias(Position(topic="t", partition=1, offset=8), "visit-1")
