"""What is found over time becomes facts; pure, frame by frame."""

from vision_workers.watchers.camera import CameraWatchers
from vision_workers.watchers.catalogue import (
    STORE_WATCHERS,
    WATCHERS,
    StoreWatcherKind,
    Watcher,
    WatcherKind,
    wants_of,
)
from vision_workers.watchers.clock import StoreClock
from vision_workers.watchers.evidence import PlaceSeen, Provenance
from vision_workers.watchers.shoppers import ShopperWatcher
from vision_workers.watchers.site import Site, StoreSite, StoreWatcher
from vision_workers.watchers.zones import ZoneStay

__all__ = [
    "STORE_WATCHERS",
    "WATCHERS",
    "CameraWatchers",
    "PlaceSeen",
    "Provenance",
    "ShopperWatcher",
    "Site",
    "StoreClock",
    "StoreSite",
    "StoreWatcher",
    "StoreWatcherKind",
    "Watcher",
    "WatcherKind",
    "ZoneStay",
    "wants_of",
]
