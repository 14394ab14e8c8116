"""Files of sales, line by line: each is a sale, or says why it is none."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from event_store.envelope import Envelope
from event_store.errors import InvalidEvent, ShopfloorError
from event_store.events.bounds import is_no_moment
from event_store.events.sales import Channel, SaleRecorded
from event_store.sales import sale_envelope
from event_store.serialization import encode, is_place
from infra.sales.errors import RefusedLine, UnreadableSheet
from infra.sales.mapping import COLUMNS, Sheet

REASON = "reason"
"""The column that a file of refused lines has more."""
ACTOR = "command/import"
CHANNELS = ("till", "self", "walk-out", "web")
SEPARATORS = ",;\t"
LONGEST_FIELD, LONGEST_KEY = 10_000, 50
_TOTAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Line(msgspec.Struct, frozen=True):
    """One line of a file."""

    number: int
    """Of the line that it ends in, the first line being 1."""
    fields: Sequence[str]
    sale: Envelope | None
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
    missing = [sheet.columns.get(ours, ours) for ours, place in places.items() if place is None]
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
    try:
        if len(fields) < len(names):
            raise RefusedLine(f"it has {len(fields)} fields and the first line {len(names)}")
        said = sheet.constants | {ours: fields[place].strip() for ours, place in places.items()}
        return Line(number, fields, _sale(said, sheet), None)
    except ShopfloorError as refusal:
        return Line(number, fields, None, str(refusal))


def _sale(said: Mapping[str, str], sheet: Sheet) -> Envelope:
    for name, text in said.items():
        if not text:
            raise RefusedLine(f"{name} is empty")
        if name in {"till", "sale"} and len(text.encode(errors="replace")) > LONGEST_KEY:
            raise RefusedLine(f"{name} has more than {LONGEST_KEY} bytes")
        if not text.isprintable() or "\ufffd" in text:
            raise RefusedLine(f"{name} is no text in the file's encoding; name `encoding` in a mapping")
    organisation, slash, store = said["store"].partition("/")
    if not (slash and is_place(organisation) and is_place(store)):
        raise RefusedLine(f"store {said['store'][:50]!r} is not ORGANISATION/STORE")
    currency = said["currency"].upper()
    if not re.fullmatch("[A-Z]{3}", currency):
        raise RefusedLine(f"currency {said['currency'][:50]!r} is no code of three letters, such as JPY")
    sale = SaleRecorded(
        time=_time(said["time"], sheet),
        till_id=said["till"],
        sale_id=said["sale"],
        channel=_channel(said["channel"], sheet),
        total=_total(said["total"], sheet),
        currency=currency,
    )
    envelope = sale_envelope(organisation, store, sale, ACTOR)
    try:
        encode(envelope)
    except InvalidEvent as problem:
        raise RefusedLine(str(problem)) from problem
    return envelope


def _channel(text: str, sheet: Sheet) -> Channel:
    found = sheet.channels.get(text) or text.casefold()
    if found not in CHANNELS:
        raise RefusedLine(f"channel {text[:50]!r} is none of {', '.join(CHANNELS)}; name it in a mapping")
    return cast("Channel", found)


def _total(text: str, sheet: Sheet) -> str:
    plain = text.replace(sheet.thousands, "") if sheet.thousands else text
    plain = plain.replace(sheet.decimal, ".") if "." not in plain or sheet.decimal == "." else "?"
    if not _TOTAL.fullmatch(plain):
        raise RefusedLine(
            f"total {text[:50]!r} is no number such as 1234{sheet.decimal}50; a mapping names other signs"
        )
    return plain


def _time(text: str, sheet: Sheet) -> datetime:
    try:
        at = datetime.strptime(text, sheet.time_format) if sheet.time_format else datetime.fromisoformat(text)  # noqa: DTZ007  # its zone is found below
    except ValueError as problem:
        wanted = sheet.time_format or "2026-03-02T12:00:00+09:00"
        raise RefusedLine(f"time {text[:50]!r} is not written as {wanted}") from problem
    if at.tzinfo is None:
        if sheet.zone is None:
            raise RefusedLine(
                f"time {text[:50]!r} says no zone; write +09:00 behind it, or name `time_zone` in a mapping"
            )
        at = at.replace(tzinfo=sheet.zone)
    if why := is_no_moment(at):
        raise RefusedLine(why)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
