"""The canonical packing: an uncompressed ustar file in which nothing but names and contents may vary."""

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from .errors import Refused, Unusable

BLOCK = 512
_SIZE, _CHECKSUM, _MAGIC = slice(124, 136), slice(148, 156), slice(257, 263)
FIRST = "manifest.json"


@lru_cache(maxsize=256)
def header(name: str, size: int) -> bytes:
    """Return the one header block of a file with that name and size."""
    block = bytearray(BLOCK)
    raw = name.encode("ascii")
    if not 0 < len(raw) <= 100:  # noqa: PLR2004 (the name's field)
        raise ValueError(f"{name[:120]!r} does not fit a name of 100 bytes")
    block[: len(raw)] = raw
    for start, digits in ((100, "0000644"), (108, "0000000"), (116, "0000000"), (124, f"{size:011o}"), (136, "0" * 11)):
        block[start : start + len(digits)] = digits.encode()
    block[_CHECKSUM] = b" " * 8
    block[156:157] = b"0"
    block[257:262], block[263:265] = b"ustar", b"00"
    block[_CHECKSUM] = f"{sum(block):06o}\x00 ".encode()
    return bytes(block)


class Archive:
    """An archive whose packing has been checked: names in order, with the place and size of each content."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises `Unusable` for what is no archive, `Refused` where the packing is not canonical."""
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        self.members: dict[str, tuple[int, int]] = {}
        self._first_is_ours()
        for name, place, size in self._walk():
            if name in self.members:
                raise Refused(name, "the file is in the archive twice")
            self.members[name] = place, size

    def read(self, name: str, limit: int | None = None) -> bytes:
        """Return the content of a file; refuses one that is missing or larger than the limit."""
        if name not in self.members:
            raise Refused(name, "the file is missing from the archive")
        place, size = self.members[name]
        if limit is not None and size > limit:
            raise Refused(name, f"{size} bytes; at most {limit} are expected")
        return self._at(place, size)

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        return self._file.read(size)

    def _first_is_ours(self) -> None:
        block, name = self._at(0, BLOCK), FIRST.encode() + b"\0"
        if not block or (block[: len(name)] != name[: len(block)] and block[_MAGIC] != b"ustar\0"):
            raise Unusable("the file is not an export archive")

    def _walk(self) -> Iterator[tuple[str, int, int]]:
        place = 0
        while (block := self._at(place, BLOCK)) != bytes(BLOCK):
            name, size = self._named(block, place)
            place += BLOCK
            filled = -size % BLOCK
            if place + size + filled > self.size:
                raise Refused(name, "the archive ends in the middle of this file")
            if self._at(place + size, filled) != bytes(filled):
                raise Refused(name, "the filling behind the file is not zero")
            yield name, place, size
            place += size + filled
        if self._at(place, 3 * BLOCK) != bytes(2 * BLOCK):
            raise Refused(f"byte {place}", "the archive does not end with exactly two empty blocks")

    def _named(self, block: bytes, place: int) -> tuple[str, int]:
        try:
            name = block[:100].rstrip(b"\0").decode("ascii")
            size = int(block[_SIZE][:-1], 8)
            canonical = size >= 0 and block == header(name, size)
        except ValueError:
            canonical = False
        if not canonical:
            raise Refused(f"byte {place}", "not the header of a file in canonical packing, or the archive is cut short")
        return name, size
