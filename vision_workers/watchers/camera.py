"""All watchers of one camera, in the order in which their facts belong."""

from datetime import datetime

import msgspec

from event_store.events import Event, Reason
from event_store.layout.model import Layout
from vision_workers.frames import Observation
from vision_workers.runs import Run
from vision_workers.watchers.evidence import Provenance


class ZoneStay(msgspec.Struct, frozen=True, kw_only=True):
    """A zone that a person is in now, and since when."""

    zone_id: str
    entered_at: datetime


class CameraWatchers:
    """Turns what the tracker made of each frame of one camera into facts; pure, knows no clock."""

    def __init__(self, layout: Layout, camera_id: str, provenance: Provenance, run: Run) -> None:
        self._layout, self._camera_id, self._provenance, self._run = layout, camera_id, provenance, run

    def observe(self, observation: Observation) -> list[Event]:
        """Take one frame's tracks; return what became true, in the order in which it was decided."""
        return []

    def finish(self, observation: Observation, reason: Reason) -> list[Event]:
        """End all that is open. The observation is the camera's last frame, its `lost` the tracker's last tracks."""
        return []

    def visit_of(self, track_id: str) -> str | None:
        """Return the visit that a track belongs to, None where it is not known."""
        return None

    def zones_of(self, track_id: str) -> tuple[ZoneStay, ...]:
        """Return the zones that a track is in now, by zone id; a stay counts from its debounced step in."""
        return ()
