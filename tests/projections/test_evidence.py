"""What a report asks besides: how long visits lasted, since when a store is known, and facts by whom they are about."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.partitions import partition_of
from event_store.topics import EVENTS
from projections.evidence import find_cited
from projections.read_models.stores import find_known_since
from projections.read_models.visits import find_visit_lengths
from projections.scope import Range, StoreKey
from tests.builders.facts import came, published, stepped_in, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres

STORE = StoreKey("acme", "ginza-3")
PLACE = (EVENTS, partition_of("acme/ginza-3"))
HOUR = Range(NOON, NOON + 60 * MINUTE)


async def test_the_median_is_that_of_visits_that_ended_at_a_door(shop: Shop, connection: AsyncConnection) -> None:
    for visit, minutes in (("ann", 1), ("bob", 3), ("cid", 20)):
        await shop.happened(came(visit), went(visit, NOON + minutes * MINUTE))
    await shop.happened(came("lost"), went("lost", NOON + 50 * MINUTE, reason="lost"), came("inside"))

    lengths = await find_visit_lengths(connection, STORE, HOUR)

    assert (lengths.visits, lengths.median_ms) == (3, 180_000.0)


async def test_a_visit_is_as_long_as_its_steps_on_the_floor_tell(shop: Shop, connection: AsyncConnection) -> None:
    entered = msgspec.structs.replace(came("ann"), stepped_in_at=NOON + timedelta(seconds=10))
    exited = msgspec.structs.replace(went("ann", NOON + MINUTE), stepped_out_at=NOON + timedelta(seconds=50))
    await shop.happened(entered, exited)

    assert (await find_visit_lengths(connection, STORE, HOUR)).median_ms == 40_000.0


async def test_without_visits_there_is_no_median(connection: AsyncConnection) -> None:
    lengths = await find_visit_lengths(connection, STORE, HOUR)

    assert (lengths.visits, lengths.median_ms) == (0, None)


async def test_a_store_is_known_since_its_first_layout(shop: Shop, connection: AsyncConnection) -> None:
    assert await find_known_since(connection, STORE) is None

    await shop.happened(published(at=NOON), published(at=NOON - timedelta(days=2)), published(at=NOON + MINUTE))

    assert await find_known_since(connection, STORE) == NOON - timedelta(days=2)


async def test_facts_are_cited_by_whom_they_are_about_in_the_order_of_the_record(
    shop: Shop, connection: AsyncConnection
) -> None:
    await shop.happened(came("ann"), came("bob"), stepped_in("ann", "dairy"), went("ann", NOON + 61 * MINUTE))

    cited = await find_cited(connection, STORE, PLACE, HOUR, ["visit/ann", "visit/nobody"])

    assert [each.type for each in cited] == ["shopfloor.ShopperEntered.v1", "shopfloor.ZoneEntered.v1"]
    assert {each.subject for each in cited} == {"visit/ann"}


async def test_another_organisations_facts_are_not_cited(shop: Shop, connection: AsyncConnection) -> None:
    await shop.happened(came("ann"), store="other/shop")

    other = ("other", "shop")
    place = (EVENTS, partition_of("/".join(other)))
    assert await find_cited(connection, StoreKey(*other), place, HOUR, ["visit/ann"]) == []
