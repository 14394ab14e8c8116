"""Golden facts, changed in every field by whoever may write to the log."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

GOLDEN = Path(__file__).parents[1] / "event_store" / "golden"

NAMES = (
    "",
    "a",
    "\x00",
    "ø" * 250,
    "ø" * 251,
    "x" * 500,
    "x" * 501,
    "界" * 500,
    "\U0001f600" * 200,
    "a,b",
    "../..",
    "\u202e",
)
NUMBERS = (0, -1, 1, 2**31, 2**53, 2**63 - 1, 2**63, 10**30, 1.5, 1e308, -0.0)
TIMES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-12-31T23:59:59.999Z",
    "0002-01-01T00:00:00Z",
    "0002-01-01T00:00:00+00:01",
    "9998-12-31T23:59:59.999Z",
    "9998-12-31T23:59:59-00:01",
    "9999-01-01T00:00:00+15:59",
    "2026-03-02T00:03:00.040+23:59",
    "2026-03-02T00:03:00.040-15:59",
    "2026-03-02T00:03:00.040+16:00",
    "2026-03-02t00:03:00.1234567z",
    "2026-02-28 23:59:59.9999999+0900",
    "2026-02-29T00:00:00Z",
    "2026-03-31T23:59:60Z",
    "2026-03-02T00:03:00",
)
OTHERS: tuple[object, ...] = (None, True, [], {}, [[]], {"a": {}}, "true")
PIECES = (
    b"null", b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"01", b"1.", b"9" * 4_000, b"9" * 20_000,
    b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\udc00\\ud800"', b'"\\u0041\\\\ud800"', b'"\\q"', b'"\xff\xfe"',
    b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\\u0000"', b'"\\\\u0000"', b'"\x01"', b'"\x7f"', b'"',
    b"{", b"]", b"tru", b"", b" 1", b"\x0b1",
    *(b"[" * depth + b"]" * depth for depth in (50, 64, 65, 500, 5_000)),
    *(b'{"a":' * depth + b"1" + b"}" * depth for depth in (50, 64, 65, 1_200)),
    b'{"a":' * 1_000, b'"' + b"[{" * 100 + b'"', b'"' + b"x" * 58_000 + b'"', b'"' + b"x" * 70_000 + b'"',
)  # fmt: skip
"""What may stand in the place of a value, as bytes."""


def golden() -> dict[str, bytes]:
    """Return every golden record by its type."""
    return {path.stem: path.read_bytes() for path in sorted(GOLDEN.glob("shopfloor.*.json"))}


def mutants(record: bytes, chance: random.Random, share: float = 1.0) -> Iterator[bytes]:
    """Yield variants of a record, a share of them: each value replaced, taken away, written twice; bytes changed."""
    for each in _all(record, chance):
        if share >= 1 or chance.random() < share:
            yield each


def _all(record: bytes, chance: random.Random) -> Iterator[bytes]:
    fact = msgspec.json.decode(record)
    for path in _paths(fact):
        for value in (*NAMES, *NUMBERS, *TIMES, *OTHERS):
            yield msgspec.json.encode(_with(fact, path, value))
        marked = msgspec.json.encode(_with(fact, path, "@here@"))
        for piece in PIECES:
            yield marked.replace(b'"@here@"', piece)
        yield msgspec.json.encode(_without(fact, path))
    for piece in PIECES:
        yield record.replace(b"{", b'{"zz":' + piece + b",", 1)
        yield record.replace(b'"data":{', b'"data":{"zz":' + piece + b",", 1)
    for name in fact:
        for piece in (b"1", b'"again"', msgspec.json.encode(fact[name])):
            twice = b'"' + name.encode() + b'":' + piece
            yield record.replace(b"{", b"{" + twice + b",", 1)
            yield record.rstrip()[:-1] + b"," + twice + b"}"
    yield from (
        record + b" \n",
        b"\xef\xbb\xbf" + record,
        record + b"\x00",
        record + record,
        record[:-2],
        b" " + record,
    )
    for _ in range(20):
        at = chance.randrange(len(record))
        yield record[:at] + bytes([chance.randrange(256)]) + record[at + chance.randrange(2) :]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(min(1, len(value))):
            yield from _paths(value[key], (*path, key))


def _with(fact: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = msgspec.json.decode(msgspec.json.encode(fact))
    _holder(changed, path)[path[-1]] = value
    return changed


def _without(fact: Any, path: tuple[Any, ...]) -> Any:
    changed = msgspec.json.decode(msgspec.json.encode(fact))
    del _holder(changed, path)[path[-1]]
    return changed


def _holder(fact: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        fact = fact[key]
    return fact
