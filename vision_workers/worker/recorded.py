"""The recordings of a store: which were told, which are still to be told, and from where."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from event_store.layout.model import Camera
from vision_workers.cameras import Playing, Recording, Rest, is_live, open_recording
from vision_workers.errors import SourceError
from vision_workers.spool.growth import Growth, measure
from vision_workers.spool.tellings import Tale, Telling, Tellings
from vision_workers.worker.assignment import Assignment


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One camera that plays a recording."""

    camera: Camera
    tale: Tale | None = None
    """None where there is nothing that can be read."""
    telling: Telling | None = None
    """None while no run has begun to tell it."""
    growth: Growth | None = None
    """What it grew from, of one that no run has begun to tell."""

    @property
    def is_told(self) -> bool:
        """Whether it has said all that it has to say."""
        return self.telling is not None and self.telling.whole

    def source(self, start: datetime, folder: Path) -> Recording | SourceError:
        """Return what is still to be told, or why there is nothing; `start` is for what no run has begun to tell."""
        telling = self.telling or Telling(start=start)
        try:
            playing = Playing(start=telling.start, folder=folder, most_per_second=self.camera.max_frames_per_second)
            recording = open_recording(self.camera.id, self.camera.source, playing)
        except SourceError as problem:
            return problem
        return recording if telling.until is None else Rest(recording, telling.until)


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A camera that is not watched, because its recording was told to its end."""

    store_key: str
    camera_id: str
    model: str
    until: datetime | None
    """Its last frame; None of one without a frame."""
    next_take: int

    @property
    def cure(self) -> str:
        """What to do to have it told again."""
        return f"told to its end; --take {self.next_take} tells it once more"


def find_recorded(assignment: Assignment, tellings: Tellings, take: int) -> Iterator[Recorded]:
    """Yield the cameras of a store that play recordings, each with how far it has been told in that take."""
    for camera in assignment.layout.camera:
        if not is_live(camera.source, assignment.folder):
            yield _find(assignment, camera, tellings, take)


def _find(assignment: Assignment, camera: Camera, tellings: Tellings, take: int) -> Recorded:
    try:
        recording = open_recording(camera.id, camera.source, Playing(folder=assignment.folder))
        digest = recording.digest(tellings.digest)
        tale = Tale(store_key=assignment.key, camera_id=camera.id, digest=digest, take=take)
        telling, growth = tellings.find(tale), None
        if telling is None:
            growth = measure(digest, recording.pieces(), tellings.earlier(tale))
            telling = tellings.before_growth(tale, growth)
    except (SourceError, OSError):
        return Recorded(camera=camera)  # it says so itself when it is played
    return Recorded(camera=camera, tale=tale, telling=telling, growth=growth)
