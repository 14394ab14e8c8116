"""What is looked for in pictures, and how often."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Generic, TypeVar

import msgspec

from vision_workers.frames import Detection
from vision_workers.tracking import TrackingLimits

Thing = TypeVar("Thing")


class Target(msgspec.Struct, Generic[Thing], frozen=True):
    """Something that a detector finds and watchers watch; `Thing` is the type of one that was found."""

    name: str
    """Unique. Of what a network detects, it is the class in the model's description."""
    tracking: TrackingLimits | None = None
    """How it is followed from frame to frame; None for what does not move."""


PEOPLE: Target[Detection] = Target("person", TrackingLimits())


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """What a watcher wants of one camera."""

    target: Target[Any]
    every: timedelta = timedelta()
    """The least time between two looks, in frame time; zero is every frame."""
    only_changed: bool = False
    """Only regions whose pixels have changed since they were last looked at."""

    def __post_init__(self) -> None:
        """Refuse what no tracker can follow."""
        if self.target.tracking is not None and (self.every or self.only_changed):
            raise ValueError(f"{self.target.name} is tracked, so it is looked for in every frame")


def merge(wants: Iterable[Want]) -> tuple[Want, ...]:
    """Return one want for each target, as often and as widely as any of its watchers needs it."""
    merged: dict[str, Want] = {}
    for want in wants:
        other = merged.get(want.target.name, want)
        merged[want.target.name] = Want(
            target=want.target,
            every=min(want.every, other.every),
            only_changed=want.only_changed and other.only_changed,
        )
    return tuple(merged.values())
