"""A store whose one camera knows the floor."""

from pathlib import Path

from event_store.events.layouts import LayoutPublished
from event_store.layout.digest import layout_digest, published
from event_store.layout.reading import parse_layout
from tests.builders.records import NOON

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


def calibrated() -> LayoutPublished:
    """The store's layout is in force: a floor of eight by six cells, two zones and a table."""
    layout = published(parse_layout(LAYOUT.encode(), Path("shop.toml")))
    return LayoutPublished(time=NOON, layout=layout, layout_digest=layout_digest(layout), valid_from=NOON)
