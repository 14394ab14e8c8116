from datetime import timedelta
from typing import Any

import pytest

from event_store.events.queues import QueueLeft, QueueLengthChanged
from projections.folding.folding import fold_all
from projections.read_models.queues import LengthRow, QueueLengths, Queues
from tests.builders.asking import Client
from tests.builders.facts import checkout, minute_passed
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON, SECOND, history
from tests.builders.workers import reported, stopped

pytestmark = pytest.mark.postgres

HOUR = '(range: {moments: {start: "2026-03-02T12:00:00Z", end: "2026-03-02T13:00:00Z"}})'
PLACE: Any = {"zone_id": "tills", "zone_name": "Tills", "camera_id": "entrance"}


def length(people: int, seconds: float) -> QueueLengthChanged:
    return QueueLengthChanged(**PLACE, length=people, time=NOON + seconds * SECOND)


def waited(who: str, wait_s: float | None, outcome: Any = "served", minutes: int = 1) -> QueueLeft:
    left = NOON + minutes * MINUTE
    joined = left - timedelta(seconds=(wait_s or 0) + 10)
    return QueueLeft(
        **PLACE,
        time=left,
        track_id=f"track-{who}",
        visit_id=who,
        joined_at=joined,
        served_at=None,
        wait_ms=None if wait_s is None else round(wait_s * 1000),
        outcome=outcome,
    )


async def test_lines_say_how_long_they_are_now(shop: Shop, api: Client) -> None:
    asked = '{ store(id: "acme/ginza-3") { queues { zone { key } length since } } }'
    await shop.happened(checkout())
    empty = (await api.ask(asked))["store"]["queues"]
    await shop.happened(length(1, 0), length(2, 30))
    two = (await api.ask(asked))["store"]["queues"]

    assert empty == [{"zone": {"key": "tills"}, "length": 0, "since": None}]
    assert two == [{"zone": {"key": "tills"}, "length": 2, "since": "2026-03-02T12:00:30.000Z"}]


async def test_how_long_a_line_is_that_nobody_watches_any_more_is_not_known(shop: Shop, api: Client) -> None:
    await shop.happened(checkout(), reported(NOON, started_at=NOON), length(2, 30), stopped(NOON + MINUTE))

    (told,) = (await api.ask('{ store(id: "acme/ginza-3") { queues { length } } }'))["store"]["queues"]

    assert told["length"] is None


async def test_waits_have_a_median_and_say_who_was_served_and_who_gave_up(shop: Shop, api: Client) -> None:
    served = [waited(f"visit-{number}", 10.0 * number) for number in range(1, 6)]
    await shop.happened(
        checkout(),
        minute_passed(NOON + 5 * MINUTE, "entrance"),
        length(3, 0),
        length(0, 60),
        *served,
        waited("bob", 90.0, "given_up"),
        waited("cid", None, "unknown", minutes=30),
    )

    asked = f"""{{ store(id: "acme/ginza-3") {{ figures{HOUR} {{ queues {{
        zone {{ key }} longest quality {{ coverage }}
        total {{ served givenUp unknown waitMedianMs waitP90Ms }}
        series(every: QUARTER_HOUR) {{ served unknown }}
    }} }} }} }}"""
    (told,) = (await api.ask(asked))["store"]["figures"]["queues"]

    assert told["total"] == {"served": 5, "givenUp": 1, "unknown": 1, "waitMedianMs": 30_000, "waitP90Ms": 46_000}
    assert (told["zone"], told["longest"]) == ({"key": "tills"}, 3)
    assert [each["served"] for each in told["series"]] == [5, None, 0, None]
    assert [each["unknown"] for each in told["series"]] == [1 - 1, None, 1, None]


async def test_a_line_that_nobody_watched_is_unknown_and_not_empty(shop: Shop, api: Client) -> None:
    await shop.happened(checkout())

    asked = f'{{ store(id: "acme/ginza-3") {{ figures{HOUR} {{ queues {{ total {{ served givenUp }} }} }} }} }}'
    (told,) = (await api.ask(asked))["store"]["figures"]["queues"]

    assert told["total"] == {"served": None, "givenUp": None}


def test_a_wait_is_a_row_and_a_line_has_one_for_each_change() -> None:
    facts = history(length(1, 0), length(2, 5), waited("ann", 3.0))

    assert fold_all(QueueLengths(), facts) == {
        ("acme", "ginza-3", "tills", NOON): LengthRow(camera_id="entrance", length=1),
        ("acme", "ginza-3", "tills", NOON + 5 * SECOND): LengthRow(camera_id="entrance", length=2),
    }
    (row,) = fold_all(Queues(), facts).values()
    assert (row.visit_id, row.wait_ms, row.outcome) == ("ann", 3_000, "served")
