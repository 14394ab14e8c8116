"""A child's log file: bounded in size, and searched for what went wrong."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import msgspec

LARGEST_BYTES = 20_000_000
LAST_BYTES = 50_000
OWN_WORDS = "shopfloor: "


class _Line(msgspec.Struct):
    level: str
    event: str
    timestamp: datetime | None = None


def bound(log: Path) -> None:
    """Keep the log's content in a second file and begin again, once it is large; the child writes on."""
    if log.exists() and log.stat().st_size > LARGEST_BYTES:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        with log.open("r+b") as file:
            file.truncate(0)


def last_error(log: Path, since: int, *, any_words: bool, newer_than: datetime | None = None) -> str:
    """Return the last error written at or after an offset; if there is none, the last words that are no log line.

    `newer_than` leaves out log lines from before it.
    """
    try:
        size = log.stat().st_size
        with log.open("rb") as file:
            file.seek(max(0, since if since <= size else 0, size - LAST_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    lines.reverse()
    return (
        next(filter(None, (_error(line, newer_than) for line in lines)), "")
        or (any_words and next(filter(None, map(_words, lines)), ""))
        or ""
    )


def _error(line: str, newer_than: datetime | None) -> str:
    if line.startswith(OWN_WORDS):
        return line.removeprefix(OWN_WORDS)
    try:
        told = msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError:
        return ""
    is_over = newer_than is not None and told.timestamp is not None and told.timestamp < newer_than
    return told.event if told.level in {"error", "critical"} and not is_over else ""


def _words(line: str) -> str:
    return "" if line.startswith("{") else " ".join(re.findall(r"[!-~]+", line))
