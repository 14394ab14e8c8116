from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.events.cameras import CameraDark, CameraOnline
from projections.errors import RaggedRange, TooLongRange
from projections.read_models.cameras import find_cameras
from projections.read_models.coverage_periods import find_watched
from projections.read_models.lines import find_crossings
from projections.read_models.occupancy import find_occupancy
from projections.read_models.periods import MINUTE, Period, edges
from projections.read_models.stores import find_store, find_stores
from projections.read_models.traffic import find_busiest_minute, find_passages
from projections.read_models.visits import Visit, VisitsWanted, count_visits, find_visits, find_visits_by_id
from projections.read_models.zones import (
    StaysWanted,
    count_stays,
    find_stay,
    find_stays,
    find_stays_of_visits,
    find_zone_stays,
)
from projections.scope import Page, Range, StoreKey
from tests.builders.facts import came, crossed, minute_passed, published, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND

GINZA = StoreKey("acme", "ginza-3")
EVER = Range()
HUNDRED = Page[tuple[str]](100)
TOKYO = ZoneInfo("Asia/Tokyo")

pytestmark = pytest.mark.postgres


def ids(visits: Sequence[Visit]) -> list[str]:
    return [visit.visit_id for visit in visits]


async def test_a_store_is_known_by_the_layout_that_came_into_force_last(
    shop: Shop, connection: AsyncConnection
) -> None:
    await shop.happened(published(time_zone="Asia/Tokyo"), published(at=NOON - MINUTE, time_zone="Europe/Oslo"))

    store = await find_store(connection, GINZA)

    assert store is not None
    assert (store.name, store.time_zone, store.layout.zone[0].name) == ("Store ginza-3", "Asia/Tokyo", "Dairy")


