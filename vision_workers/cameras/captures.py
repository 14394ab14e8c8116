"""OpenCV's video captures, opened quietly and with limits on waiting."""

import os
import re
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from vision_workers.cameras.errors import LiveSourceDown, MissingSource, UnreadableVideo
from vision_workers.frames import Picture

DEVICE = re.compile(r"\d+|/dev/video\d+")


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
        number = int(source.removeprefix("/dev/video"))
        capture = cv2.VideoCapture(number, cv2.CAP_ANY)
    else:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, patience_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, patience_ms]
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise LiveSourceDown("cannot be opened")
    return capture


def picture_of(capture: cv2.VideoCapture) -> Picture | None:
    """Return the picture that was grabbed last, None when it cannot be decoded."""
    there, picture = capture.retrieve()
    return cast("Picture", np.asarray(picture)) if there else None


def _quiet() -> None:
    """Keep FFmpeg and OpenCV from writing to stderr; what goes wrong is told by our own errors."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
