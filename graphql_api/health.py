"""Whether this process lives, whether it can answer, and what it counts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from event_store.errors import ShopfloorError
from graphql_api.context import Services
from graphql_api.tokens import EVERY_ORGANISATION, Claims
from projections.positions import Reached, find_reached, taken_of
from projections.read_models.watches import find_silences

log = structlog.get_logger(__name__)

NOBODY = Claims(name="health", organisations=frozenset(), permissions=frozenset())
EVERYBODY = Claims(name="health", organisations=frozenset({EVERY_ORGANISATION}), permissions=frozenset())
PATIENCE_S = 3.0
FRESH_FOR_S = 1.0
"""Whoever asks again within it gets the same answer: nobody makes the database busy by asking."""

HIDDEN = "not ok; who asks with the token is told why"
STALLED_AFTER_S = 60.0
"""A partition with waiting records and no step for so long has no projector."""

CheckSchema = Callable[[], None]
"""Raises a `ShopfloorError` unless the database's schema is this program's; it may block."""


class Check(msgspec.Struct, frozen=True):
    """One thing that answers depend on; null where it is well."""

    name: str
    problem: str | None
    is_fatal: bool = True
    """Whether no answer can be relied on; otherwise answers say themselves what is not known."""


Troubles = Callable[[], Sequence[str]]
"""Tells what is wrong with the processes beside the API; it may block for a moment."""


class Readiness:
    """Looks at what answers depend on, at most once a second."""

    def __init__(self, services: Services, check_schema: CheckSchema, troubles: Troubles) -> None:
        self._services = services
        self._check_schema = check_schema
        self._troubles = troubles
        self._turn = asyncio.Lock()
        self._until = float("-inf")
        self._checks: Sequence[Check] = ()

    async def checks(self) -> Sequence[Check]:
        """Return how each thing is, as of about now."""
        async with self._turn:
            if monotonic() > self._until:
                self._checks = (
                    Check("database", await _problem(_database(self._services))),
                    Check("schema", await _problem(asyncio.to_thread(self._check_schema))),
                    Check("projector", await _problem(_projector(self._services))),
                    Check("partitions", await _problem(_partitions(self._services)), is_fatal=False),
                    Check("log", await _problem(_log(self._services)), is_fatal=False),
                    Check("cameras", await _problem(_cameras(self._services)), is_fatal=False),
                    Check("processes", await _problem(_processes(self._troubles)), is_fatal=False),
                )
                self._until = monotonic() + FRESH_FOR_S
            return self._checks


def routes(
    services: Services, check_schema: CheckSchema, troubles: Troubles = tuple, *, open_metrics: bool
) -> list[Route]:
    """Return the routes beside GraphQL; the metrics need the token unless they are open."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    readiness = Readiness(services, check_schema, troubles)

    def knows_the_token(request: Request) -> bool:
        return services.tokens.find_bearer(request.headers.get("authorization")) is not None

    async def ready(request: Request) -> Response:
        checks = await readiness.checks()
        problems = [check for check in checks if check.problem is not None]
        is_ready = not any(check.is_fatal for check in problems)
        hidden = None if knows_the_token(request) else HIDDEN
        body = {
            "status": ("degraded" if problems else "ready") if is_ready else "not ready",
            "checks": {each.name: (each.problem and (hidden or each.problem)) or "ok" for each in checks},
        }
        return JSONResponse(body, status_code=200 if is_ready else 503)

    async def metrics(request: Request) -> Response:
        if not (open_metrics or knows_the_token(request)):
            return JSONResponse({"error": "no valid token"}, status_code=401, headers={"www-authenticate": "Bearer"})
        services.metrics.checked({each.name: each.problem is None for each in await readiness.checks()})
        return Response(services.metrics.text(), media_type="text/plain; version=0.0.4")

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]


async def _problem(check: Awaitable[Any]) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await check
    except ShopfloorError as problem:
        return str(problem)
    except (SQLAlchemyError, TimeoutError) as problem:
        log.warning("not ready", problem=" ".join(str(problem).split()))
        return "PostgreSQL does not answer"
    return None


async def _database(services: Services) -> None:
    async with services.database.reading(NOBODY) as connection:
        await connection.execute(text("SELECT 1"))


class _Behind(ShopfloorError):
    """The projector does not move."""


async def _projector(services: Services) -> None:
    async with services.database.reading(NOBODY) as connection:
        reached = await find_reached(connection, services.topic)
    ends = await services.log_ends.find(taken_of(reached))
    for each in reached:
        if each.stopped is not None:
            continue  # what waits there waits for a person
        end = each.log_end if ends is None else ends.offsets.get(each.partition, each.log_end)
        if end > each.next_offset and _age_s(each) > STALLED_AFTER_S:
            waiting = end - each.next_offset
            raise _Behind(f"{waiting} records wait in partition {each.partition}; start `shopfloor projector`")


class _Unknown(ShopfloorError):
    """Something is not known, and answers say so."""


async def _partitions(services: Services) -> None:
    """Name what is stopped. Other stores' answers are fresh, and those of its own stores say as of when they are."""
    async with services.database.reading(NOBODY) as connection:
        stopped = [each for each in await find_reached(connection, services.topic) if each.stopped is not None]
    if stopped:
        raise _Unknown("; ".join(f"partition {each.partition} has stopped: {each.stopped}" for each in stopped))


async def _log(services: Services) -> None:
    if services.log_ends.is_silent:
        seen = services.log_ends.seen_at
        since = "" if seen is None else f" since {seen:%Y-%m-%d %H:%M:%S}Z"
        raise _Unknown(f"Kafka does not answer{since}: nobody knows how many records wait")


async def _cameras(services: Services) -> None:
    async with services.database.reading(EVERYBODY) as connection:
        silences = await find_silences(connection)
    if silent := [each for each in silences if not each.stopped]:
        since = min(each.since for each in silent)
        raise _Unknown(
            f"nobody says how {len(silent)} cameras are, since {since:%Y-%m-%d %H:%M:%S}Z at the earliest: their "
            "workers are silent; `shopfloor doctor` names them"
        )


async def _processes(troubles: Troubles) -> None:
    if told := await asyncio.to_thread(troubles):
        raise _Unknown("; ".join(told))


def _age_s(reached: Reached) -> float:
    return (datetime.now(UTC) - reached.updated_at).total_seconds()
