"""Pixels in, detections out; a detector remembers nothing."""
