"""The register of erasures: one line for each record of the archive that forgets a subject, and no other."""

import json
import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from .archive import Archive
from .canonical import write_json
from .errors import Refused
from .manifest import ERASURES

MOST_BRACKETS = 100
_LETTER = re.compile(rb"\\u00[2-7]")
"""A letter, figure or dot that is spelled with an escape."""
_TYPE = re.compile(r"shopfloor\.SubjectForgotten\.v[1-9][0-9]{0,3}")


class Erasure(NamedTuple):
    """A record that forgets a subject, and the register's line for it."""

    position: str
    line: bytes


def may_forget(record: bytes) -> bool:
    """Tell at little cost whether a record is worth reading; its type may be spelled with escapes."""
    return b"SubjectForgotten" in record or (b"\\u00" in record and _LETTER.search(record) is not None)


def erasure_in(position: str, timestamp: int, record: bytes) -> Erasure | None:
    """Return the register's line for a record, or None for one that forgets nobody."""
    if record.count(b"[") + record.count(b"{") > MOST_BRACKETS:  # so that no reader has to give up
        return None
    try:
        fact = json.loads(record.decode(), parse_int=str, parse_float=str)
    except ValueError:
        return None
    name = fact.get("type") if isinstance(fact, dict) else None
    if not isinstance(name, str) or _TYPE.fullmatch(name) is None:
        return None
    subject = fact.get("subject")
    about = subject if isinstance(subject, str) else None
    return Erasure(position, write_json({"position": position, "subject": about, "timestamp": timestamp}) + b"\n")


def check_register(archive: Archive, found: Sequence[Erasure]) -> None:
    """Refuse a register that leaves out, changes or invents an erasure."""
    lines = archive.read(ERASURES, sum(len(each.line) for each in found)).splitlines(keepends=True)
    for number, (line, erasure) in enumerate(zip_longest(lines, found), start=1):
        if erasure is None:
            raise Refused(f"{ERASURES} line {number}", "no record of the archive forgets anybody there")
        if line != erasure.line:
            raise Refused(
                f"{ERASURES} line {number}", f"it is not what the record at {erasure.position} says, or leaves it out"
            )
