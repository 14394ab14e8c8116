"""Files of sales, line by line: each is a sale, or says why it is none."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from event_store.errors import RefusedSale
from event_store.sales import OPTIONAL, Sale, read_sale
from infra.sales.errors import RefusedLine, UnreadableSheet
from infra.sales.mapping import COLUMNS, Sheet

REASON = "reason"
"""The column that a file of refused lines has more."""
SEPARATORS = ",;\t"
LONGEST_FIELD = 10_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_HINTS = {
    "time": ", or name `time_zone` or `time_format` in a mapping",
    "channel": "; name it in a mapping",
    "total": "; a mapping names other signs",
}
"""What else helps where a file writes a field otherwise."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Line(msgspec.Struct, frozen=True):
    """One line of a file."""

    number: int
    """Of the line that it ends in, the first line being 1."""
    fields: Sequence[str]
    sale: Sale | None
    """None where it is refused."""
    reason: str | None


def open_sheet(path: Path, sheet: Sheet) -> IO[str]:
    """Open a file as text; what is no text of its encoding is kept, to be refused line by line."""
    try:
        encoding = sheet.encoding
        if encoding is None:
            with path.open("rb") as file:
                encoding = "utf-16" if file.read(2) in _UTF_16 else "utf-8-sig"
        return path.open(encoding=encoding, errors="surrogateescape" if "utf-8" in encoding else "replace", newline="")
    except OSError as problem:
        raise UnreadableSheet(path, problem.strerror or str(problem)) from problem


def read_lines(path: Path, file: IO[str], sheet: Sheet) -> tuple[Sequence[str], Iterator[Line]]:
    """Return the names of the columns and the lines; raises `UnreadableSheet` where a column is missing."""
    csv.field_size_limit(LONGEST_FIELD)
    head = file.readline()
    separator = sheet.separator or max(SEPARATORS, key=head.count)
    names = next(csv.reader([head], delimiter=separator), [])
    places = {ours: _place(names, ours, sheet) for ours in COLUMNS if ours not in sheet.constants}
    missing = [
        sheet.columns.get(ours, ours) for ours, place in places.items() if place is None and ours not in OPTIONAL
    ]
    if missing:
        raise UnreadableSheet(path, f"its first line has no column {', '.join(missing)}")
    known = {ours: place for ours, place in places.items() if place is not None}
    return names, _lines(csv.reader(file, delimiter=separator, strict=True), names, known, sheet)


def _place(names: Sequence[str], ours: str, sheet: Sheet) -> int | None:
    wanted = sheet.columns.get(ours, ours).strip().casefold()
    return next((place for place, name in enumerate(names) if name.strip().casefold() == wanted), None)


def _lines(rows: Any, names: Sequence[str], places: Mapping[str, int], sheet: Sheet) -> Iterator[Line]:
    while True:
        try:
            fields = next(rows)
        except StopIteration:
            return
        except csv.Error as problem:
            yield Line(rows.line_num + 1, [], None, f"it is no line of such a file: {problem}")
            continue
        if fields:
            yield _line(rows.line_num + 1, fields, names, places, sheet)


def _line(number: int, fields: Sequence[str], names: Sequence[str], places: Mapping[str, int], sheet: Sheet) -> Line:
    if len(fields) < len(names):
        return Line(number, fields, None, f"it has {len(fields)} fields and the first line {len(names)}")
    try:
        said = sheet.constants | {ours: fields[place].strip() for ours, place in places.items()}
        return Line(number, fields, _sale(said, sheet), None)
    except RefusedLine as refusal:
        return Line(number, fields, None, str(refusal))


def _sale(said: Mapping[str, str], sheet: Sheet) -> Sale:
    for name, text in said.items():
        if "\ufffd" in text or _SURROGATE.search(text):
            raise RefusedLine(f"{name} is no text in the file's encoding; name `encoding` in a mapping")
    own = {
        "time": _time(said["time"], sheet),
        "channel": sheet.channels.get(said["channel"], said["channel"]),
        "total": _total(said["total"], sheet),
    }
    try:
        return read_sale({**said, **own})
    except RefusedSale as refusal:
        raise RefusedLine(f"{refusal}{_HINTS.get(refusal.field, '')}") from refusal


def _total(text: str, sheet: Sheet) -> str:
    plain = text.replace(sheet.thousands, "") if sheet.thousands else text
    if sheet.decimal == ".":
        return plain
    if "." in plain:
        raise RefusedLine(f"total {text[:50]!r} is no number such as 1234{sheet.decimal}50{_HINTS['total']}")
    return plain.replace(sheet.decimal, ".")


def _time(text: str, sheet: Sheet) -> str:
    """Return a time as everybody writes it; what is none is left for the rule to refuse."""
    if sheet.zone is None and sheet.time_format is None:
        return text
    try:
        at = datetime.strptime(text, sheet.time_format) if sheet.time_format else datetime.fromisoformat(text)  # noqa: DTZ007  # its zone is found below
    except ValueError as problem:
        if sheet.time_format is None:
            return text
        raise RefusedLine(f"time {text[:50]!r} is not written as {sheet.time_format}") from problem
    return (at.replace(tzinfo=sheet.zone) if at.tzinfo is None else at).isoformat()
