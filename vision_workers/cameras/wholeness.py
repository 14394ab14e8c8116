"""Whether a picture's file is all there: what was cut off on its way decodes to a picture with a grey rest."""

from collections.abc import Callable

JPEG, PNG, BMP, RIFF = b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF"
START_OF_SCAN, END_OF_IMAGE = 0xDA, b"\xff\xd9"
STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers of JPEG without a length."""


def is_whole(content: bytes) -> bool:
    """Tell whether a picture's file ends where its format says. Formats that do not say so pass."""
    check = next((check for begins, check in CHECKS.items() if content.startswith(begins)), None)
    return check is None or check(content)


def _jpeg(content: bytes) -> bool:
    """Go from segment to segment to the picture itself, past a thumbnail with an end of its own."""
    place = len(JPEG)
    while place + 4 <= len(content) and content[place] == END_OF_IMAGE[0]:
        marker = content[place + 1]
        if marker == START_OF_SCAN:
            return content.find(END_OF_IMAGE, place) >= 0
        if marker in {0xFF, *STANDALONE}:
            place += 1 if marker == 0xFF else 2  # noqa: PLR2004 - a fill byte, a marker
        else:
            place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return False


def _png(content: bytes) -> bool:
    return b"IEND" in content[-64:] or content.find(b"\x00\x00\x00\x00IEND") >= 0


def _bmp(content: bytes) -> bool:
    return int.from_bytes(content[2:6], "little") <= len(content)


def _riff(content: bytes) -> bool:
    return int.from_bytes(content[4:8], "little") + 8 <= len(content)


CHECKS: dict[bytes, Callable[[bytes], bool]] = {JPEG: _jpeg, PNG: _png, BMP: _bmp, RIFF: _riff}
