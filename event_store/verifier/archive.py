"""The canonical packing: an uncompressed ustar file in which nothing but names and contents may vary."""

import os
from typing import BinaryIO

from .errors import Refused, Unusable

BLOCK = 512
FIRST = "manifest.json"
_FIXED = b"0000644\x00" + b"0000000\x00" * 2
"""Mode, owner, group."""


def header(name: str, size: int) -> bytes:
    """Return the one header block of a file with that name and size; raises ValueError."""
    raw = name.encode("ascii")
    if not 0 < len(raw) <= 100:  # noqa: PLR2004 (the name's field)
        raise ValueError(f"{name[:120]!r} does not fit a name of 100 bytes")
    start = raw.ljust(100, b"\0") + _FIXED + b"%011o\x0000000000000\x00" % size
    rest = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    return start + b"%06o\x00 " % sum(start + b" " * 8 + rest) + rest


class Archive:
    """An archive, read from its beginning to its end: at each place it is known what must come next."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises `Unusable` for what is no archive."""
        self._file = file
        self._place = 0
        self._known: dict[str, tuple[int, int]] = {}
        self.size = file.seek(0, os.SEEK_END)
        start = self._at(0, BLOCK)
        if not start or not (start.startswith(FIRST.encode()[: len(start)]) or start[257:263] == b"ustar\0"):
            raise Unusable("the file is not an export archive")

    def read(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of the next file, or of an earlier one again; refuses another file or packing."""
        if name not in self._known:
            self._known[name] = self._next(name)
        place, size = self._known[name]
        if limit is not None and size > limit:
            raise Refused(name, f"{size} bytes; at most {limit} are expected")
        return self._at(place, size)

    def _next(self, name: str) -> tuple[int, int]:
        block, start = self._at(self._place, BLOCK), self._place + BLOCK
        try:
            size = int(block[124:135], 8)
            expected = block == header(name, size)
        except ValueError:
            expected = False
        if not expected:
            raise Refused(name, f"the archive should have this file at byte {self._place}, in the canonical packing")
        self._place = start + size + -size % BLOCK
        if self._place > self.size or self._at(start + size, -size % BLOCK) != bytes(-size % BLOCK):
            raise Refused(name, "the archive ends in the middle of this file, or the filling behind it is not zero")
        return start, size

    def demand_end(self) -> None:
        """Refuse an archive that has more than was read, or is cut short."""
        rest = self._at(self._place, 3 * BLOCK)
        if rest.strip(b"\0"):
            name = rest[:100].rstrip(b"\0").decode(errors="replace")
            raise Refused(name, "the archive should have no such file here")
        if len(rest) != 2 * BLOCK:
            raise Refused(f"byte {self._place}", "the archive does not end with exactly two empty blocks")

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        return self._file.read(size)
