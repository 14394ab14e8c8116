"""Times on the command line: RFC 3339."""

from datetime import datetime

import typer


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time; it must say its offset from UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is no RFC 3339 time; write it as 2026-11-21T09:00:00Z")
    return time
