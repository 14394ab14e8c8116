"""A record of the ledger as a segment holds it: a line that describes it, then its exact bytes."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from event_store.ledger import Disposition


class ArchivedRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row of the ledger with the number of its leaf."""

    offset: int
    timestamp: int
    """Milliseconds since 1970: when the broker appended it."""
    leaf: int
    disposition: Disposition
    event_id: str | None
    type: str | None
    organisation: str | None
    store: str | None
    source: str | None
    sequence: int | None
    subject: str | None
    time: datetime | None
    key: bytes | None
    value: bytes | None
    headers: bytes | None
    """As the ledger packs them, null for the usual ones."""


class _Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a record, with the lengths of its bytes in place of them."""

    offset: int
    timestamp: int
    leaf: int
    disposition: Disposition
    event_id: str | None
    type: str | None
    organisation: str | None
    store: str | None
    source: str | None
    sequence: int | None
    subject: str | None
    time: datetime | None
    key: int | None
    value: int | None
    headers: int | None


_DECODER = msgspec.json.Decoder(_Line)
_KNOWN = _Line.__struct_fields__[:-3]


def encode_records(records: Iterable[ArchivedRecord]) -> bytes:
    """Return the canonical bytes of records: the same records give the same bytes."""
    parts: list[bytes] = []
    for record in records:
        known: dict[str, Any] = {name: getattr(record, name) for name in _KNOWN}
        lengths = {name: _length(getattr(record, name)) for name in ("key", "value", "headers")}
        parts += [
            msgspec.json.encode(_Line(**known | lengths)),
            b"\n",
            record.key or b"",
            record.value or b"",
            record.headers or b"",
            b"\n",
        ]
    return b"".join(parts)


def decode_records(raw: bytes) -> Iterator[ArchivedRecord]:
    """Yield the records of canonical bytes; raises `ValueError` where they are none."""
    at = 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        line = _DECODER.decode(raw[at:end])
        at = end + 1
        cuts = []
        for length in (line.key, line.value, line.headers):
            cuts.append(None if length is None else raw[at : at + length])
            at += length or 0
        if raw[at : at + 1] != b"\n":
            raise ValueError(f"the record at offset {line.offset} does not end where it says")
        at += 1
        known = {name: getattr(line, name) for name in _KNOWN}
        yield ArchivedRecord(**known, key=cuts[0], value=cuts[1], headers=cuts[2])


def _length(content: bytes | None) -> int | None:
    return None if content is None else len(content)
