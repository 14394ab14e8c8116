"""Tracks over time become facts; pure, frame by frame."""
