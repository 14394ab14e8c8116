"""A store whose one camera knows the floor."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from event_store.events.cameras import CameraOnline
from event_store.events.event import Event
from event_store.events.layouts import LayoutPublished
from event_store.layout.digest import layout_digest, published
from event_store.layout.reading import parse_layout
from tests.builders.facts import completed, counted, floor_counted, label_read, minute_passed, requested
from tests.builders.records import MINUTE, NOON

LAYOUT = """
[store]
organisation = "acme"
id = "ginza-3"
name = "Ginza"
time_zone = "Asia/Tokyo"
floor = [4.0, 3.0]

[[camera]]
id = "entrance"
source = "entrance.mp4"
floor_points = [  # it sees three metres of the four
  [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [3.0, 0.0]], [[1.0, 0.0], [3.0, 3.0]], [[0.0, 0.0], [0.0, 3.0]],
]

[[zone]]
id = "dairy"
name = "Dairy"
camera = "entrance"
polygon = [[0.0, 0.0], [0.34, 0.0], [0.34, 0.34], [0.0, 0.34]]

[[zone]]
id = "wine"
name = "Wine"
floor_polygon = [[2.0, 0.0], [3.0, 0.0], [3.0, 1.0], [2.0, 1.0]]

[[fixture]]
id = "table"
kind = "table"
floor_polygon = [[0.5, 0.5], [1.0, 0.5], [1.0, 1.0], [0.5, 1.0]]
"""


SHELF = """
[[product]]
sku = "sku-1"
name = "Milk"
price = "198"

[[shelf]]
id = "A1"
camera = "entrance"
""" + "".join(
    f"""
[[shelf.facing]]
slot = {slot}
polygon = [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]
{'sku = "sku-1"' if slot < 3 else ""}

[[shelf.label]]
slot = {slot}
polygon = [[0.1, 0.3], [0.2, 0.3], [0.2, 0.4]]
"""
    for slot in (1, 2, 3)
)


def calibrated(more: str = "", at: datetime = NOON) -> LayoutPublished:
    """The store's layout is in force: a floor of eight by six cells, two zones, a table, and `more` of its file."""
    layout = published(parse_layout((LAYOUT + more).encode(), Path("shop.toml")))
    return LayoutPublished(time=at, layout=layout, layout_digest=layout_digest(layout), valid_from=at)


def stocked(at: datetime) -> LayoutPublished:
    """The same store, which keeps milk for 198 in two of the three places of a shelf."""
    return calibrated(SHELF, at)


def stocked_and_seen(now: datetime) -> Iterator[Event]:
    """People walked; one place is empty, one was and costs too much, nobody saw the third."""
    yield stocked(now - timedelta(days=1))
    yield CameraOnline(
        time=now - 30 * MINUTE, camera_id="entrance", width_px=640, height_px=480, model="m", layout_digest="22" * 32
    )
    yield minute_passed(now - MINUTE, "entrance")
    yield requested(2, now - 4 * MINUTE, now - 3 * MINUTE)
    yield completed(2, now - 4 * MINUTE, now - 3 * MINUTE, now - 2 * MINUTE)
    yield counted(1, "empty", now - 2 * MINUTE, count=0)
    yield counted(2, "full", now - 2 * MINUTE)
    yield requested(1, now - 2 * MINUTE, now - MINUTE)
    yield label_read(1, "198", now - MINUTE)
    yield label_read(2, "248", now - MINUTE)
    yield floor_counted(now - 5 * MINUTE, {32: (2, 60_000, 3), 27: (5, 3_000, 0)}, columns=8)
