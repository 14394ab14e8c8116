"""What workers say of themselves."""

from collections.abc import Mapping
from datetime import datetime

from event_store.events.workers import CameraState, WatchedCamera, WorkerReported, WorkerStopped
from tests.builders.records import NOON

HOLDS_MS = 50_000


def reported(  # each has its usual value
    at: datetime = NOON,
    *,
    worker: str = "main",
    started_at: datetime | None = None,
    live: bool = True,
    last_frame_at: datetime | None = None,
    cameras: Mapping[str, CameraState] | None = None,
) -> WorkerReported:
    """A worker said how its cameras are: one at the entrance, which delivers, unless told."""
    return WorkerReported(
        time=at,
        worker=worker,
        started_at=started_at or NOON,
        holds_ms=HOLDS_MS,
        cameras=[
            WatchedCamera(camera_id=camera, live=live, state=state, last_frame_at=last_frame_at or at)
            for camera, state in (cameras or {"entrance": "online"}).items()
        ],
    )


def stopped(at: datetime = NOON, *cameras: str, worker: str = "main") -> WorkerStopped:
    """A worker said that it stops."""
    return WorkerStopped(time=at, worker=worker, cameras=list(cameras or ("entrance",)))
