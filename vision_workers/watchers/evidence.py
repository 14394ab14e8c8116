"""What every fact of a watcher rests on."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

import msgspec

from event_store.events.event import Box, Evidence, Limit
from event_store.layout.geometry import XY
from vision_workers.frames import Observation, Track


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Which camera, model and layout a fact comes from; the same for a camera's whole run."""

    camera_id: str
    model: str
    model_digest: str
    layout_digest: str


class Rule(msgspec.Struct, frozen=True):
    """The name and version of the rule that made a fact; a changed limit or meaning is a new version."""

    name: str
    version: int


class PlaceSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the picture that a fact is about: a facing, a label."""

    region: Box | None
    """The smallest upright rectangle around it; null for the whole picture."""
    confidence: float
    """How sure its detector was, 0 to 1, averaged over the frames."""
    frames: tuple[int, ...]
    """Up to 20 frames on which the fact rests, oldest first."""
    input_digest: str | None = None
    """SHA-256 of the pixels of this place alone, where its detector says it."""

    @classmethod
    def around(cls, polygon: Sequence[XY], confidence: float, frames: tuple[int, ...]) -> "PlaceSeen":
        """Return the place of a layout's polygon."""
        across, down = [x for x, _ in polygon], [y for _, y in polygon]
        region = Box(x0=min(across), y0=min(down), x1=max(across), y1=max(down))
        return cls(region=region, confidence=confidence, frames=frames)


class PlaceTestimony(TypedDict):
    """The fields that every fact of a camera has."""

    time: datetime
    camera_id: str
    confidence: float
    layout_digest: str
    model: str
    evidence: Evidence


class Testimony(PlaceTestimony):
    """The fields that every fact about a person has."""

    track_id: str
    visit_id: str | None


class Witness(msgspec.Struct, frozen=True):
    """Puts a camera's evidence beside a fact."""

    provenance: Provenance

    def testify(
        self,
        time: datetime,
        track: Track,
        visit_id: str | None,
        observation: Observation,
        rule: Rule,
        limits: Sequence[Limit],
    ) -> Testimony:
        """Return the fields of a fact about a person; the observation's frame is the one that decided."""
        in_sight = track.last_frame == observation.frame
        place = PlaceSeen(region=track.box if in_sight else None, confidence=track.confidence, frames=track.frames)
        shared = self.testify_of_place(time, place, observation, rule, limits)
        return Testimony(**shared, track_id=track.id, visit_id=visit_id)

    def testify_of_place(
        self, time: datetime, place: PlaceSeen, observation: Observation, rule: Rule, limits: Sequence[Limit]
    ) -> PlaceTestimony:
        """Return the fields of a fact about a place; the observation's frame is the one that decided."""
        return PlaceTestimony(
            time=time,
            camera_id=self.provenance.camera_id,
            confidence=round(place.confidence, 4),
            layout_digest=self.provenance.layout_digest,
            model=self.provenance.model,
            evidence=Evidence(
                frame=observation.frame,
                frame_time=observation.time,
                input_digest=place.input_digest or observation.input_digest(),
                region=place.region,
                model_digest=self.provenance.model_digest,
                rule=rule.name,
                rule_version=rule.version,
                limits=list(limits),
                frames=list(place.frames),
            ),
        )
