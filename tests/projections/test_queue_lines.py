"""Who joins a line and who leaves it."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from event_store.events.cameras import CameraOnline
from event_store.events.event import Event
from event_store.events.queues import QueueLeft, QueueLengthChanged
from event_store.layout.model import Camera, Layout, Store, View, Zone
from projections.folding.rows import TableRows
from projections.policies.queue_lines import LinesRow, QueueLines
from tests.builders.facts import CORNER, checkout, published, stepped_in, stepped_out
from tests.builders.records import NOON, SECOND, history


def at(seconds: float) -> datetime:
    return NOON + seconds * SECOND


def comes(who: str, seconds: float, zone: str = "tills") -> Event:
    return stepped_in(who, zone, at(seconds))


def goes(who: str, since: float, until: float, reason: Any = "left") -> Event:
    return stepped_out(who, "tills", at(since), at(until), reason)


def told(*facts: Event, layout: Any = None) -> list[Any]:
    rows: TableRows[LinesRow] = TableRows()
    found: list[Event] = []
    for fact in history(layout or checkout(), *facts):
        found += QueueLines().decide(rows.of("acme", "ginza-3"), fact)
    return found


def waits(*facts: Event) -> list[tuple[str | None, str, float | None]]:
    left = [each for each in told(*facts) if isinstance(each, QueueLeft)]
    return [(each.visit_id, each.outcome, None if each.wait_ms is None else each.wait_ms / 1000) for each in left]


def lengths(*facts: Event, layout: Any = None) -> list[tuple[float, int]]:
    found = [each for each in told(*facts, layout=layout) if isinstance(each, QueueLengthChanged)]
    return [((each.time - NOON).total_seconds(), each.length) for each in found]


def test_a_line_is_as_long_as_people_stay_in_its_zone_and_nobody_there_is_told_too() -> None:
    story = (comes("ann", 0), comes("bob", 5), goes("ann", 0, 20), goes("bob", 5, 30))

    assert lengths(*story) == [(0, 1), (5, 2), (20, 1), (30, 0)]


def test_who_is_first_is_served_at_once_and_the_next_waits_until_they_are() -> None:
    story = (
        comes("ann", 0),
        comes("bob", 5),
        comes("cid", 8),
        goes("ann", 0, 20),
        goes("bob", 5, 30),
        goes("cid", 8, 31),
    )

    assert waits(*story) == [("ann", "served", 0.0), ("bob", "served", 15.0), ("cid", "served", 22.0)]


def test_who_leaves_from_behind_others_has_given_up() -> None:
    story = (
        comes("ann", 0),
        comes("bob", 5),
        comes("cid", 8),
        goes("bob", 5, 12),
        goes("ann", 0, 20),
        goes("cid", 8, 31),
    )

    assert waits(*story) == [("bob", "given_up", 7.0), ("ann", "served", 0.0), ("cid", "served", 12.0)]


def test_of_whom_nobody_saw_leave_nobody_knows_whether_they_were_served() -> None:
    story = (comes("ann", 0), comes("bob", 5), goes("bob", 5, 9, "lost"), goes("ann", 0, 20, "camera_down"))

    assert waits(*story) == [("bob", "unknown", None), ("ann", "unknown", 0.0)]


def test_who_is_told_late_takes_the_place_of_when_they_came() -> None:
    story = (comes("bob", 5), comes("ann", 0), goes("ann", 0, 20), goes("bob", 5, 30))

    assert waits(*story) == [("ann", "served", 0.0), ("bob", "served", 15.0)]


def test_only_a_checkout_has_a_line() -> None:
    assert told(comes("ann", 0, "dairy")) == []
    assert told(comes("ann", 0), layout=published()) == []


def test_whom_a_run_before_saw_stands_there_no_more_once_the_camera_begins_anew() -> None:
    online = CameraOnline(
        time=at(60), camera_id="entrance", width_px=640, height_px=480, model="m", layout_digest="22" * 32
    )

    assert lengths(comes("ann", 0), online, comes("bob", 70)) == [(0, 1), (60, 0), (70, 1)]


def test_a_layout_that_is_published_again_keeps_who_stands_in_line() -> None:
    assert lengths(comes("ann", 0), checkout(), goes("ann", 0, 20)) == [(0, 1), (20, 0)]


def test_who_is_seen_by_two_cameras_counts_once() -> None:
    views = [View(camera="entrance", polygon=CORNER), View(camera="aisle", polygon=CORNER)]
    seen_twice = Layout(
        store=Store(id="ginza-3", name="Ginza", time_zone="Asia/Tokyo", organisation="acme"),
        camera=[Camera(id="entrance"), Camera(id="aisle")],
        zone=[Zone(id="tills", name="Tills", kind="checkout", view=views)],
    )
    other = replace(comes("ann", 0), camera_id="aisle")
    layout = replace(checkout(), layout=seen_twice)

    assert lengths(comes("ann", 0), other, goes("ann", 0, 20), layout=layout) == [(0, 1), (20, 0)]
