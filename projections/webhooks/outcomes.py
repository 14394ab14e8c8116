"""What an answer means: the table of Standard Webhooks, and when to try again."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Between the attempts of one delivery: ten in about three days."""
JITTER = 0.2
BREAKS_AFTER = 5
"""So many failures in a row, of whatever deliveries, and the endpoint is given a rest."""
FIRST_REST, LONGEST_REST = timedelta(seconds=10), timedelta(hours=1)
LONGEST_WISH = timedelta(days=1)
GIVEN_UP = timedelta(days=5)
"""An endpoint that takes nothing for so long is disabled."""

GONE = 410
SLOW_DOWN = frozenset({429, 502, 503, 504})

Kind = Literal["delivered", "gone", "slow_down", "failed"]


def kind_of(status: int | None) -> Kind:
    """Return what an answer's status means, None being no answer."""
    if status is None:
        return "failed"
    if status // 100 == 2:  # noqa: PLR2004  # the class of answers that means taken
        return "delivered"
    if status == GONE:
        return "gone"
    return "slow_down" if status in SLOW_DOWN else "failed"


class Wait(msgspec.Struct, frozen=True):
    """How long nothing more is sent."""

    delivery: timedelta | None
    """Of this delivery; None where there was the last attempt."""
    endpoint: timedelta
    """To this endpoint."""


def wait_after(kind: Kind, attempts: int, failures: int, wish: timedelta | None) -> Wait:
    """Return the wait after a delivery's attempts, which were the endpoint's failures in a row, and what it asked for.

    An endpoint that slows us down is left alone as long as it wishes, however few its failures are.
    """
    rest = timedelta()
    if failures >= BREAKS_AFTER or kind == "slow_down":
        rest = _jittered(min(LONGEST_REST, FIRST_REST * 2 ** min(max(0, failures - BREAKS_AFTER), 12)))
    if wish is not None:
        rest = max(rest if failures >= BREAKS_AFTER else timedelta(), min(wish, LONGEST_WISH))
    if kind == "slow_down":
        return Wait(rest, rest)
    return Wait(max(_jittered(PAUSES[attempts - 1]), rest) if attempts <= len(PAUSES) else None, rest)


def wished(retry_after: str | None, now: datetime) -> timedelta | None:
    """Read a `Retry-After`: seconds, or a date; None where there is none that can be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 9:  # noqa: PLR2004  # thirty years
        return timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)


def _jittered(pause: timedelta) -> timedelta:
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
