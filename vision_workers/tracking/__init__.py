"""Detections of one camera over time become tracks."""

from vision_workers.tracking.limits import TrackingLimits
from vision_workers.tracking.tracker import Tracked, Tracker

__all__ = ["Tracked", "Tracker", "TrackingLimits"]
