"""How far a trial is, on stderr."""

import sys
import time

from event_store.events.ops import ModelSuspect
from infra.cli.trial_summary import summary_lines
from vision_workers.pipeline import CameraState, Step
from vision_workers.trial import Outcome

EVERY_S = 2.0


class Progress:
    """Says now and then how many frames have been watched; stdout stays free for events."""

    def __init__(self) -> None:
        self._began = self._said = time.monotonic()
        self._frames = self._facts = 0

    def show(self, step: Step) -> None:
        """Take a step of the pipeline."""
        self._frames += step.time is not None
        self._facts += len(step.facts)
        now = time.monotonic()
        if step.time is not None and now - self._said >= EVERY_S:
            self._said = now
            self._write(f"{step.time:%H:%M:%S}: {self._told(now)}")

    def finish(self, state: CameraState, outcome: Outcome) -> None:
        """Say how it ended."""
        if state.shortfall:
            self._write(f"warning: {state.shortfall}; what could be seen is kept")
        for envelope in outcome.operations:
            event = envelope.event
            if isinstance(event, ModelSuspect):
                self._write(
                    f"warning: model {event.model} is not believed and its facts are withheld: "
                    f"{event.detections_per_frame:.0f} detections a frame, {event.matched_share:.0%} of them moved; "
                    "try another model (`shopfloor models list`)"
                )
        self._write(f"done: {self._told(time.monotonic())}")
        for line in summary_lines([fact.event for fact in outcome.facts]):
            self._write(line)

    def _told(self, now: float) -> str:
        rate = self._frames / max(now - self._began, 1e-3)
        return f"{self._frames} frames ({rate:.0f} a second), {self._facts} events"

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
