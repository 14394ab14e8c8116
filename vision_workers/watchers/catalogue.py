"""What cameras and stores are watched for: a line for each watcher."""

from collections.abc import Callable, Sequence
from typing import Protocol

from event_store.events.event import Event, Reason
from event_store.layout.model import Layout
from vision_workers.observed import ObservedFrame
from vision_workers.targets import Want, merge
from vision_workers.watchers import shoppers
from vision_workers.watchers.clock import StoreClock
from vision_workers.watchers.fusion import Fusion
from vision_workers.watchers.heatmaps import HeatMap, PositionWatcher
from vision_workers.watchers.labels import LabelWatcher
from vision_workers.watchers.shelves import ShelfWatcher
from vision_workers.watchers.shoppers import ShopperWatcher
from vision_workers.watchers.site import Site, StoreSite, StoreWatcher


class Watcher(Protocol):
    """Turns what was found in one camera's frames into facts; pure: no clock, no input or output, no pixels."""

    def observe(self, frame: ObservedFrame, /) -> Sequence[Event]:
        """Take a frame, whatever was looked for in it; return what became true."""

    def finish(self, frame: ObservedFrame, reason: Reason, /) -> Sequence[Event]:
        """End all that is open; the frame is the camera's last."""


class WatcherKind(Protocol):
    """A class of watchers of one camera. It may ask whose visit a track is, as shoppers are watched first."""

    @staticmethod
    def wants(layout: Layout, camera_id: str) -> Sequence[Want]:
        """Return what it wants of a camera; nothing, and there is no such watcher, where it has no work."""

    def __call__(self, site: Site, shoppers: ShopperWatcher, /) -> Watcher:
        """Return a watcher."""


StoreWatcherKind = Callable[[StoreSite], StoreWatcher]

WATCHERS: tuple[WatcherKind, ...] = (PositionWatcher, ShelfWatcher, LabelWatcher)
"""Of each camera, in the order of their facts, after those about shoppers."""

STORE_WATCHERS: tuple[StoreWatcherKind, ...] = (
    lambda site: Fusion(site.layout, site.cameras),
    HeatMap,
    lambda site: StoreClock(site.layout, site.cameras),
)
"""Of all cameras of a run together, in the order of their facts."""


def wants_of(layout: Layout, camera_id: str, kinds: Sequence[WatcherKind] = WATCHERS) -> tuple[Want, ...]:
    """Return all that is wanted of a camera, one want for each target."""
    return merge([*shoppers.WANTS, *(want for kind in kinds for want in kind.wants(layout, camera_id))])
