"""Pixels to facts: cameras, detectors, tracking and watchers, and the spool they write to."""
