"""What nobody says any more is not answered as if it were so: cameras, visits, stays and who is inside."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from event_store.events.cameras import CameraDark, CameraOnline
from tests.builders.asking import Client
from tests.builders.facts import came, minute_passed, published, stepped_in
from tests.builders.projected import Shop
from tests.builders.records import SECOND
from tests.builders.workers import reported, stopped

pytestmark = pytest.mark.postgres

QUESTION = """query Look($since: DateTime!) { store(id: "acme/ginza-3") {
    cameras { status since lastFrameAt cause }
    visits { nodes { id exitedAt unconfirmedSince } }
    stays { nodes { exitedAt unconfirmedSince } }
    figures(range: {moments: {start: $since}}) { zones { openStays unconfirmedStays } }
    inside
} }"""


@pytest.fixture
def now() -> datetime:
    """The moment at which a test asks, more or less."""
    return datetime.now(UTC).replace(microsecond=0)


def online(at: datetime) -> CameraOnline:
    return CameraOnline(time=at, camera_id="entrance", width_px=1280, height_px=720, model="people", layout_digest="d")


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


async def somebody_inside(shop: Shop, since: datetime, **said: Any) -> None:
    """Somebody came in and stays in a zone, and a worker said so `since` then."""
    shop.recorded_at = since
    await shop.happened(
        published(),
        minute_passed(since, "entrance"),
        online(since),
        reported(since, started_at=since - SECOND, **said),
        came("ann", since),
        stepped_in("ann", "dairy", since),
    )


async def cameras(api: Client) -> Any:
    return (await api.ask('{ store(id: "acme/ginza-3") { cameras { status since lastFrameAt cause } } }'))["store"][
        "cameras"
    ]


async def answer(api: Client) -> Any:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    found = (await api.ask(QUESTION, since=written(yesterday)))["store"]
    (camera,), (visit,) = found["cameras"], found["visits"]["nodes"]
    (stay,), (zone, _) = found["stays"]["nodes"], found["figures"]["zones"]
    return camera, visit["unconfirmedSince"], stay["unconfirmedSince"], zone, found["inside"]


async def test_while_a_worker_speaks_all_is_as_its_facts_say(shop: Shop, api: Client, now: datetime) -> None:
    await somebody_inside(shop, now)

    camera, visit, stay, zone, inside = await answer(api)

    assert (camera["status"], camera["cause"]) == ("ONLINE", None)
    assert (visit, stay, zone, inside) == (None, None, {"openStays": 1, "unconfirmedStays": 0}, 1)


async def test_of_a_worker_that_died_nobody_says_how_its_camera_is_and_who_is_inside(
    shop: Shop, api: Client, now: datetime
) -> None:
    died = now - timedelta(seconds=107)
    await somebody_inside(shop, died)

    camera, visit, stay, zone, inside = await answer(api)

    assert camera == {
        "status": "UNKNOWN",
        "since": written(died),
        "lastFrameAt": written(died),
        "cause": "nothing is heard of its worker",
    }
    assert (visit, stay) == (written(died), written(died))
    assert (zone, inside) == ({"openStays": 0, "unconfirmedStays": 1}, None)


async def test_a_worker_that_says_it_stops_is_known_to_be_gone_at_once(shop: Shop, api: Client, now: datetime) -> None:
    await somebody_inside(shop, now - SECOND)
    await shop.happened(stopped(now))

    camera, visit, stay, _, inside = await answer(api)

    assert (camera["status"], camera["since"], camera["cause"]) == ("UNKNOWN", written(now), "its worker has stopped")
    assert (visit, stay, inside) == (written(now), written(now), None)


async def test_a_visit_from_before_its_worker_started_again_may_be_over(shop: Shop, api: Client, now: datetime) -> None:
    await somebody_inside(shop, now - 30 * SECOND)
    await shop.happened(reported(now, started_at=now))

    camera, visit, stay, zone, _ = await answer(api)

    assert camera["status"] == "ONLINE"
    assert (visit, stay, zone["openStays"]) == (written(now), written(now), 0)


async def test_what_was_inside_before_the_silence_is_still_answered(shop: Shop, api: Client, now: datetime) -> None:
    died = now.replace(second=0) - timedelta(minutes=5)
    await somebody_inside(shop, died)
    start, end = (written(died + timedelta(minutes=minutes)) for minutes in (-1, 2))
    figures = f'figures(range: {{moments: {{start: "{start}", end: "{end}"}}}})'
    periods = "occupancy { inside peak series(every: MINUTE) { inside peak } }"

    found = (await api.ask(f'{{ store(id: "acme/ginza-3") {{ {figures} {{ {periods} }} }} }}'))["store"]["figures"]

    unknown = {"inside": None, "peak": None}
    assert found["occupancy"] == {**unknown, "series": [{"inside": 0, "peak": 0}, unknown, unknown]}


async def test_a_recording_that_is_over_is_not_online_and_needs_nobody_to_say_so(
    shop: Shop, api: Client, now: datetime
) -> None:
    over = now - timedelta(hours=2)
    shop.recorded_at = over
    await shop.happened(
        published(), online(over), reported(over, live=False, cameras={"entrance": "ended"}), stopped(over)
    )

    (camera,) = await cameras(api)

    assert (camera["status"], camera["since"], camera["cause"]) == ("ENDED", written(over), None)


async def test_a_camera_that_never_gave_a_frame_has_no_last_frame(shop: Shop, api: Client, now: datetime) -> None:
    shop.recorded_at = now
    dark = CameraDark(time=now, camera_id="entrance", silence_ms=10_000, cause="refused", delivered=False)
    await shop.happened(published(), dark)

    (camera,) = await cameras(api)

    assert (camera["status"], camera["since"], camera["lastFrameAt"]) == ("DARK", written(now), None)
