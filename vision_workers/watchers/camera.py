"""All watchers of one camera, in the order of the catalogue."""

from collections.abc import Sequence

from event_store.events.event import Event, Reason
from vision_workers.observed import ObservedFrame
from vision_workers.watchers.catalogue import WATCHERS, Watcher, WatcherKind
from vision_workers.watchers.shoppers import ShopperWatcher
from vision_workers.watchers.site import Site


class CameraWatchers:
    """Shows each frame to the store's watchers, to that of shoppers, and to the others that have work here."""

    def __init__(self, site: Site, kinds: Sequence[WatcherKind] = WATCHERS) -> None:
        self._store_watchers = site.store_watchers
        self.shoppers = ShopperWatcher(site)
        others = [kind(site, self.shoppers) for kind in kinds if kind.wants(site.layout, site.camera_id)]
        self._watchers: list[Watcher] = [self.shoppers, *others]

    def observe(self, frame: ObservedFrame) -> list[Event]:
        """Take one frame; return what became true, in the order in which it was decided."""
        self._prepare(frame)
        return [event for watcher in self._watchers for event in watcher.observe(frame)]

    def finish(self, frame: ObservedFrame, reason: Reason) -> list[Event]:
        """End all that is open. The frame is the camera's last, with what its trackers still followed as lost."""
        self._prepare(frame)
        return [event for watcher in self._watchers for event in watcher.finish(frame, reason)]

    def _prepare(self, frame: ObservedFrame) -> None:
        for each in self._store_watchers:
            each.prepare(frame)