async def test_a_layout_of_tomorrow_is_not_in_force(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(published(at=datetime.now(tz=TOKYO).replace(microsecond=0) + timedelta(days=1)))

    assert await find_store(connection, GINZA) is None


async def test_stores_come_page_by_page(shop: Shop, connection: AsyncConnection) -> None:
    for name in ("acme/c", "acme/a", "acme/b"):
        await shop.happened(published(name), store=name)

    first = await find_stores(connection, Page(2))
    second = await find_stores(connection, Page(2, after=("acme", "b")))

    assert [store.store for store in (*first, *second)] == ["a", "b", "c"]


async def test_nobody_sees_another_organisations_rows_even_without_a_filter(
    shop: Shop, connection: AsyncConnection
) -> None:
    await shop.happened(published("rival/oslo-1"), came("eve"), crossed("gate"), store="rival/oslo-1")
    await shop.happened(published(), came("ann"))

    seen = {
        table: (await connection.execute(text(f"SELECT DISTINCT organisation FROM {table}"))).scalars().all()  # noqa: S608
        for table in ("stores_v1.stores", "visits_v3.visits", "traffic_v1.traffic", "lines_v1.lines", "record.ledger")
    }

    assert seen == {
        "stores_v1.stores": ["acme"],
        "visits_v3.visits": ["acme"],
        "traffic_v1.traffic": ["acme"],
        "lines_v1.lines": [],
        "record.ledger": ["acme"],
    }


async def test_visits_come_in_the_order_of_their_beginning_page_by_page(
    shop: Shop, connection: AsyncConnection
) -> None:
    await shop.happened(came("bob", NOON), came("ann", NOON), came("cid", NOON - MINUTE), went("cid", NOON))

    first = await find_visits(connection, GINZA, EVER, Page(2))
    rest = await find_visits(connection, GINZA, EVER, Page(2, after=(first[-1].entered_at, first[-1].visit_id)))

    assert [visit.visit_id for visit in (*first, *rest)] == ["cid", "ann", "bob"]
    assert first[0].duration == MINUTE
    assert ids(await find_visits(connection, GINZA, EVER, Page(9), VisitsWanted(ended=True))) == ["cid"]


async def test_a_range_holds_its_start_and_not_its_end(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(came("ann", NOON), came("bob", NOON + MINUTE))

    visits = await find_visits(connection, GINZA, Range(NOON, NOON + MINUTE), Page(9))

    assert [visit.visit_id for visit in visits] == ["ann"]


async def test_each_zone_says_how_many_stayed_and_for_how_long(shop: Shop, connection: AsyncConnection) -> None:
    stays = [
        fact
        for n in range(1, 11)
        for fact in (stepped_in(f"v{n}", "dairy"), stepped_out(f"v{n}", "dairy", NOON, NOON + n * SECOND))
    ]
    await shop.happened(published(), *stays, stepped_in("v1", "dairy", NOON + MINUTE))

    zones = await find_zone_stays(connection, GINZA, [NOON, NOON + MINUTE, NOON + 2 * MINUTE, NOON + 3 * MINUTE])

    first, second, third = zones["dairy"]
    assert (first.visitors, first.stays, first.ended, first.median_ms, first.p90_ms) == (10, 10, 10, 5_500, 9_100)
    assert (second.visitors, second.stays, second.ended, second.median_ms) == (1, 1, 0, None)
    assert (third.start, third.stays) == (NOON + 2 * MINUTE, 0)
    assert list(zones) == ["dairy"]


async def test_open_stays_can_be_asked_for(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(
        stepped_in("ann", "dairy"), stepped_in("bob", "tills"), stepped_out("bob", "tills", NOON, NOON + SECOND)
    )

    (stay,) = await find_stays(connection, GINZA, EVER, Page(9), StaysWanted(ended=False))

    assert (stay.zone_id, stay.visit_id, stay.exited_at) == ("dairy", "ann", None)


async def test_the_crossings_of_each_line_come_by_period_empty_ones_included(
    shop: Shop, connection: AsyncConnection
) -> None:
    await shop.happened(
        published(), crossed("gate", at=NOON), crossed("gate", "out", NOON + 2 * MINUTE), crossed("old-gate")
    )

    lines = await find_crossings(connection, GINZA, edges(Period.MINUTE, NOON, NOON + 3 * MINUTE, TOKYO))

    told = {line: [(minute.inward, minute.outward) for minute in minutes] for line, minutes in lines.items()}
    assert told == {"gate": [(1, 0), (0, 0), (0, 1)], "old-gate": [(1, 0), (0, 0), (0, 0)]}


async def test_traffic_of_a_day_runs_from_midnight_to_midnight_of_the_store(
    shop: Shop, connection: AsyncConnection
) -> None:
    oslo = ZoneInfo("Europe/Oslo")
    forward, midnight = datetime(2026, 3, 29, tzinfo=oslo), datetime(2026, 3, 30, tzinfo=oslo)
    last_minute = midnight - timedelta(seconds=1)
    await shop.happened(came("ann", forward), came("bob", last_minute), came("cid", midnight), went("ann", last_minute))

    days = await find_passages(connection, GINZA, edges(Period.DAY, forward, datetime(2026, 3, 31, tzinfo=oslo), oslo))

    assert [(day.entered, day.left) for day in days] == [(2, 1), (1, 0)]
    assert days[0].end - days[0].start == timedelta(hours=23)


async def test_the_busiest_minute_is_the_first_in_which_most_came(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(
        *(came(f"a{n}", NOON + n * SECOND) for n in range(2)),
        *(came(f"b{n}", NOON + 5 * MINUTE, role="employee") for n in range(2)),
        came("c", NOON + 9 * MINUTE),
    )

    busiest = await find_busiest_minute(connection, GINZA, EVER)

    assert busiest is not None
    assert (busiest.start, busiest.entered) == (NOON, 2)
    assert await find_busiest_minute(connection, GINZA, Range(NOON + 20 * MINUTE)) is None


async def test_traffic_is_the_same_whether_minutes_or_quarter_hours_are_summed(
    shop: Shop, connection: AsyncConnection
) -> None:
    await shop.happened(*(came(f"a{n}", NOON + n * MINUTE) for n in range(40)), went(None, NOON + 16 * MINUTE))

    (quarters,) = await find_passages(connection, GINZA, [NOON, NOON + 30 * MINUTE])
    (minutes,) = await find_passages(connection, GINZA, [NOON, NOON + 29 * MINUTE])

    assert [(each.entered, each.left) for each in (quarters, minutes)] == [(30, 1), (29, 1)]


async def test_counts_cannot_be_cut_within_a_minute(connection: AsyncConnection) -> None:
    with pytest.raises(RaggedRange):
        await find_passages(connection, GINZA, [NOON + SECOND, NOON + MINUTE])


async def test_occupancy_counts_late_facts_where_they_belong(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(came("ann", NOON + SECOND), came("bob", NOON + 2 * SECOND))
    await shop.happened(went("ann", NOON + 90 * SECOND), came("cid", NOON + 30 * SECOND))

    minutes = await find_occupancy(connection, GINZA, [NOON + n * MINUTE for n in range(3)], TOKYO)

    assert [(minute.inside, minute.peak) for minute in minutes] == [(3, 3), (2, 3)]


async def test_occupancy_of_more_than_a_month_is_refused(connection: AsyncConnection) -> None:
    with pytest.raises(TooLongRange, match="31 times one day of occupancy"):
        await find_occupancy(connection, GINZA, [NOON, NOON + timedelta(days=32)], TOKYO)


async def test_a_camera_of_the_layout_is_told_before_it_was_ever_seen(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(
        published(),
        CameraOnline(time=NOON, camera_id="back", width_px=640, height_px=480, model="people", layout_digest="d"),
        CameraDark(time=NOON + MINUTE, camera_id="back", silence_ms=5_000, cause="no route"),
    )

    back, entrance = await find_cameras(connection, GINZA, HUNDRED)

    assert (back.camera_id, back.name, back.status, back.cause) == ("back", None, "dark", "no route")
    assert (entrance.name, entrance.status, entrance.last_frame_at) == ("Entrance", "unseen", None)


async def test_what_a_camera_watched_is_that_of_the_quarter_hours_that_a_period_touches(
    shop: Shop, connection: AsyncConnection
) -> None:
    await shop.happened(
        minute_passed(NOON + MINUTE, "entrance"),
        minute_passed(NOON + 2 * MINUTE, "entrance"),
        minute_passed(NOON + 16 * MINUTE, "entrance"),
    )

    watched = await find_watched(connection, GINZA, [NOON, NOON + 5 * MINUTE, NOON + 20 * MINUTE, NOON + 40 * MINUTE])

    assert watched == {"entrance": [2 * MINUTE, 3 * MINUTE, MINUTE]}


async def test_the_newest_come_first_the_other_way_round(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(*(came(f"v{n}", NOON + n * MINUTE) for n in range(4)))

    newest = await find_visits(connection, GINZA, EVER, Page(2, descending=True))
    before = await find_visits(
        connection, GINZA, EVER, Page(2, after=(newest[-1].entered_at, newest[-1].visit_id), descending=True)
    )

    assert ids([*newest, *before]) == ["v3", "v2", "v1", "v0"]
    assert await count_visits(connection, GINZA, EVER, VisitsWanted(), 9) == 4
    assert await count_visits(connection, GINZA, EVER, VisitsWanted(entry_door="side"), 9) == 0
    assert ids(await find_visits_by_id(connection, GINZA, ["v1", "nobody"])) == ["v1"]


async def test_the_stays_of_a_page_of_visits_come_together(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(*(stepped_in(f"v{n}", "dairy", NOON + n * MINUTE) for n in range(3)), stepped_in("v0", "tills"))

    stays = await find_stays_of_visits(connection, GINZA, ["v0", "v2"], 9)

    assert [(stay.visit_id, stay.zone_id) for stay in stays] == [("v0", "dairy"), ("v0", "tills"), ("v2", "dairy")]
    assert await find_stay(connection, GINZA, (NOON, "tills", "track-v0")) == stays[1]
    assert await count_stays(connection, GINZA, EVER, StaysWanted(zone_id="dairy"), 2) == 2
