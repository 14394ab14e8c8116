"""What has exactly one spelling: numbers, base64, JSON, and the packing of an archive."""

import json
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from .errors import Refused, Unusable

MAX_NUMBER = 2**63 - 1
FIRST = "manifest.json"
BLOCK = 512
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def number(text: str) -> int:
    """Read a decimal from 0 to 2^63 - 1 without leading zeros; raises ValueError."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_NUMBER:
        raise ValueError(f"{text[:40]!r} is not a number from 0 to 2^63 - 1")
    return int(text)


def base64(text: bytes | str, length: int | None = None) -> bytes:
    """Read standard base64 with padding, of so many bytes if a length is given; raises ValueError."""
    raw = text.encode() if isinstance(text, str) else text
    value = a2b_base64(raw, strict_mode=True)
    last = b2a_base64(value[-(len(value) % 3 or 3) :], newline=False)
    if not raw.endswith(last) or length not in (None, len(value)):  # only the end has several spellings left
        raise ValueError(f"{raw[-60:]!r} is not the base64 that it should be")
    return value


def write_json(value: Any) -> bytes:
    """Return the one JSON spelling: sorted names, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def read_json(raw: bytes, form: str, kinds: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Read a JSON object of a format: what its kinds make of its values, in the one spelling, is the text again."""
    told = json.loads(raw)
    if told["format"] != form:
        raise ValueError(f"it is of the format {told['format']!r}; this program reads {form}, get the one for it")
    value = {name: kinds[name](each) for name, each in told.items() if name != "format"}
    if write_json(value | {"format": form}) != raw:
        raise ValueError("not JSON in the one spelling, with values of the kinds that it must have")
    return value


def header(name: str, size: int) -> bytes:
    """Return the one ustar header of a file: mode 0644, owner and group 0, time 0; too long where the name is.

    Raises ValueError for a name that is not ASCII.
    """
    start = name.encode("ascii").ljust(100, b"\0") + b"0000644\x00" + b"0000000\x00" * 2
    start += b"%011o\x0000000000000\x00" % size
    rest = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    return start + b"%06o\x00 " % sum(start + b" " * 8 + rest) + rest


class Archive:
    """An uncompressed ustar file, read from its beginning to its end: at each place it is known what must come next."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises `Unusable` for what is no archive."""
        self._file = file
        self._behind = 0
        self._known: dict[str, tuple[int, int]] = {}
        self._ended = False
        start = self._at(0, BLOCK)
        if not start or not (FIRST.encode().startswith(start[: len(FIRST)]) or start[257:262] == b"ustar"):
            raise Unusable("the file is not an export archive")

    def read(self, name: str, limit: int = 1 << 28) -> bytes:
        """Return the content of the next file, or of an earlier one again; refuses another file or packing."""
        if name in self._known:
            return self._at(*self._known[name])
        if self._ended:
            raise Unusable(f"{name} is not in the archive; export a range that reaches back to it")
        block, place = self._at(self._behind, BLOCK), self._behind + BLOCK
        try:
            size = int(block[124:135], 8)
            expected = block == header(name, size) and 0 <= size <= limit
        except ValueError:
            expected = False
        if not expected:
            what = f"at byte {self._behind} the archive should have this file, of at most {limit} bytes"
            raise Refused(name, f"{what} and in the canonical packing")
        content, filling = self._at(place, size), -size % BLOCK
        if self._at(place + size, filling) != bytes(filling):
            raise Refused(name, "the archive ends in the middle of this file, or the filling behind it is not zero")
        self._known[name] = place, size
        self._behind = place + size + filling
        return content

    def end(self) -> None:
        """Refuse an archive that has more than was read, or is cut short."""
        if self._at(self._behind, 2 * BLOCK + 1) != bytes(2 * BLOCK):
            raise Refused(f"byte {self._behind}", "here the archive must end, with exactly two empty blocks")
        self._ended = True

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        return self._file.read(size)
