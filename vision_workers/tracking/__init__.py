"""Detections of one camera over time become tracks."""

from vision_workers.tracking.tracker import Tracked, Tracker, TrackingLimits

__all__ = ["Tracked", "Tracker", "TrackingLimits"]
