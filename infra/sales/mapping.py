"""How a file says what a sale is: which column holds what, and how numbers, times and text are written."""

import codecs
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from event_store.sales import FIELDS, OPTIONAL
from infra.sales.errors import InvalidMapping

COLUMNS = (*FIELDS, *OPTIONAL)
"""What a line says; a file that names them so needs no mapping."""

LARGEST = 100_000
One = Annotated[str, Meta(min_length=1, max_length=1)]


class Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping file, or what holds without one."""

    columns: dict[str, str] = {}
    """The file's own name of a column, by ours."""
    constants: dict[str, str] = {}
    """What holds for every line, by our name of the column."""
    channels: dict[str, Literal["till", "self", "walk-out", "web"]] = {}
    """What the file writes for a channel."""
    separator: One | None = None
    """Found in the first line where absent: a comma, a semicolon or a tab."""
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    time_zone: str | None = None
    """Of times that do not say theirs; without it they are refused."""
    time_format: str | None = None
    """As `strptime` reads it; ISO 8601 if absent."""
    encoding: str | None = None
    """UTF-8 if absent, or UTF-16 where the file begins so."""

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of times that do not say theirs."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)


def read_mapping(path: Path | None) -> Sheet:
    """Read a mapping file; raises `InvalidMapping`."""
    if path is None:
        return Sheet()
    try:
        text = path.read_bytes()
        if len(text) > LARGEST:
            raise InvalidMapping(path, f"it has more than {LARGEST} bytes")
        sheet = msgspec.convert(tomllib.loads(text.decode()), Sheet)
    except (OSError, ValueError) as problem:
        raise InvalidMapping(path, str(problem)) from problem
    _demand_known(path, sheet.columns)
    _demand_known(path, sheet.constants)
    if sheet.thousands == sheet.decimal:
        raise InvalidMapping(path, "`thousands` and `decimal` are the same sign")
    try:
        _ = sheet.zone
        codecs.lookup(sheet.encoding or "utf-8")
    except (ZoneInfoNotFoundError, LookupError, ValueError) as problem:
        raise InvalidMapping(path, str(problem)) from problem
    return sheet


def _demand_known(path: Path, names: Mapping[str, str]) -> None:
    for name in names:
        if name not in COLUMNS:
            raise InvalidMapping(path, f"{name[:50]!r} is none of {', '.join(COLUMNS)}")
