"""What the bytes of a record must be before anybody believes them: text throughout, and within bounds.

The stand-alone verifier has the same rule in `verifier/readable.py`; a test holds the two together.
"""

import re
from itertools import accumulate

import msgspec

from event_store.errors import UndecodableRecord
from event_store.topics import MAX_RECORD_BYTES

DEEPEST = 64
"""How deep lists and objects may lie in each other."""
LONGEST_NAME = 500
"""Bytes of a name, an id or a subject: two of them fit into an index of PostgreSQL, with all else that is in it."""
SURELY_SHORT = LONGEST_NAME // 4
"""So many characters are no more bytes than that, whatever they are."""
FIRST_YEAR, LAST_YEAR = 2, 9998
"""In UTC. A day more or less stays a date in every time zone, here and in PostgreSQL."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())
_GRAMMAR = msgspec.json.Decoder(msgspec.Raw)


def demand_text(record: bytes) -> None:
    """Refuse what is too long, not UTF-8 throughout, or holds what no table takes: before it is taken apart."""
    if len(record) > MAX_RECORD_BYTES:
        raise UndecodableRecord(f"it has {len(record)} bytes; a fact has at most {MAX_RECORD_BYTES}")
    if not record.isascii():
        try:
            record.decode()
        except UnicodeDecodeError as problem:
            raise UndecodableRecord(f"it is not UTF-8 throughout: {problem.reason} at byte {problem.start}") from None
    if b"\\u0000" in record:
        raise UndecodableRecord("it holds the character U+0000, which no table takes")


def demand_shallow(record: bytes) -> None:
    """Refuse JSON that is nested too deep; for bytes that are known to be JSON."""
    if record.count(b"[") + record.count(b"{") <= DEEPEST:
        return
    brackets = _STRING.sub(b"", record).translate(None, _NO_BRACKETS)
    deepest = max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)
    if deepest > DEEPEST:
        raise UndecodableRecord(f"it is nested {deepest} deep; a fact is at most {DEEPEST} deep")


def demand_readable(record: bytes) -> None:
    """Refuse bytes that are no JSON within bounds, whatever it says."""
    demand_text(record)
    try:
        _GRAMMAR.decode(record)
    except (msgspec.MsgspecError, RecursionError) as problem:
        raise UndecodableRecord(str(problem)) from None
    demand_shallow(record)


def is_readable(record: bytes) -> bool:
    """Tell whether bytes are JSON within bounds."""
    try:
        demand_readable(record)
    except UndecodableRecord:
        return False
    return True


def is_short(name: str) -> bool:
    """Tell whether a name fits every index."""
    return len(name) <= SURELY_SHORT or len(name.encode()) <= LONGEST_NAME
