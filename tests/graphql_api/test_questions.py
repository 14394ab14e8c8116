import asyncio
from datetime import datetime
from typing import Any

import psycopg
import pytest

from projections.catalogue import PROJECTIONS
from projections.rebuilding.rebuild import rebuild
from projections.tables.versions import FRESH_FOR_S
from tests.builders.asking import Client
from tests.builders.facts import came, crossed, minute_passed, published, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON, SECOND

pytestmark = pytest.mark.postgres

STORE = 'store(id: "acme/ginza-3")'
DAY = 'figures(range: {dates: {start: "2026-03-02", end: "2026-03-02"}})'
TWO_DAYS = 'figures(range: {dates: {start: "2026-03-02", end: "2026-03-03"}})'


async def test_a_store_answers_with_its_layouts_name_zone_and_digest(shop: Shop, api: Client) -> None:
    fact = published()
    await shop.happened(fact)

    answer = await api.ask(
        f"{{ {STORE} {{ id key organisation {{ id key }} name timeZone layout {{ digest validFrom checkout }} }} }}"
    )

    assert answer["store"] == {
        "id": "acme/ginza-3",
        "key": "ginza-3",
        "organisation": {"id": "acme", "key": "acme"},
        "name": "Store ginza-3",
        "timeZone": "Asia/Tokyo",
        "layout": {"digest": fact.layout_digest, "validFrom": "2026-03-02T12:00:00.000Z", "checkout": "TILLS"},
    }


async def test_a_store_that_is_not_there_is_null(api: Client) -> None:
    assert await api.ask(f"{{ {STORE} {{ id }} }}") == {"store": None}


async def test_the_demo_questions_are_answered_in_one_request(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(),
        came("ann"),
        came("bob", NOON + SECOND),
        stepped_in("ann", "dairy"),
        stepped_out("ann", "dairy", NOON, NOON + 4 * SECOND),
        went("ann", NOON + 2 * MINUTE),
        minute_passed(NOON + MINUTE, "entrance"),
    )

    answer = await api.ask(
        f"""{{ {STORE} {{ {DAY} {{
            traffic {{ entered left busiestMinute {{ start entered }} }}
            zones {{ zone {{ key name kind }} visitors stays openStays dwell {{ count medianMs p90Ms }} }}
        }} }} }}"""
    )

    assert answer["store"]["figures"] == {
        "traffic": {"entered": 2, "left": 1, "busiestMinute": {"start": "2026-03-02T12:00:00.000Z", "entered": 2}},
        "zones": [
            {
                "zone": {"key": "dairy", "name": "Dairy", "kind": "AISLE"},
                "visitors": 1,
                "stays": 1,
                "openStays": 0,
                "dwell": {"count": 1, "medianMs": 4000, "p90Ms": 4000},
            },
            {
                "zone": {"key": "tills", "name": "Tills", "kind": "AISLE"},
                "visitors": 0,
                "stays": 0,
                "openStays": 0,
                "dwell": {"count": 0, "medianMs": None, "p90Ms": None},
            },
        ],
    }


async def test_traffic_and_crossings_come_by_hour_and_day_of_the_store(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(), came("ann"), crossed("gate"), crossed("gate", "out", NOON + 90 * MINUTE),
        *(minute_passed(NOON + n * 60 * MINUTE, "entrance") for n in (-1, 24)),
    )  # fmt: skip

    figures = (
        await api.ask(
            f"""{{ {STORE} {{ {TWO_DAYS} {{
                start end
                traffic {{ series(every: DAY) {{ start end entered }} }}
                lines {{ line {{ key camera {{ key }} }} inward outward series(every: HOUR) {{ inward outward }} }}
            }} }} }}"""
        )
    )["store"]["figures"]

    assert (figures["start"], figures["end"]) == ("2026-03-01T15:00:00.000Z", "2026-03-03T15:00:00.000Z")
    assert figures["traffic"]["series"] == [
        {"start": "2026-03-01T15:00:00.000Z", "end": "2026-03-02T15:00:00.000Z", "entered": 1},
        {"start": "2026-03-02T15:00:00.000Z", "end": "2026-03-03T15:00:00.000Z", "entered": 0},
    ]
    (line,) = figures["lines"]
    hours = [(hour["inward"], hour["outward"]) for hour in line.pop("series")]
    assert len(hours) == 48
    assert hours[19:24] == [(0, 0), (None, None), (1, 0), (0, 1), (None, None)]
    assert line == {"line": {"key": "gate", "camera": {"key": "entrance"}}, "inward": 1, "outward": 1}


