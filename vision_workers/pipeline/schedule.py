"""Which of a camera's detectors look at a frame."""

from collections.abc import Callable, Iterable
from datetime import datetime

from vision_workers.detectors import Detector, Finding
from vision_workers.frames import Frame
from vision_workers.pipeline.plans import CameraPlan
from vision_workers.targets import Want


class Schedule:
    """Asks a camera's detectors as often as is wanted, by frame time, so a repeated recording is asked alike."""

    def __init__(self, plan: CameraPlan, wants: Iterable[Want]) -> None:
        """Take what is wanted; raises `NoDetector` for what the plan has no detector of."""
        self._looks = [Look(plan.detector(want.target), want) for want in wants]
        self._live = plan.live

    def ask(self, frame: Frame, then: Callable[[], None]) -> tuple[Finding, ...]:
        """Begin with a frame; `then` is called at each answer."""
        return tuple(
            look.ask(frame, then) for look in self._looks if look.is_due(frame.time) and not (self._live and look.busy)
        )


class Look:
    """One detector, and when it was asked last."""

    def __init__(self, detector: Detector, want: Want) -> None:
        self._detector, self._every = detector, want.every
        self._asked_at: datetime | None = None
        self._asked: Finding | None = None

    def is_due(self, time: datetime) -> bool:
        """Say whether it is wanted at a frame time. An earlier time than the last is of a clock that was set back."""
        last = self._asked_at
        return last is None or time < last or time - last >= self._every

    @property
    def busy(self) -> bool:
        """Whether an answer that nobody waits for is still to come; more questions would only pile up."""
        return self._asked is not None and self._asked.late and not self._asked.ready

    def ask(self, frame: Frame, then: Callable[[], None]) -> Finding:
        """Begin with a frame."""
        self._asked_at = frame.time
        self._asked = self._detector.detect(frame.picture, then)
        return self._asked
