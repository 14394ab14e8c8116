"""Pixels in, what is to be found in them out."""

from vision_workers.detectors.catalogue import DETECTORS, CameraNeeds, make_detectors
from vision_workers.detectors.detector import Detector, Finding, Method
from vision_workers.detectors.device import Device
from vision_workers.detectors.objects import ObjectDetector, ObjectFinding
from vision_workers.detectors.regions import RegionDetector

__all__ = [
    "DETECTORS",
    "CameraNeeds",
    "Detector",
    "Device",
    "Finding",
    "Method",
    "ObjectDetector",
    "ObjectFinding",
    "RegionDetector",
    "make_detectors",
]
