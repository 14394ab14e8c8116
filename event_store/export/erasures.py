"""The register of erasures, made from the records that an archive shows and from nothing else."""

import json
import re
from collections.abc import Iterator

from event_store.export.contents import Hidden, Shown

MOST_BRACKETS = 100
"""A record with more is taken to forget nobody: no depth of nesting may make readers disagree."""

_LETTER = re.compile(rb"\\u00[2-7]")
"""A letter, figure or dot that is spelled with an escape: the type may be in it."""
_TYPE = re.compile(r"shopfloor\.SubjectForgotten\.v[1-9][0-9]{0,3}")


def register_of(place: str, lines: Iterator[Shown | Hidden]) -> Iterator[bytes]:
    """Yield the register's line for each record of a partition, `topic/partition`, that forgets a subject."""
    for line in lines:
        if isinstance(line, Shown) and (b"SubjectForgotten" in line.record or _LETTER.search(line.record)):
            fact = _read(line.record)
            if isinstance(name := fact.get("type"), str) and _TYPE.fullmatch(name):
                subject = fact.get("subject")
                entry = {
                    "position": f"{place}/{line.offset}",
                    "subject": subject if isinstance(subject, str) else None,
                    "timestamp": line.timestamp_ms,
                }
                yield json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _read(record: bytes) -> dict[str, object]:
    if record.count(b"[") + record.count(b"{") > MOST_BRACKETS:
        return {}
    try:
        fact = json.loads(record.decode(), parse_int=str, parse_float=str)
    except ValueError:
        return {}
    return fact if isinstance(fact, dict) else {}
