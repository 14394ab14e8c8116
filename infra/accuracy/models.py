"""The person models that every film is judged with: the default one, and the published ones where they are at hand."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from vision_workers.detectors import Device
from vision_workers.errors import VisionError
from vision_workers.models import DEFAULT_MODEL, Models
from vision_workers.models.pull import pull


class PersonModels(msgspec.Struct, frozen=True, kw_only=True):
    """Models in one folder, ready to run on one device."""

    folder: Models
    device: Device
    names: tuple[str, ...]
    missing: Mapping[str, str]
    """Published models that cannot be judged, and why."""


def gather(published: Path, folder: Path) -> PersonModels:
    """Put the published models of a folder beside the default one."""
    models = Models(folder)
    missing: dict[str, str] = {}
    for name in models.published():
        try:
            pull(models, name, published)
        except VisionError as problem:
            missing[name] = str(problem)
    names = (DEFAULT_MODEL, *(name for name in models.published() if name not in missing))
    return PersonModels(folder=models, device=Device(), names=names, missing=missing)
