"""Where watchers work: one camera of a store, or all cameras of a run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from event_store.events.event import Event
from event_store.layout.model import Layout
from vision_workers.observed import ObservedFrame
from vision_workers.runs import Run
from vision_workers.targets import Target
from vision_workers.watchers.evidence import Provenance, Witness

Kind = TypeVar("Kind")


class StoreWatcher(Protocol):
    """Watches all cameras of one run together.

    Calls for one camera come in frame order. Recordings come in the order of frame times over all cameras, live
    cameras as they deliver. A frame comes only once its camera's model is believed.
    """

    source: str
    """The last word but one of its facts' source, `clock`; no two have the same."""

    def prepare(self, frame: ObservedFrame) -> None:
        """Take a frame before the camera's own watchers do, which may ask this one.

        A camera's last frame comes once more before it ends, with all that was still followed as lost.
        """

    def observe(self, camera_id: str, time: datetime, events: Sequence[Event]) -> Sequence[Event]:
        """Take a frame's time and the facts that its watchers decided at it; return what became true."""

    def down(self, camera_id: str) -> Sequence[Event]:
        """Stop waiting for a camera that failed or ended; a next frame brings it back."""

    def finish(self) -> Sequence[Event]:
        """Return what is left to say, once all cameras have ended."""


class StoreSite(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Where a watcher of a whole store works."""

    layout: Layout
    cameras: tuple[str, ...]
    """Those of the run."""
    run: Run


class Site(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Where a watcher of one camera works."""

    layout: Layout
    camera_id: str
    run: Run
    provenances: Mapping[str, Provenance]
    """By target."""
    store_watchers: Sequence[StoreWatcher] = ()
    """Those of the whole run, which have taken each frame before."""

    def witness(self, target: Target[Any]) -> Witness:
        """Return what puts the evidence of a target's detector beside facts."""
        return Witness(self.provenances[target.name])

    def of_store(self, kind: type[Kind]) -> Kind | None:
        """Return the store's watcher of that class; None where this camera is watched alone."""
        return next((each for each in self.store_watchers if isinstance(each, kind)), None)
