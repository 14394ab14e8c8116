"""What one frame, or the end of a camera, leads to."""

from datetime import datetime

import msgspec

from event_store.envelope import Envelope
from event_store.events.event import Event
from vision_workers.frames import Detection, Frame, Track
from vision_workers.samples import Sample


class FrameResult(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a camera made of one frame."""

    time: datetime
    events: tuple[Event, ...] = ()
    samples: tuple[Sample, ...] = ()
    frame: Frame | None = None
    """None where no frame is behind it."""
    tracks: tuple[Track, ...] = ()
    detections: tuple[Detection, ...] = ()
    """Weak ones too."""


class Step(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Facts that belong together: all of them are put, or none."""

    source: str
    """The CloudEvents source of the camera, or of the store's clock."""
    key: str
    """`organisation/store`."""
    time: datetime | None
    """Time of the frame behind it; None where there was none."""
    facts: tuple[Envelope, ...] = ()
    operations: tuple[Envelope, ...] = ()
    samples: tuple[Sample, ...] = ()
    result: FrameResult | None = None


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """That a camera delivers nothing."""

    start: datetime
    """Since when, where it has delivered nothing yet."""
    silence_ms: int
    cause: str
    latest: datetime | None = None
    """What the clock says now where it was set back: the silence began no later."""
