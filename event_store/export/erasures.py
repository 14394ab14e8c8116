"""The register of erasures, made from the records that an archive shows and from nothing else."""

import json
import re

MOST_BRACKETS = 100
"""A record with more is taken to forget nobody: no depth of nesting may make readers disagree."""

_LETTER = re.compile(rb"\\u00[2-7]")
"""A letter, figure or dot that is spelled with an escape: the type may be in it."""
_TYPE = re.compile(r"shopfloor\.SubjectForgotten\.v[1-9][0-9]{0,3}")


def register_line(position: str, timestamp_ms: int, record: bytes) -> bytes:
    """Return the register's line for a record, empty for one that forgets nobody."""
    if b"SubjectForgotten" not in record and not _LETTER.search(record):
        return b""
    fact = _read(record)
    if not (isinstance(name := fact.get("type"), str) and _TYPE.fullmatch(name)):
        return b""
    subject = fact.get("subject")
    entry = {
        "position": position,
        "subject": subject if isinstance(subject, str) else None,
        "timestamp": timestamp_ms,
    }
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _read(record: bytes) -> dict[str, object]:
    if record.count(b"[") + record.count(b"{") > MOST_BRACKETS:
        return {}
    try:
        fact = json.loads(record.decode(), parse_int=str, parse_float=str)
    except ValueError:
        return {}
    return fact if isinstance(fact, dict) else {}
