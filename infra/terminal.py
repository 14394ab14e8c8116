"""What commands write: nothing that came from outside moves a cursor, rings a bell, or hides or turns round a text."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO, cast

HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters: C0, C1, DEL, those that turn the direction, invisible ones, and none at all."""
SUSPICIOUS = re.compile(r"[^\n\t -~]")


def escaped(text: str) -> str:
    r"""Return a text with harmful characters as `\u001b`, which means the same within JSON."""
    return SUSPICIOUS.sub(lambda match: _escaped(match[0]), text)


def one_line(text: object) -> str:
    """Return what came from outside as a part of one line: its line ends and tabs are escaped too."""
    return escaped(str(text)).replace("\n", r"\n").replace("\t", r"\t")


@contextmanager
def escaping() -> Iterator[None]:
    """Escape all that is written to the standard output and the standard error, for as long as the context lasts."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = cast("TextIO", Escaping(out)), cast("TextIO", Escaping(err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


class Escaping:
    """A text stream that escapes what is written to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.rich_proxied_file = stream
        """Where Rich writes: it moves the cursor itself, and is given texts in an `Escaped`."""

    def write(self, text: str) -> int:
        """Write a text; return its length."""
        self._stream.write(escaped(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> BinaryIO:
        """The same for lines of JSON that are bytes already."""
        return cast("BinaryIO", EscapingBytes(self._stream.buffer))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class EscapingBytes:
    """A binary stream that escapes the texts that are written to it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        """Write lines of text in UTF-8; return their length."""
        text = data.decode("utf-8", errors="backslashreplace")
        self._stream.write(escaped(text).encode())
        return len(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Write lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _escaped(sign: str) -> str:
    if unicodedata.category(sign) not in HARMFUL:
        return sign
    units = sign.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
