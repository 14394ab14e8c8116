"""What workers and the monitor say of Shopfloor's own health; these facts go to `shopfloor.ops`."""

from typing import Literal

from event_store.events.event import Event, Moment
from event_store.events.workers import Obstruction, WorkerEvent


class ModelSuspect(WorkerEvent, frozen=True, kw_only=True):
    """A model reports far more detections than ever matched a moving track, so its facts are withheld."""

    camera_id: str
    model: str
    model_digest: str
    detections_per_frame: float
    matched_share: float
    """Share of the detections that matched a track that moved, 0 to 1."""


class CameraObscured(WorkerEvent, frozen=True, kw_only=True):
    """A camera delivers pictures that show nothing, so that nobody in them is no sign of an empty shop."""

    camera_id: str
    how: Obstruction
    since: Moment
    """Time of the first such frame."""


class CameraCleared(WorkerEvent, frozen=True, kw_only=True):
    """A camera that was obscured shows something again."""

    camera_id: str
    obscured_since: Moment


class SpoolFilled(WorkerEvent, frozen=True, kw_only=True):
    """The spool reached its limit, so the worker takes no more frames until the broker accepts facts again."""

    limit_bytes: int
    waiting_records: int


class SpoolDrained(WorkerEvent, frozen=True, kw_only=True):
    """The spool has room again and the worker goes on."""

    waiting_records: int


RecordSide = Literal["ledger", "kafka", "tiles", "seals"]
"""Which copy is not what was sealed: the ledger's rows, Kafka's log, the stored tiles, or the log of seals itself."""


class RecordDiverged(Event, frozen=True, kw_only=True):
    """A copy of the record is no longer what was sealed, as the monitor found by deriving the roots again."""

    side: RecordSide
    tree: str
    """`topic/partition`, or `seals` for the log of seals."""
    leaf: int
    """The first leaf that differs, numbered from 0."""
    offset: int | None
    """Its Kafka offset; null where that is not known."""
    checkpoint: int
    """The size of the log of seals that the copy was compared with."""
    why: str

    @property
    def subject(self) -> str:
        """The tree."""
        return f"record/{self.tree}"


FACTS = (ModelSuspect, CameraObscured, CameraCleared, SpoolFilled, SpoolDrained, RecordDiverged)
