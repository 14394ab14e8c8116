"""What every fact of a watcher rests on."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

import msgspec

from event_store.events.event import Evidence, Limit
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


class Testimony(TypedDict):
    """The fields that every fact about a person has."""

    time: datetime
    camera_id: str
    confidence: float
    layout_digest: str
    model: str
    evidence: Evidence
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
        """Return the fields that all facts share; the observation's frame is the one that decided."""
        in_sight = track.last_frame == observation.frame
        return Testimony(
            time=time,
            camera_id=self.provenance.camera_id,
            confidence=round(track.confidence, 4),
            layout_digest=self.provenance.layout_digest,
            model=self.provenance.model,
            track_id=track.id,
            visit_id=visit_id,
            evidence=Evidence(
                frame=observation.frame,
                frame_time=observation.time,
                input_digest=observation.input_digest(),
                region=track.box if in_sight else None,
                model_digest=self.provenance.model_digest,
                rule=rule.name,
                rule_version=rule.version,
                limits=list(limits),
                frames=list(track.frames),
            ),
        )
