"""Position samples: where each person stands, at most twice a second, for maps of movement."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from event_store.layout.geometry import XY
from event_store.layout.homography import Homography, fit
from event_store.layout.model import Layout
from event_store.serialization import timestamp
from vision_workers.frames import Track
from vision_workers.watchers import ShopperWatcher, ZoneStay

INTERVAL = timedelta(milliseconds=500)
MILLIMETRES = 3
"""Decimals of a position in metres."""
FRACTION_DECIMALS = 5


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Where one person stood at one moment; JSON on the topic of samples, one record for each camera's frame."""

    organisation: str
    store: str
    camera_id: str
    time: datetime
    track_id: str
    visit_id: str | None
    foot: XY
    """Fractions of the picture."""
    floor: XY | None
    """Metres; null where the camera is not calibrated or the foot is above its horizon."""
    zones: tuple[ZoneStay, ...]
    layout_digest: str


def encode_sample(sample: Sample) -> bytes:
    """Return the record's JSON, with times to the millisecond as in facts."""
    plain = msgspec.to_builtins(sample)
    zones = [{"zone_id": stay.zone_id, "entered_at": timestamp(stay.entered_at)} for stay in sample.zones]
    return msgspec.json.encode(plain | {"time": timestamp(sample.time), "zones": zones})


class Sampler:
    """Takes the samples of one camera."""

    def __init__(self, layout: Layout, camera_id: str, layout_digest: str) -> None:
        self._store, self._camera_id, self._layout_digest = layout.store, camera_id, layout_digest
        camera = next(camera for camera in layout.camera if camera.id == camera_id)
        self._floor: Homography | None = fit(camera.floor_points) if camera.floor_points else None
        self._taken: dict[str, datetime] = {}

    def sample(self, time: datetime, tracks: Iterable[Track], shoppers: ShopperWatcher) -> list[Sample]:
        """Return the samples that are due in a frame."""
        due = [track for track in tracks if self._due(track.id, time)]
        self._taken |= {track.id: time for track in due}
        self._taken = {track: taken for track, taken in self._taken.items() if time - taken < 2 * INTERVAL}
        return [self._sample(time, track, shoppers) for track in due]

    def _due(self, track_id: str, time: datetime) -> bool:
        taken = self._taken.get(track_id)
        return taken is None or time - taken >= INTERVAL

    def _sample(self, time: datetime, track: Track, shoppers: ShopperWatcher) -> Sample:
        foot = (track.foot.x, track.foot.y)
        floor = self._floor.floor(foot) if self._floor else None
        return Sample(
            organisation=self._store.organisation,
            store=self._store.id,
            camera_id=self._camera_id,
            time=time,
            track_id=track.id,
            visit_id=shoppers.visit_of(track.id),
            foot=(round(foot[0], FRACTION_DECIMALS), round(foot[1], FRACTION_DECIMALS)),
            floor=None if floor is None else (round(floor[0], MILLIMETRES), round(floor[1], MILLIMETRES)),
            zones=shoppers.zones_of(track.id),
            layout_digest=self._layout_digest,
        )
