"""What a model finds in one picture, in words of the picture instead of tensors."""

import msgspec

from event_store.events.event import Box
from vision_workers.detectors.inputs import picture_share, to_input
from vision_workers.detectors.objects import ObjectDetector
from vision_workers.frames import Picture
from vision_workers.serving.store import ServedModel
from vision_workers.targets import Target


class DetectedThing(msgspec.Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """One thing that was found."""

    class_: str
    confidence: float
    box: Box
    """In fractions of the picture, from its top left corner."""


class DetectAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All that one picture shows, most confident first."""

    model_name: str
    model_version: str
    width: int
    height: int
    detections: list[DetectedThing]


async def detect(served: ServedModel, picture: Picture) -> DetectAnswer:
    """Return what is in a picture, of every class that the model's description names."""
    description = served.model.description
    outputs = await served.queue.infer(to_input(picture, description.input))
    share = picture_share(picture, description.input)
    found = [
        DetectedThing(class_=name, confidence=thing.confidence, box=thing.box)
        for name in description.classes
        for thing in ObjectDetector(served.network, served.model, Target(name)).read(outputs, share)
        if thing.confidence >= description.threshold
    ]
    height, width = picture.shape[:2]
    return DetectAnswer(
        model_name=served.model.name,
        model_version=served.version,
        width=width,
        height=height,
        detections=sorted(found, key=lambda each: -each.confidence),
    )
