"""Pictures that strangers send: looked at before they are decoded, so that none takes more than its share.

A header tells the size before a pixel is made. Each pass of a progressive JPEG costs as much as the whole picture,
however few bytes it has, so they are counted.
"""

import io

import numpy as np
from PIL import Image, ImageOps

from vision_workers.frames import Picture
from vision_workers.serving.errors import UnusablePicture

MOST_BYTES = 16_000_000
MOST_PIXELS = 25_000_000
MOST_SIDE = 16_384
LEAST_SIDE = 8
MOST_SCANS = 64
SCAN = b"\xff\xda"
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}


def decode(content: bytes | bytearray, media_type: str) -> Picture:
    """Return the pixels of a JPEG or PNG, turned as its camera was held; raises `UnusablePicture`."""
    if content.count(SCAN) > MOST_SCANS and media_type == "image/jpeg":
        raise UnusablePicture(f"the picture has more than {MOST_SCANS} scans; save it anew as a plain JPEG")
    try:
        with Image.open(io.BytesIO(content), formats=(FORMATS[media_type],)) as image:
            _check_size(*image.size)
            upright = ImageOps.exif_transpose(image)
            return np.ascontiguousarray(np.asarray(upright.convert("RGB"), np.uint8)[:, :, ::-1])
    except UnusablePicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large("far more") from None
    except Exception as problem:  # noqa: BLE001 - a decoder of foreign bytes raises what it likes
        told = "it is cut off" if "truncated" in str(problem) else f"it is no whole {FORMATS[media_type]}"
        raise UnusablePicture(f"the picture cannot be decoded: {told}; send all of its bytes") from None


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise _too_large(f"{width} x {height}")
    if min(width, height) < LEAST_SIDE:
        raise UnusablePicture(f"the picture has {width} x {height} pixels; send at least {LEAST_SIDE} x {LEAST_SIDE}")


def _too_large(size: str) -> UnusablePicture:
    return UnusablePicture(
        f"the picture has {size} pixels; at most {MOST_PIXELS:,} are taken, {MOST_SIDE} a side: make it smaller"
    )
