"""In which order the frames of several cameras are taken."""

import threading
from collections.abc import Sequence

from vision_workers.pipeline.lanes import DetectedFrame, Lane

Due = Lane | None


class FrameOrder:
    """Merges lanes. Recordings go strictly by frame time, whatever their threads' pace; live cameras as they come.

    So several recordings of one store always give the same facts in the same order, and none runs ahead of another.
    """

    def __init__(self, lanes: Sequence[Lane], changed: threading.Condition) -> None:
        self._lanes, self._changed = lanes, changed

    def next_due(self, timeout_s: float) -> Due:
        """Wait until a lane's oldest item is due, and return the lane; None after the timeout."""
        with self._changed:
            self._changed.wait_for(lambda: self._due() is not None, timeout_s)
            return self._due()

    def _due(self) -> Due:
        live = next((lane for lane in self._lanes if lane.live and not lane.ended and _answered(lane)), None)
        return live or self._recorded()

    def _recorded(self) -> Due:
        open_lanes = [lane for lane in self._lanes if not lane.live and not lane.ended]
        if any(lane.head is None for lane in open_lanes):
            return None
        finished = next((lane for lane in open_lanes if not isinstance(lane.head, DetectedFrame)), None)
        first = finished or min(open_lanes, key=_time, default=None)
        return first if first is not None and _answered(first) else None


def _answered(lane: Lane) -> bool:
    head = lane.head
    if not isinstance(head, DetectedFrame):
        return head is not None
    return all(finding.ready or (lane.live and finding.late) for finding in head.findings)


def _time(lane: Lane) -> float:
    head = lane.head
    return head.frame.time.timestamp() if isinstance(head, DetectedFrame) else 0.0