async def test_occupancy_says_who_is_inside_and_how_many_at_most(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann"), came("bob", NOON + SECOND), went("ann", NOON + 30 * SECOND))

    store = (
        await api.ask(
            f"""{{ {STORE} {{
                figures(range: {{moments: {{start: "2026-03-02T12:00:00Z", end: "2026-03-02T12:02:00Z"}}}}) {{
                    occupancy {{ inside peak series(every: MINUTE) {{ inside peak }} }}
                }}
                inside(at: "2026-03-02T12:00:10Z")
            }} }}"""
        )
    )["store"]

    assert store["inside"] == 2
    assert store["figures"]["occupancy"] == {
        "inside": 1,
        "peak": 2,
        "series": [{"inside": 1, "peak": 2}, {"inside": None, "peak": None}],
    }


async def test_open_visits_are_those_that_go_on_at_a_moment_whoever_was_lost_is_inside_without_one(
    shop: Shop, api: Client
) -> None:
    await shop.happened(published(), came("ann"), came("bob", NOON + SECOND), went("ann", NOON + 30 * SECOND))
    await shop.happened(went("bob", NOON + 40 * SECOND, reason="lost"), came("cid", NOON + 45 * SECOND))

    moments = {"before": "11:59:59", "two": "12:00:10", "bob": "12:00:35", "nobody": "12:00:42", "cid": "12:00:50"}
    asked = " ".join(f'{name}: openVisits(at: "2026-03-02T{time}Z")' for name, time in moments.items())
    store = (await api.ask(f'{{ {STORE} {{ {asked} inside(at: "2026-03-02T12:00:42Z") }} }}'))["store"]

    assert store == {"before": None, "two": 2, "bob": 1, "nobody": 0, "cid": 1, "inside": 1}


async def test_cameras_tell_their_status_and_how_long_they_watched(shop: Shop, api: Client) -> None:
    await shop.happened(published(), minute_passed(NOON, "entrance"))

    store = (
        await api.ask(
            f"""{{ {STORE} {{
                cameras {{ id key name status lastFrameAt }} {DAY} {{ cameras {{ camera {{ id }} watchedMs }} }}
            }} }}"""
        )
    )["store"]

    assert store == {
        "cameras": [
            {
                "id": "acme/ginza-3/camera/entrance",
                "key": "entrance",
                "name": "Entrance",
                "status": "UNSEEN",
                "lastFrameAt": "2026-03-02T11:59:59.900Z",
            }
        ],
        "figures": {"cameras": [{"camera": {"id": "acme/ginza-3/camera/entrance"}, "watchedMs": 60_000}]},
    }


async def test_one_answer_reflects_one_position_whatever_is_projected_meanwhile(shop: Shop, api: Client) -> None:
    position = await shop.happened(published(), came("ann"))

    freshness = (await api.ask(f"{{ {STORE} {{ freshness {{ position lagRecords lagMs stopped }} }} }}"))["store"]

    assert freshness["freshness"].pop("lagMs") >= 0
    assert freshness["freshness"] == {
        "position": f"{position.topic}/{position.partition}/{position.offset}",
        "lagRecords": None,  # nobody asks Kafka here
        "stopped": None,
    }


async def test_every_projected_partition_says_how_fresh_it_is(shop: Shop, api: Client) -> None:
    await shop.happened(published())
    await shop.happened(published("acme/b"), store="acme/b")

    found: list[Any] = (await api.ask("{ freshness { position nextPosition logEndSeenAt } }"))["freshness"]

    assert len(found) == 2
    assert all(datetime.fromisoformat(each["logEndSeenAt"]) for each in found)


async def test_answers_are_the_same_after_a_rebuild_that_the_server_did_not_notice(
    shop: Shop, api: Client, projected_database: str
) -> None:
    query = f"{{ {STORE} {{ visits {{ nodes {{ id exitedAt }} }} {DAY} {{ traffic {{ entered }} }} }} }}"
    await shop.happened(published(), came("ann"), went("ann", NOON + SECOND))
    before = await api.ask(query)

    async with await psycopg.AsyncConnection.connect(
        projected_database, autocommit=True, options="-c role=shopfloor_projector"
    ) as connection:
        assert {each.build for each in await rebuild(connection, PROJECTIONS)} == {2}

    assert await api.ask(query) == before
    await shop.happened(came("bob"))
    await asyncio.sleep(FRESH_FOR_S)
    assert (await api.ask(query))["store"]["figures"] == {"traffic": {"entered": 2}}
