"""From recorded facts to a report: the figures are those of the read models, and facts are cited by their ids."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from event_store.events.event import Event
from event_store.partitions import partition_of
from event_store.topics import EVENTS
from graphql_api.reports.calendar import Dates, Length
from graphql_api.reports.errors import FuturePeriod, UnknownLanguage
from graphql_api.reports.report import Place, Report, Wanted, make_report
from graphql_api.snapshots import Database, Snapshot
from graphql_api.tokens import ADMINISTRATOR
from projections.read_models.stores import find_store
from projections.scope import StoreKey
from tests.builders.facts import came, crossed, minute_passed, published, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres

STORE = "acme/ginza-3"
MONDAY = Dates.of(Length.DAY, date(2026, 3, 2))
LATER = datetime(2026, 3, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, 15, tzinfo=UTC)
"""Where the store's Monday begins."""


async def _report(
    database: str, dates: Dates = MONDAY, language: str = "en", now: datetime = LATER, *, by_model: bool = False
) -> Report:
    reading = Database(database)
    snapshot = Snapshot(reading, ADMINISTRATOR)
    try:
        store = await snapshot.ask(find_store, StoreKey(*STORE.split("/")))
        assert store is not None
        wanted = Wanted(dates=dates, language=language, by_model=by_model)
        return await make_report(snapshot.ask, store, Place(EVENTS, partition_of(STORE)), wanted, now)
    finally:
        await snapshot.close()
        await reading.close()


def _watched(since: datetime, hours: int) -> list[Event]:
    return [minute_passed(since + n * MINUTE, "entrance") for n in range(1, 60 * hours + 1)]


@pytest.fixture
async def day(shop: Shop) -> Shop:
    """A Monday in Tokyo that was watched from midnight to midnight: three came, two of them stayed at the dairy."""
    await shop.happened(published(at=MIDNIGHT), *_watched(MIDNIGHT, 24))
    for visit, minutes in (("ann", 4), ("bob", 6), ("cid", 20)):
        await shop.happened(
            came(visit, NOON),
            msgspec.structs.replace(crossed("gate", "in", NOON), visit_id=visit),
            went(visit, NOON + minutes * MINUTE),
        )
    for visit in ("ann", "bob"):
        await shop.happened(stepped_in(visit, "dairy", NOON), stepped_out(visit, "dairy", NOON, NOON + MINUTE))
    return shop


@pytest.mark.usefixtures("day")
async def test_a_day_is_told_with_its_figures(projected_database: str) -> None:
    told = await _report(projected_database)

    assert told.text == (
        "3 people came in on Monday 2 March 2026, with nothing earlier to compare it with. 3 people left by the doors. "
        "The busiest time was between 21:00 and 22:00, with 3 people. The store held at most 3 people at once, between "
        "21:00 and 22:00. A typical visit lasted 6 minutes. Dairy was the busiest zone, with 2 visitors. Nobody stayed "
        "in Tills. More people crossed gate inward than outward: 3 crossings inward against 0 crossings outward. The "
        "camera watched the whole time."
    )
    assert (told.writer, told.by_rules, told.is_over) == ("rules", 0, True)


@pytest.mark.usefixtures("day")
async def test_the_model_says_what_the_rules_do(projected_database: str) -> None:
    told = await _report(projected_database, by_model=True)

    assert told.writer.startswith("shopfloor-reports-en ")
    assert told.by_rules == 0
    assert "3 people" in told.text
    assert "Dairy" in told.text
    assert all(said.facts and said.query for said in told.sentences)


@pytest.mark.usefixtures("day")
async def test_each_figure_cites_facts_of_the_record(projected_database: str) -> None:
    told = await _report(projected_database)

    facts = {(fact.subject, fact.measure): fact for said in told.sentences for fact in said.facts}
    assert len(facts["store", "entered"].events) == 3
    assert len(facts["zone/dairy", "visitors"].events) == 2
    assert len(facts["line/gate", "inward"].events) == 3
    assert facts["zone/tills", "visitors"].events == []
    assert facts["store", "entered"].query == (
        "find_passages(store=acme/ginza-3, from=2026-03-01T15:00:00Z, to=2026-03-02T15:00:00Z)"
    )


async def test_half_a_day_without_its_camera_is_told_as_a_lower_bound(shop: Shop, projected_database: str) -> None:
    await shop.happened(published(at=MIDNIGHT), *_watched(MIDNIGHT, 12), came("ann", MIDNIGHT + MINUTE))

    told = await _report(projected_database)

    assert "At least 1 person" in told.text
    assert "Entrance (50% of the time)" in told.text
    assert "busiest" not in told.text


async def test_what_no_camera_watched_is_not_known(shop: Shop, projected_database: str) -> None:
    await shop.happened(published(at=MIDNIGHT - timedelta(days=9)))

    told = await _report(projected_database)

    assert told.text == (
        "How many people came in on Monday 2 March 2026 is not known. What happened in Dairy and Tills is not known. "
        "The coverage of the cameras is not known."
    )
    assert {fact.value for said in told.sentences for fact in said.facts} == {None}


@pytest.mark.usefixtures("day")
async def test_before_a_store_had_a_layout_no_camera_is_said_to_be_dark(projected_database: str) -> None:
    told = await _report(projected_database, Dates.of(Length.DAY, date(2026, 2, 27)))

    assert told.text.endswith("The coverage of the cameras is not known.")


async def test_a_day_is_compared_with_the_same_day_a_week_earlier(shop: Shop, projected_database: str) -> None:
    earlier = MIDNIGHT - timedelta(days=7)
    await shop.happened(published(at=earlier), *_watched(earlier, 24), came("ann", earlier), came("bob", earlier))
    await shop.happened(*_watched(MIDNIGHT, 24), came("cid", MIDNIGHT))

    told = await _report(projected_database)

    assert "1 person came in on Monday 2 March 2026, 1 person fewer than 2 people on the Monday before." in told.text


@pytest.mark.usefixtures("day")
async def test_a_day_that_is_not_over_says_up_to_when_it_is_known(projected_database: str) -> None:
    told = await _report(projected_database, now=NOON + 30 * MINUTE)

    assert "This report covers the time up to 21:30." in told.text
    assert not told.is_over


@pytest.mark.usefixtures("day")
async def test_what_cannot_be_asked_for_is_refused(projected_database: str) -> None:
    with pytest.raises(UnknownLanguage, match="ask for one of: en, ja"):
        await _report(projected_database, language="fr")
    with pytest.raises(FuturePeriod):
        await _report(projected_database, Dates.of(Length.DAY, date(2026, 4, 1)))
