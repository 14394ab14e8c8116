"""Checks of the sealed record: is it still what was sealed, and does anybody look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from event_store.errors import ShopfloorError
from event_store.monitoring.findings import open_divergences
from event_store.publishing.exposure import find_exposure
from infra.channels import channels_of
from infra.health.finding import Finding, broken, doubtful, unseen, well
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
        return unseen("monitor", problem, "mend PostgreSQL first, or run `shopfloor migrate`")
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


def check_exposure(settings: Settings) -> Finding:
    """Look at how old the oldest record is that is not sealed, not published, not witnessed yet."""
    if settings.database is None:
        return doubtful("exposure", "not known", START)
    try:
        names = [each.name for each in channels_of(settings)]
        with psycopg.connect(settings.database_url(), connect_timeout=5) as session:
            found = find_exposure(session, settings.topics.events, names, settings.witness_quorum)
    except (psycopg.Error, ShopfloorError) as problem:
        return unseen("exposure", problem, "mend PostgreSQL first, or correct the settings")
    ages = found.ages(datetime.now(UTC))
    told = [f"oldest record not {until}: {f'{age:.0f} s' if age else 'none'}" for until, age in ages.items()]
    told += [f"not {until}: nothing is set" for until in ("published", "witnessed") if until not in ages]
    detail = ", ".join(told)
    for each in found.deliveries:
        if each.trouble:
            return doubtful("exposure", f"{detail}; {each.trouble}", "see docs/operations.md, publishing")
    if max(ages.values()) > LONG_AGO.total_seconds():
        return doubtful("exposure", detail, "see whether `shopfloor sealer` runs, which `shopfloor up` does by itself")
    return well("exposure", detail)
