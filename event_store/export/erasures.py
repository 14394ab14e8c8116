"""The register of erasures, made from the records that an archive shows and from nothing else."""

import json
import re

from event_store.ledger import readable_attributes

_LETTER = re.compile(rb"\\u00[2-7]")
"""A letter, figure or dot that is spelled with an escape: the type may be in it."""
_TYPE = re.compile(r"shopfloor\.SubjectForgotten\.v[1-9][0-9]{0,3}")


def register_line(position: str, timestamp_ms: int, record: bytes) -> bytes:
    """Return the register's line for a record, empty for one that forgets nobody."""
    if b"SubjectForgotten" not in record and not _LETTER.search(record):
        return b""
    said = readable_attributes(record)
    if said.type is None or not _TYPE.fullmatch(said.type):
        return b""
    entry = {"position": position, "subject": said.subject, "timestamp": timestamp_ms}
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n"
