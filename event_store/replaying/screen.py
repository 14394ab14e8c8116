"""A record as one line of JSON."""

from base64 import b64encode

import msgspec

from event_store.readability import is_readable
from event_store.replay import Entry
from event_store.serialization import timestamp


def line(entry: Entry) -> bytes:
    """Return position, recorded time, disposition and the event as it was written; `bytes` where it is no JSON."""
    said: dict[str, object] = {
        "position": f"{entry.topic}/{entry.partition}/{entry.offset}",
        "recorded_at": timestamp(entry.recorded_at),
        "disposition": entry.disposition,
    }
    if entry.reason is not None:
        said["reason"] = entry.reason
    written = entry.value or b""
    if _is_plain(written):
        said["event"] = msgspec.Raw(b" ".join(written.splitlines()))  # in JSON, no text has a line's end in it
    else:
        said["bytes"] = None if entry.value is None else b64encode(entry.value).decode()
    return msgspec.json.encode(said) + b"\n"


def _is_plain(written: bytes) -> bool:
    """Tell whether everybody can read the JSON that was written, numbers and all."""
    try:
        msgspec.json.decode(written)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return is_readable(written)
