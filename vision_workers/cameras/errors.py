"""What can go wrong with a source of pictures.

SourceError
├── MissingSource         nothing is there
├── UnreadableVideo       a file that is no video, or one without pictures
├── NoPictures            a folder without a readable picture
└── LiveSourceDown        a camera that cannot be opened or stopped; it is tried again

`cause` says the same without an address, since it may travel in a fact.
"""

from pathlib import Path

from event_store.layout.addresses import shown_source
from vision_workers.errors import SourceError


class CameraSourceError(SourceError):
    """A source that cannot be read; `cause` holds no address and no password."""

    def __init__(self, message: str, cause: str) -> None:
        self.cause = cause
        super().__init__(message)


class MissingSource(CameraSourceError):
    """Nothing is there."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"source {shown_source(source)!r} does not exist; give a video file, a folder of images, a device number "
            "or an address",
            "the source does not exist",
        )


class UnreadableVideo(CameraSourceError):
    """A file that is no video, or one without pictures."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"video {path} {why}; play it in a video player to check, or export it again", f"video {why}")


class NoPictures(CameraSourceError):
    """A folder without a readable picture."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"folder {folder} holds no readable picture; put .jpg, .png, .bmp or .webp files there",
            "the folder holds no readable picture",
        )


class LiveSourceDown(CameraSourceError):
    """A camera that cannot be opened or stopped sending."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the camera {cause}; it is tried again", f"the camera {cause}")
