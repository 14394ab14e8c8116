"""Tracks over time become facts; pure, frame by frame."""

from vision_workers.watchers.camera import CameraWatchers
from vision_workers.watchers.clock import StoreClock
from vision_workers.watchers.evidence import Provenance
from vision_workers.watchers.zones import ZoneStay

__all__ = ["CameraWatchers", "Provenance", "StoreClock", "ZoneStay"]
