"""Who finds what: one maker for each target."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from event_store.layout.model import Layout
from vision_workers.detectors.detector import Detector
from vision_workers.detectors.device import Device
from vision_workers.detectors.errors import NoDetector
from vision_workers.detectors.facings import facing_detector
from vision_workers.detectors.labels import label_detector
from vision_workers.labels.paddle import paddle_reader
from vision_workers.models import Model, Models
from vision_workers.targets import PEOPLE, Want
from vision_workers.watchers.facings import FACINGS
from vision_workers.watchers.labels import LABELS


class CameraNeeds(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a detector for one camera may be made of."""

    layout: Layout
    camera_id: str
    model: Model
    """The camera's own, which finds people."""
    models: Models
    """Where others are found."""
    device: Device


DetectorMaker = Callable[[CameraNeeds, Want], Detector]

DETECTORS: Mapping[str, DetectorMaker] = {
    PEOPLE.name: lambda needs, want: needs.device.detector(needs.model, want.target),
    FACINGS.name: lambda needs, _: facing_detector(needs.layout, needs.camera_id),
    LABELS.name: lambda needs, _: label_detector(needs.layout, needs.camera_id, paddle_reader(), needs.device.readers),
}
"""By the target's name."""


def make_detectors(
    needs: CameraNeeds, wants: Iterable[Want], makers: Mapping[str, DetectorMaker] = DETECTORS
) -> tuple[Detector, ...]:
    """Return a detector for each thing that is wanted of a camera; raises a `ModelError`."""
    for want in wants:
        if want.target.name not in makers:
            raise NoDetector(want.target.name, makers)
    return tuple(makers[want.target.name](needs, want) for want in wants)
