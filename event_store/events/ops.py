"""What a worker says of its own health; these facts go to `shopfloor.ops`."""

from event_store.events.event import Event


class WorkerEvent(Event, frozen=True, kw_only=True):
    """A fact about one worker process."""

    worker: str

    @property
    def subject(self) -> str:
        """The worker."""
        return f"worker/{self.worker}"


class ModelSuspect(WorkerEvent, frozen=True, kw_only=True):
    """A model reports far more detections than ever matched a moving track, so its facts are withheld."""

    camera_id: str
    model: str
    model_digest: str
    detections_per_frame: float
    matched_share: float
    """Share of the detections that matched a track that moved, 0 to 1."""


class SpoolFilled(WorkerEvent, frozen=True, kw_only=True):
    """The spool reached its limit, so the worker takes no more frames until the broker accepts facts again."""

    limit_bytes: int
    waiting_records: int


class SpoolDrained(WorkerEvent, frozen=True, kw_only=True):
    """The spool has room again and the worker goes on."""

    waiting_records: int
