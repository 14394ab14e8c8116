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


async def test_a_store_answers_with_its_layouts_name_zone_and_digest(shop: Shop, api: Client) -> None:
    fact = published()
    await shop.happened(fact)

    answer = await api.ask(f"{{ {STORE} {{ id organisation name timeZone layoutDigest layoutValidFrom }} }}")

    assert answer["store"] == {
        "id": "acme/ginza-3",
        "organisation": "acme",
        "name": "Store ginza-3",
        "timeZone": "Asia/Tokyo",
        "layoutDigest": fact.layout_digest,
        "layoutValidFrom": "2026-03-02T12:00:00.000Z",
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
    )

    answer = await api.ask(
        f"""{{ {STORE} {{
            traffic {{ entered left busiestMinute {{ start entered }} }}
            zones {{ nodes {{ id name visitors stays openStays dwell {{ count medianMs p90Ms }} }} }}
        }} }}"""
    )

    assert answer["store"] == {
        "traffic": {"entered": 2, "left": 1, "busiestMinute": {"start": "2026-03-02T12:00:00.000Z", "entered": 2}},
        "zones": {
            "nodes": [
                {
                    "id": "dairy",
                    "name": "Dairy",
                    "visitors": 1,
                    "stays": 1,
                    "openStays": 0,
                    "dwell": {"count": 1, "medianMs": 4000.0, "p90Ms": 4000.0},
                },
                {
                    "id": "tills",
                    "name": "Tills",
                    "visitors": 0,
                    "stays": 0,
                    "openStays": 0,
                    "dwell": {"count": 0, "medianMs": None, "p90Ms": None},
                },
            ]
        },
    }


async def test_visits_come_page_by_page_while_others_come_in(shop: Shop, api: Client) -> None:
    page = f"""query ($after: String) {{ {STORE} {{ visits(first: 2, after: $after) {{
        nodes {{ id entryDoor role durationMs reason }} pageInfo {{ hasNextPage hasPreviousPage endCursor }}
    }} }} }}"""
    await shop.happened(published(), *(came(f"v{n}", NOON + n * MINUTE) for n in range(3)), went("v0", NOON + MINUTE))

    first = (await api.ask(page))["store"]["visits"]
    await shop.happened(came("early", NOON - MINUTE))
    second = (await api.ask(page, after=first["pageInfo"]["endCursor"]))["store"]["visits"]

    assert [visit["id"] for visit in (*first["nodes"], *second["nodes"])] == ["v0", "v1", "v2"]
    assert first["nodes"][0] == {
        "id": "v0",
        "entryDoor": "main",
        "role": "UNKNOWN",
        "durationMs": 60_000,
        "reason": "LEFT",
    }
    assert first["pageInfo"]["hasNextPage"]
    assert not second["pageInfo"]["hasNextPage"]
    assert second["pageInfo"]["hasPreviousPage"]


async def test_open_visits_and_stays_can_be_asked_for(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(), came("ann"), came("bob"), went("bob", NOON + SECOND), stepped_in("ann", "tills", NOON)
    )

    store = (
        await api.ask(
            f"""{{ {STORE} {{
                visits(ended: false) {{ nodes {{ id exitedAt }} }}
                stays(zone: "tills", ended: false) {{ nodes {{ visitId zoneName dwellMs reason }} }}
            }} }}"""
        )
    )["store"]

    assert store["visits"]["nodes"] == [{"id": "ann", "exitedAt": None}]
    assert store["stays"]["nodes"] == [{"visitId": "ann", "zoneName": "Tills", "dwellMs": None, "reason": None}]


async def test_traffic_and_crossings_come_by_hour_and_day_of_the_store(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann"), crossed("gate"), crossed("gate", "out", NOON + 90 * MINUTE))
    query = f"""query ($from: DateTime!, $to: DateTime!) {{ {STORE} {{
        traffic(from: $from, to: $to) {{ periods(period: DAY) {{ start end entered }} }}
        lineCrossings(line: "gate", from: $from, to: $to, period: HOUR) {{ in out }}
        lines(from: $from, to: $to) {{ nodes {{ id cameraId in out }} }}
    }} }}"""

    store = (await api.ask(query, **{"from": "2026-03-02T00:00:00+09:00", "to": "2026-03-04T00:00:00+09:00"}))["store"]

    assert store["traffic"]["periods"] == [
        {"start": "2026-03-01T15:00:00.000Z", "end": "2026-03-02T15:00:00.000Z", "entered": 1},
        {"start": "2026-03-02T15:00:00.000Z", "end": "2026-03-03T15:00:00.000Z", "entered": 0},
    ]
    hours = [(hour["in"], hour["out"]) for hour in store["lineCrossings"]]
    assert len(hours) == 48
    assert hours[21:23] == [(1, 0), (0, 1)]
    assert store["lines"]["nodes"] == [{"id": "gate", "cameraId": "entrance", "in": 1, "out": 1}]


async def test_occupancy_says_who_is_inside_and_how_many_at_most(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann"), came("bob", NOON + SECOND), went("ann", NOON + 30 * SECOND))

    store = (
        await api.ask(
            f"""{{ {STORE} {{
                occupancy(from: "2026-03-02T12:00:00Z", to: "2026-03-02T12:02:00Z") {{ inside peak }}
                inside(at: "2026-03-02T12:00:10Z")
            }} }}"""
        )
    )["store"]

    assert store == {"occupancy": [{"inside": 1, "peak": 2}, {"inside": 1, "peak": 1}], "inside": 2}


async def test_cameras_tell_their_status_and_how_long_they_watched(shop: Shop, api: Client) -> None:
    await shop.happened(published(), minute_passed(NOON, "entrance"))

    cameras = (await api.ask(f"{{ {STORE} {{ cameras {{ nodes {{ id name status lastFrameAt watchedMs }} }} }} }}"))[
        "store"
    ]["cameras"]["nodes"]

    assert cameras == [
        {
            "id": "entrance",
            "name": "Entrance",
            "status": "UNSEEN",
            "lastFrameAt": "2026-03-02T11:59:59.900Z",
            "watchedMs": 60_000,
        }
    ]


async def test_one_answer_reflects_one_position_whatever_is_projected_meanwhile(shop: Shop, api: Client) -> None:
    position = await shop.happened(published(), came("ann"))

    freshness = (await api.ask(f"{{ {STORE} {{ freshness {{ position lagRecords lagMs stopped }} }} }}"))["store"]

    assert freshness["freshness"] == {
        "position": f"{position.topic}/{position.partition}/{position.offset}",
        "lagRecords": 0,
        "lagMs": 0,
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
    query = f"{{ {STORE} {{ visits {{ nodes {{ id exitedAt }} }} traffic {{ entered }} }} }}"
    await shop.happened(published(), came("ann"), went("ann", NOON + SECOND))
    before = await api.ask(query)

    async with await psycopg.AsyncConnection.connect(
        projected_database, autocommit=True, options="-c role=shopfloor_projector"
    ) as connection:
        assert {each.build for each in await rebuild(connection, PROJECTIONS)} == {2}

    assert await api.ask(query) == before
    await shop.happened(came("bob"))
    await asyncio.sleep(FRESH_FOR_S)
    assert (await api.ask(query))["store"]["traffic"] == {"entered": 2}
