"""Checks of the sealed record: is it still what was sealed, and does anybody look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from event_store.errors import ShopfloorError
from event_store.monitoring.findings import open_divergences
from infra.health.finding import Finding, broken, doubtful, well
from infra.health.record import START
from infra.settings import Settings

LONG_AGO = timedelta(minutes=5)
_LOOKED = "SELECT looked_at, checkpoint, verified, unreachable FROM record.monitors WHERE topic = %s"


def check_monitor(settings: Settings) -> Finding:
    """Look at what the monitor found, and whether it looks."""
    if settings.database is None:
        return doubtful("monitor", "not known", START)
    try:
        with psycopg.connect(settings.database_url(), connect_timeout=5) as session:
            found = open_divergences(session)
            looked = session.execute(_LOOKED, [settings.topics.events]).fetchone()
    except (psycopg.Error, ShopfloorError) as problem:
        return broken("monitor", " ".join(str(problem).split()), "mend PostgreSQL first, or run `shopfloor migrate`")
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return broken("monitor", f"{found[0]}{more}", "keep every copy as it is; see docs/operations.md, diverged")
    return _of_looks(looked)


def _of_looks(looked: tuple[Any, ...] | None) -> Finding:
    run = "run `shopfloor monitor`, which `shopfloor up` does by itself"
    if looked is None:
        return doubtful("monitor", "it has never looked", run)
    at, checkpoint, verified, unreachable = looked
    if datetime.now(UTC) - at > LONG_AGO:
        return doubtful("monitor", f"it last looked at {at:%Y-%m-%d %H:%M:%S}Z", run)
    for side, why in unreachable.items():
        return doubtful("monitor", f"{side} could not be compared: {why}", "start it, or correct the settings")
    counts = " and ".join(f"{count} records of {side}" for side, count in verified.items())
    return well("monitor", f"checkpoint {checkpoint}: {counts} are what was sealed")
