"""Tracks over time become facts; pure, frame by frame."""

from vision_workers.watchers.camera import CameraWatchers, ZoneStay
from vision_workers.watchers.clock import StoreClock
from vision_workers.watchers.evidence import Provenance

__all__ = ["CameraWatchers", "Provenance", "StoreClock", "ZoneStay"]
