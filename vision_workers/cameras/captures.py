"""Files, streams and devices, opened quietly and with limits on waiting."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import av
import cv2
import numpy as np
from av.container import InputContainer

from vision_workers.cameras.decoding import Decoder, NoVideo
from vision_workers.cameras.diagnosis import SENDS_NOTHING, why_not
from vision_workers.cameras.errors import LiveSourceDown, MissingSource, UnreadableVideo
from vision_workers.cameras.pixels import Pixels
from vision_workers.frames import Picture

DEVICE = re.compile(r"[0-9]{1,2}|/dev/video[0-9]+")
FRESH_S = 0.015
"""A frame for which one had to wait so long is no longer one of those that were waiting."""
STREAMING = {"rtsp_transport": "tcp", "analyzeduration": "1000000"}
"""Pictures over TCP, since lost packets would be smeared pictures; a second is enough to see what a stream is."""
STILL = re.compile(r"\w+_pipe|image2")
"""Formats that hold one picture: the camera sends the next one when it is asked again."""
SNAPSHOTS_PER_S = 5.0


class Capture(Protocol):
    """A live source that is open."""

    def grab(self) -> bool:
        """Wait for the next frame; False when none comes any more."""

    def picture(self) -> Picture | None:
        """Return the picture that was grabbed last, None when it cannot be decoded."""

    def release(self) -> None:
        """Close it."""


def open_file(path: Path) -> InputContainer:
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
    try:
        return av.open(f"file:{path}")  # without the word a colon in the name would make it an address
    except av.FFmpegError as problem:
        raise UnreadableVideo(path, "is no video that can be read") from problem


def open_live(source: str, patience_ms: int) -> Capture:
    """Open a device number or an address; reads give up after `patience_ms`. Raises `LiveSourceDown`."""
    if DEVICE.fullmatch(source):
        return _Device(int(source.removeprefix("/dev/video")))
    patience_s = patience_ms / 1000
    try:
        stream = _Stream(source, patience_s)
    except (av.FFmpegError, OSError, ValueError):
        raise LiveSourceDown(why_not(source, patience_s)) from None  # FFmpeg's words may hold the address
    except NoVideo:
        raise LiveSourceDown(SENDS_NOTHING) from None
    if stream.length_s:
        stream.release()
        length = timedelta(seconds=round(stream.length_s))
        raise LiveSourceDown(f"is a recording of {length} and never live; download it, and name the file as its source")
    if stream.is_still:
        stream.release()
        return _Snapshots(source, patience_s)
    return stream


def skip_waiting(capture: Capture, most_s: float = 5.0) -> None:
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


class _Stream:
    """A camera on the network."""

    def __init__(self, address: str, patience_s: float) -> None:
        self._container = av.open(address, options=STREAMING, timeout=patience_s)
        try:
            self._frames = Decoder(self._container, "SLICE").frames()
        except NoVideo:
            self._container.close()
            raise
        self.length_s = (self._container.duration or 0) / av.time_base
        """How long it is, where it says that it ends; 0 for a camera."""
        self.is_still = STILL.fullmatch(self._container.format.name) is not None
        self._frame: av.VideoFrame | None = None
        self._pixels = Pixels()

    def grab(self) -> bool:
        self._frame = next(self._frames, None)
        return self._frame is not None

    def picture(self) -> Picture | None:
        return None if self._frame is None else self._pixels.picture(self._frame)

    def release(self) -> None:
        self._frames.close()
        self._container.close()


class _Snapshots:
    """A camera that sends one picture for each request."""

    def __init__(self, address: str, patience_s: float) -> None:
        self._address, self._patience_s = address, patience_s
        self._due = time.monotonic()
        self._picture: Picture | None = None

    def grab(self) -> bool:
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + 1 / SNAPSHOTS_PER_S
        try:
            stream = _Stream(self._address, self._patience_s)
        except (av.FFmpegError, OSError, ValueError, NoVideo):
            return False
        try:
            there = stream.grab()
            self._picture = stream.picture() if there else None
        finally:
            stream.release()
        return there

    def picture(self) -> Picture | None:
        return self._picture

    def release(self) -> None:
        self._picture = None


class _Device:
    """A webcam, through OpenCV, which knows each system's own way to one."""

    def __init__(self, number: int) -> None:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._capture = cv2.VideoCapture(number, cv2.CAP_ANY)
        if not self._capture.isOpened():
            found = ", ".join(sorted(str(path) for path in Path("/dev").glob("video[0-9]*"))) or "none"
            raise LiveSourceDown(f"is no device {number} that opens, or another program has it; devices here: {found}")

    def grab(self) -> bool:
        return bool(self._capture.grab())

    def picture(self) -> Picture | None:
        there, picture = self._capture.retrieve()
        return np.asarray(picture, np.uint8) if there else None

    def release(self) -> None:
        self._capture.release()
