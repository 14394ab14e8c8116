"""Organisations that share a partition: what one of them says or sends is nothing to the other."""

import msgspec
import pytest

from event_store.database import connect
from event_store.envelope import Envelope
from event_store.events.event import Event
from projections.folding.readings import Reader
from projections.tables.applied_ids import AppliedIds
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.amending import corrected, fact_at, give_up, retried
from tests.builders.emptied import letters, refilled
from tests.builders.facts import crossed
from tests.builders.logs import Log
from tests.builders.records import envelope
from tests.builders.tallies import Takings, ask, dispositions, tallies

LOG = Log()
RIVAL = next(f"rival/shop-{n}" for n in range(99) if Log(f"rival/shop-{n}").partition == LOG.partition)
OFFICE = "office"


def under_one_id(event: Event, store: str, number: int) -> Envelope:
    """Return a fact of a store under an id that a fact of the other store has too."""
    return msgspec.structs.replace(envelope(event, number, store=store), id=envelope(event, number).id)


def both(log: Log, event: Event, number: int) -> None:
    for store in (log.store, RIVAL):
        log.add_envelope(under_one_id(event, store, number))


@pytest.mark.parametrize("batch", [1, 3, 1_000])
async def test_facts_of_two_organisations_under_one_id_count_once_each_however_often_they_come(
    takings: Takings, batch: int
) -> None:
    log = Log()
    for _ in range(3):
        both(log, crossed("gate"), 1)
    await takings.take(log, batch)
    both(log, crossed("gate"), 1)
    await takings.take(log, batch)

    assert dispositions(takings.database) == ["applied", "applied", *["duplicate"] * 6]
    assert ask(takings.database, "SELECT organisation, store, count FROM tallies_v1.tallies ORDER BY 1") == [
        ("acme", "ginza-3", 1),
        (*RIVAL.split("/"), 1),
    ]


async def test_ids_are_looked_up_for_both_at_once(takings: Takings) -> None:
    log = Log()
    both(log, crossed("gate"), 1)
    await takings.take(log)

    async with await connect(takings.database, PROJECTOR_ROLE) as connection:
        assert await AppliedIds().repeated(connection, [Reader(12).read(each) for each in log.records]) == {0, 1}


async def test_retried_facts_of_two_organisations_under_one_id_both_count(takings: Takings, later: Takings) -> None:
    log = Log()
    both(log, crossed("cursed"), 1)
    await takings.take(log)
    log.add(retried(log.partition, 0), camera=OFFICE)
    await later.take(log.add(retried(log.partition, 1), camera=OFFICE, store=RIVAL))

    assert letters(takings.database) == [(at, "fold_failed", None, "retried") for at in (0, 1)]
    assert tallies(takings.database) == {"cursed": 2} == await refilled(later)


async def test_a_retried_fact_counts_though_another_organisation_has_one_of_its_id(
    takings: Takings, later: Takings
) -> None:
    log = Log()
    log.add_envelope(under_one_id(crossed("gate"), RIVAL, 1)).add_envelope(
        under_one_id(crossed("cursed"), log.store, 1)
    )
    await takings.take(log)
    await later.take(log.add(retried(log.partition, 1), camera=OFFICE))

    assert letters(takings.database) == [(1, "fold_failed", None, "retried")]
    assert tallies(takings.database) == {"gate": 1, "cursed": 1} == await refilled(later)


async def test_nobody_corrects_retries_or_gives_up_what_another_organisation_has_recorded(takings: Takings) -> None:
    log = Log().add(crossed("gate"), crossed("cursed"))
    log.add_bytes(b'{"organisation": "acme"}')
    for change in (corrected(fact_at(log, 0), None), *(give_up(log, at) for at in range(3)), retried(log.partition, 1)):
        log.add(change, camera=OFFICE, store=RIVAL)
    await takings.take(log)

    assert tallies(takings.database) == {"gate": 1} == await refilled(takings)
    assert letters(takings.database) == [(1, "fold_failed", None, None), (2, "undecodable", None, None)]


async def test_a_record_that_only_says_whose_organisation_it_is_is_given_up_by_a_store_of_it(takings: Takings) -> None:
    log = Log().add_bytes(b'{"organisation": "acme", "subject": "track/track-None"}')
    await takings.take(log.add(give_up(log, 0), camera=OFFICE))

    assert letters(takings.database) == [(0, "undecodable", None, "skipped")]
