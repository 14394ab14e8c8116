"""What the text of a source means: a device number, an address, a folder of pictures or a video file."""

from datetime import datetime
from pathlib import Path

import msgspec

from vision_workers.cameras.captures import DEVICE
from vision_workers.cameras.errors import MissingSource
from vision_workers.cameras.live import LiveSource
from vision_workers.cameras.moments import EPOCH
from vision_workers.cameras.recordings import DEFAULT_FPS, PictureFolder, Recording, VideoFile


class Playing(msgspec.Struct, frozen=True, kw_only=True):
    """How a source is played."""

    start: datetime = EPOCH
    """The time of a recording's first frame."""
    fps: float = DEFAULT_FPS
    """Pictures a second of a folder of images."""
    folder: Path = Path()
    """What the relative path of a source starts from."""
    most_per_second: float | None = None
    """So many frames a second are taken; all of them unless told."""


def is_live(source: str, folder: Path = Path()) -> bool:
    """Tell whether a source is a camera that runs now and never ends; a number that is there as a file is none."""
    if DEVICE.fullmatch(source):
        return source.startswith("/dev/") or not (folder / source).exists()
    return "://" in source and not source.startswith("file://")


def is_missing(source: str, folder: Path = Path()) -> bool:
    """Tell whether a source is a recording that is not there; of a live camera only looking can tell."""
    return not is_live(source, folder) and not _path(source, folder).exists()


def open_recording(camera_id: str, source: str, playing: Playing) -> Recording:
    """Return the recording behind a source's text; raises `MissingSource`."""
    path = _path(source, playing.folder)
    if path.is_dir():
        return PictureFolder(camera_id, path, playing.start, playing.fps, playing.most_per_second)
    if not path.exists():
        raise MissingSource(source)
    return VideoFile(camera_id, path, playing.start, playing.most_per_second)


def open_source(camera_id: str, source: str, playing: Playing) -> Recording | LiveSource:
    """Return a camera's source; a recording that is not there raises `MissingSource`, a live camera may come later."""
    if is_live(source, playing.folder):
        return LiveSource(camera_id, source, playing.most_per_second)
    return open_recording(camera_id, source, playing)


def _path(source: str, folder: Path) -> Path:
    return folder / source.removeprefix("file://")
