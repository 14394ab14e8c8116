"""One frame of one camera as its watchers learn of it."""

from datetime import datetime
from typing import Any, Generic, cast

import msgspec

from vision_workers.frames import Observation
from vision_workers.targets import PEOPLE, Target, Thing


class Found(msgspec.Struct, Generic[Thing], frozen=True, kw_only=True, eq=False):
    """What was found of one target."""

    target: Target[Thing]
    observation: Observation
    """The frame that was looked at, with the tracks of what moves.

    It is the frame at hand, or an earlier one where a live camera's detector took its time.
    """
    things: tuple[Thing, ...]
    """All that the detector handed over, weak ones too."""


class ObservedFrame(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """All that watchers ever learn of a frame."""

    camera_id: str
    frame: int
    time: datetime
    found: tuple[Found[Any], ...]
    """One for each target that was looked for."""
    still: bool = False
    """Whether it is a picture that stands for itself: one of a folder, not of a film."""

    @classmethod
    def of_people(cls, observation: Observation) -> "ObservedFrame":
        """Return a frame in which nothing but people was looked for."""
        found = Found(target=PEOPLE, observation=observation, things=())
        return cls(camera_id=observation.camera_id, frame=observation.frame, time=observation.time, found=(found,))

    def of(self, target: Target[Thing]) -> Found[Thing] | None:
        """Return what was found of a target; None where this frame was not looked at for it."""
        return next((cast("Found[Thing]", each) for each in self.found if each.target.name == target.name), None)
