"""On which line of a TOML file each key and each element stands; TOML readers keep no positions."""

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'[ \t]*("(?:[^"\\]|\\.)*"|\'[^\']*\'|[A-Za-z0-9_-]+)[ \t]*')
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


def locate(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table, key and array element of a text that is valid TOML."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {(): 1}
        self._last: dict[Path, int] = {}
        """Index of the newest element of each array of tables."""
        self._table: Path = ()

    def scan(self) -> dict[Path, int]:
        while self._skip_space() < len(self._text):
            if self._text.startswith("[[", self._at):
                self._array_header()
            elif self._text.startswith("[", self._at):
                self._header()
            else:
                self._pair(self._table)
        return self._lines

    def _header(self) -> None:
        line = self._line()
        self._at += 1
        self._table = self._resolve([*self._key_parts()])
        self._mark(self._table, line)
        self._at += 1

    def _array_header(self) -> None:
        line = self._line()
        self._at += 2
        parts = [*self._key_parts()]
        array = (*self._resolve(parts[:-1]), parts[-1])
        index = self._last[array] = self._last.get(array, -1) + 1
        self._table = (*array, index)
        self._mark(self._table, line)
        self._at += 2

    def _resolve(self, parts: list[str]) -> Path:
        path: Path = ()
        for part in parts:
            path = (*path, part)
            if path in self._last:
                path = (*path, self._last[path])
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = (*table, *self._key_parts())
        self._mark(path, line)
        self._at += 1
        self._value(path)

    def _mark(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _value(self, path: Path) -> None:
        self._skip_space()
        match self._text[self._at]:
            case "[":
                self._elements(path, "]")
            case "{":
                self._elements(path, "}")
            case '"' | "'":
                self._take(_STRING)
            case _:
                self._take(_SCALAR)

    def _elements(self, path: Path, closing: str) -> None:
        self._at += 1
        index = 0
        while self._text[self._skip_space()] != closing:
            if closing == "}":
                self._pair(path)
            else:
                self._lines[*path, index] = self._line()
                self._value((*path, index))
            index += 1
            if self._text[self._skip_space()] == ",":
                self._at += 1
        self._at += 1

    def _key_parts(self) -> Iterator[str]:
        while True:
            written = self._take(_KEY).strip()
            yield written[1:-1] if written[0] in "\"'" else written
            if self._text[self._at] != ".":
                return
            self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"not valid TOML at character {self._at}")
        self._at = match.end()
        return match.group()

    def _skip_space(self) -> int:
        self._take(_SPACE)
        return self._at

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
