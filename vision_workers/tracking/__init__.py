"""Detections of one camera over time become tracks."""
