"""Pictures that are not what their headers say, or that cost more than they weigh."""

import io
import zlib

import numpy as np
from PIL import Image


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    """Return a PNG whose header says this size, whatever pixels follow."""
    content = b"\x89PNG\r\n\x1a\n"
    for kind, data in (
        (b"IHDR", width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\x00\x00\x00"),
        (b"IDAT", zlib.compress(pixels, 9)),
        (b"IEND", b""),
    ):
        content += len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
    return content


def jpeg(width: int = 64, height: int = 64, *, scans: int = 0) -> bytes:
    """Return a JPEG; its header may say another size than it has, and passes may be added to it."""
    kept = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(kept, "JPEG", progressive=bool(scans))
    content = bytearray(kept.getvalue())
    start = content.index(b"\xff\xc2" if scans else b"\xff\xc0")
    content[start + 5 : start + 9] = height.to_bytes(2) + width.to_bytes(2)
    if scans:
        last = content.rindex(b"\xff\xda")
        content[-2:] = bytes(content[last:-2]) * scans + b"\xff\xd9"
    return bytes(content)


def photo() -> bytes:
    """Return a JPEG with something in it everywhere."""
    kept = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)).save(kept, "JPEG")
    return kept.getvalue()
