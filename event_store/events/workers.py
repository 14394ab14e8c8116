"""Workers say that they are at work, and that they stop; what nobody watched in between is a fact."""

from typing import Annotated, Literal

from msgspec import Meta

from event_store.events.event import Event, Moment, Value

CameraState = Literal["starting", "online", "dark", "ended", "failed"]
"""Without a frame yet, delivering, silent, a recording that is over, or a source that cannot be used."""


Obstruction = Literal["black", "covered", "frozen"]
"""All black, of one colour, or the same for longer than a shop stands still."""


class WorkerEvent(Event, frozen=True, kw_only=True):
    """A fact about one worker process."""

    worker: str

    @property
    def subject(self) -> str:
        """The worker."""
        return f"worker/{self.worker}"


class WatchedCamera(Value, frozen=True, kw_only=True):
    """How one camera is, as its worker has it."""

    camera_id: str
    live: bool
    """False where it plays a recording."""
    state: CameraState
    last_frame_at: Moment | None
    """Null while it has delivered none."""
    obscured: Obstruction | None = None
    """Why its pictures show nothing; null while they do."""
    obscured_since: Moment | None = None
    """Time of the first such frame."""


class WorkerReported(WorkerEvent, frozen=True, kw_only=True):
    """A worker is at work for the store. It says so every few seconds, whatever its cameras do."""

    started_at: Moment
    holds_ms: Annotated[int, Meta(ge=1)]
    """Where nothing more is recorded of the worker for so long, nobody knows how its cameras are."""
    cameras: list[WatchedCamera]


class WorkerStopped(WorkerEvent, frozen=True, kw_only=True):
    """A worker ended in order: from `time` on nobody watches its cameras."""

    cameras: list[str]


class WatchResumed(Event, frozen=True, kw_only=True):
    """A live camera is watched again; from `unwatched_since` to `time` nobody watched it, so nothing is known."""

    camera_id: str
    worker: str
    """Who watches it now."""
    unwatched_since: Moment
    stopped: bool
    """Whether the worker before had said that it stops."""

    @property
    def subject(self) -> str:
        """The camera."""
        return f"camera/{self.camera_id}"


FACTS = (WorkerReported, WorkerStopped, WatchResumed)
