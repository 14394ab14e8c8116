"""A shop that two calibrated cameras film side by side."""

from event_store.events.event import Event
from event_store.layout.model import Layout
from tests.builders.shop_floor import FilmedFloor, Spot
from vision_workers.watchers.fusion import Fusion

ENTRANCE = """floor_points = [
  [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [8.0, 0.0]], [[1.0, 0.0], [8.0, 8.0]], [[0.0, 0.0], [0.0, 8.0]],
]
"""
AISLE = """
[[camera]]
id = "aisle"
source = "aisle.mp4"
floor_points = [
  [[0.0, 1.0], [8.0, 0.0]], [[1.0, 1.0], [16.0, 0.0]], [[1.0, 0.0], [16.0, 8.0]], [[0.0, 0.0], [8.0, 8.0]],
]
"""
DOORSTEP, MIDDLE, RIGHT, LEFT = (0.5, 0.95), (0.5, 0.5), (0.95, 0.5), (0.05, 0.5)


class Shop:
    """Two cameras side by side, the entrance with a door; both are filmed at once."""

    def __init__(self, store: Layout) -> None:
        fusion = Fusion(store, [camera.id for camera in store.camera])
        self.entrance = FilmedFloor(store, together=[fusion])
        self.aisle = FilmedFloor(store, camera="aisle", together=[fusion])

    @property
    def events(self) -> list[Event]:
        return [*self.entrance.events, *self.aisle.events]

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def walk(self, here: FilmedFloor, name: str, *path: Spot, seconds: float = 3.0) -> None:
        other = self.aisle if here is self.entrance else self.entrance
        for number in range(round(seconds * 10)):
            share = number / (round(seconds * 10) - 1)
            (x0, y0), (x1, y1) = path[0], path[-1]
            here.frame({name: (x0 + share * (x1 - x0), y0 + share * (y1 - y0))})
            other.frame({})

    def lose(self, here: FilmedFloor, name: str, after_s: float) -> None:
        other = self.aisle if here is self.entrance else self.entrance
        here.lose(name, after_s=after_s)
        other.wait(after_s + 0.1)

    def wait(self, seconds: float) -> None:
        self.entrance.wait(seconds)
        self.aisle.wait(seconds)
