from typing import Any

import pytest

from event_store.events.restocks import RestockCompleted, RestockRequested
from tests.builders.asking import Client
from tests.builders.facts import published
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres


async def test_tasks_say_what_wants_filling_and_how_long_the_others_took(shop: Shop, api: Client) -> None:
    gap: dict[str, Any] = {"shelf_id": "A1", "sku": "sku-1", "camera_id": "entrance", "empty_since": NOON}
    await shop.happened(
        published(),
        RestockRequested(**gap, slot=1, time=NOON + MINUTE),
        RestockRequested(**gap, slot=2, time=NOON + MINUTE),
        RestockCompleted(**gap, slot=2, time=NOON + 3 * MINUTE, requested_at=NOON + MINUTE, empty_ms=180_000, people=2),
    )

    store = (
        await api.ask(
            """{ store(id: "acme/ginza-3") {
                open: restocks(where: {completed: false}) { totalCount nodes { slot shelf { key } emptySince emptyMs } }
                done: restocks(where: {completed: true}) { nodes { slot product { key } emptyMs people } }
            } }"""
        )
    )["store"]

    assert store == {
        "open": {
            "totalCount": 1,
            "nodes": [{"slot": 1, "shelf": {"key": "A1"}, "emptySince": "2026-03-02T12:00:00.000Z", "emptyMs": None}],
        },
        "done": {"nodes": [{"slot": 2, "product": {"key": "sku-1"}, "emptyMs": 180_000, "people": 2}]},
    }
