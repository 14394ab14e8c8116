"""Pixels in, detections out; a detector remembers nothing."""

from vision_workers.detectors.detector import Detector, Finding
from vision_workers.detectors.device import Device

__all__ = ["Detector", "Device", "Finding"]
