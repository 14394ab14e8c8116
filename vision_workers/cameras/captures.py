"""OpenCV's video captures, opened quietly and with limits on waiting."""

import os
import re
import time
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from vision_workers.cameras.diagnosis import SENDS_NOTHING, why_not
from vision_workers.cameras.errors import LiveSourceDown, MissingSource, UnreadableVideo
from vision_workers.frames import Picture

DEVICE = re.compile(r"\d+|/dev/video\d+")
FRESH_S = 0.015
"""A frame for which one had to wait so long is no longer one of those that were waiting."""
STREAMING = "rtsp_transport;tcp|analyzeduration;1000000"
"""Pictures over TCP, since lost packets would be smeared pictures; a second is enough to see what a stream is."""


def open_file(path: Path) -> cv2.VideoCapture:
    """Open a video file; raises `MissingSource` or `UnreadableVideo`."""
    try:
        size = path.stat().st_size
        path.open("rb").close()
    except FileNotFoundError:
        raise MissingSource(str(path)) from None
    except OSError as problem:
        raise UnreadableVideo(path, f"cannot be read ({problem.strerror})") from problem
    if size == 0:
        raise UnreadableVideo(path, "is empty (0 bytes)")
    _quiet()
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise UnreadableVideo(path, "is no video that can be read")
    return capture


def open_live(source: str, patience_ms: int) -> cv2.VideoCapture:
    """Open a device number or an address; reads give up after `patience_ms`. Raises `LiveSourceDown`."""
    _quiet()
    if DEVICE.fullmatch(source):
        return _open_device(int(source.removeprefix("/dev/video")))
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, patience_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, patience_ms]
    capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise LiveSourceDown(why_not(source, patience_ms / 1000))
    return capture


def skip_waiting(capture: cv2.VideoCapture, most_s: float = 5.0) -> None:
    """Throw away what came while the stream was being opened: it is seconds old, and would be taken for now.

    Raises `LiveSourceDown` when nothing comes at all.
    """
    began = before = time.monotonic()
    if not capture.grab():
        raise LiveSourceDown(SENDS_NOTHING)
    while time.monotonic() - began < most_s and capture.grab():
        now = time.monotonic()
        if now - before > FRESH_S:
            return
        before = now


def _open_device(number: int) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(number, cv2.CAP_ANY)
    if not capture.isOpened():
        found = ", ".join(sorted(str(path) for path in Path("/dev").glob("video[0-9]*"))) or "none"
        raise LiveSourceDown(f"is no device {number} that opens, or another program has it; devices here: {found}")
    return capture


def picture_of(capture: cv2.VideoCapture) -> Picture | None:
    """Return the picture that was grabbed last, None when it cannot be decoded."""
    there, picture = capture.retrieve()
    return cast("Picture", np.asarray(picture)) if there else None


def _quiet() -> None:
    """Keep FFmpeg and OpenCV from writing to stderr; what goes wrong is told by our own errors."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", STREAMING)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
