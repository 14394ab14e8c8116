"""The dispatcher: takes facts out of the record and sends each subscriber its own, in the order of each entity.

A subscription has one dispatcher at a time, which holds a lock of PostgreSQL for as long as its connection lives. So a
dispatcher that is killed is followed at once by another, and what it had not written down goes out again, under the
same id. As many as one likes may run.
"""

import asyncio
import http.client
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from psycopg import AsyncConnection

from event_store.database import connect, is_outage
from event_store.erasure.masters import Masters
from event_store.errors import ShopfloorError
from event_store.replay import Place, read_entries
from event_store.webhooks import Answer, Reach, signed_headers
from event_store.webhooks.errors import WebhookError
from event_store.webhooks.http import post_beside
from projections.webhooks import deliveries, outbox, outcomes
from projections.webhooks.deliveries import KEPT_BYTES, Attempt
from projections.webhooks.errors import FactMissing
from projections.webhooks.messages import CHALLENGE_HEADERS, HEADERS, Challenge, Due, body_of, new_challenge
from projections.webhooks.metrics import Metrics
from projections.webhooks.subscriptions import ROLE, Subscription, find_secret, find_subscriptions

PATIENCE_S = 15.0
AT_ONCE = 8
"""POSTs without an answer for each endpoint."""
MOST_IN_FLIGHT = 128
LOOK_EVERY_S = 0.1
FAREWELL_S = 5.0
RECONNECT_S = 1.0

_OWN = """
SELECT id FROM unnest(%s::text[]) AS id
WHERE pg_try_advisory_lock(hashtext('shopfloor.webhooks'), hashtext(id))
"""
_RELEASE = "SELECT pg_advisory_unlock(hashtext('shopfloor.webhooks'), hashtext(%s))"

log = structlog.get_logger(__name__)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a dispatcher works on."""

    database: str
    topic: str
    masters: Masters
    reach: Reach


class _Sent(msgspec.Struct, frozen=True):
    """A POST that has ended, whatever its outcome."""

    answer: Answer | None
    trouble: str
    took_s: float


async def dispatch(job: Job, metrics: Metrics, stop: asyncio.Event) -> None:
    """Send until it is told to stop; where PostgreSQL goes away it begins anew."""
    while not stop.is_set():
        try:
            connection = await connect(job.database, ROLE)
            async with connection:
                await Dispatcher(job, connection, metrics).run(stop)
        except Exception as problem:
            if not is_outage(problem):
                raise
            log.warning("tried again later", problem=" ".join(str(problem).split()))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RECONNECT_S)


class Dispatcher:
    """Serves the subscriptions that no other dispatcher serves, over one connection."""

    def __init__(self, job: Job, connection: AsyncConnection[Any], metrics: Metrics) -> None:
        self._job = job
        self._connection = connection
        self._metrics = metrics
        self._own: Mapping[str, Subscription] = {}
        self._secrets: dict[str, bytes] = {}
        self._flying: dict[asyncio.Task[_Sent], Due | Challenge] = {}
        self._next_look_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until it is told to stop; then wait a little for what is on its way."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._look()
                await asyncio.wait({stopping, *self._flying}, timeout=LOOK_EVERY_S, return_when="FIRST_COMPLETED")
                await self._write_down()
            if self._flying:
                await asyncio.wait(self._flying, timeout=FAREWELL_S)
                await self._write_down()
        finally:
            stopping.cancel()
            for task in self._flying:
                task.cancel()
            await asyncio.gather(stopping, *self._flying, return_exceptions=True)

    async def _look(self) -> None:
        if time.monotonic() >= self._next_look_at:
            self._next_look_at = time.monotonic() + LOOK_EVERY_S
            await self._find_own()
            await self._take_up()
            await self._challenge()
        busy = Counter(each.subscription for each in self._flying.values())
        sending = {each.message_id for each in self._flying.values()}
        for due in await deliveries.find_due(self._connection, self._own, AT_ONCE):
            may = 1 if due.failures >= outcomes.BREAKS_AFTER else AT_ONCE
            has_room = busy[due.subscription] < may and len(self._flying) < MOST_IN_FLIGHT
            if has_room and due.message_id not in sending:
                busy[due.subscription] += 1
                async with self._apart(due.subscription):
                    await self._send(due)

    async def _take_up(self) -> None:
        for name in await outbox.find_behind(self._connection, self._own, self._job.topic):
            async with self._apart(name):
                await outbox.take_up(self._connection, self._own[name], self._job.topic)

    async def _find_own(self) -> None:
        """Serve every subscription that nobody else does; let go of those that are disabled."""
        found = {each.id: each for each in await find_subscriptions(self._connection)}
        for name in self._own:
            if name not in found or found[name].state == "disabled":
                await self._connection.execute(_RELEASE, (name,))
        held = {name for name in self._own if name in found and found[name].state != "disabled"}
        others = [name for name, each in found.items() if each.state != "disabled" and name not in held]
        cursor = await self._connection.execute(_OWN, (others,))
        held |= {name for (name,) in await cursor.fetchall()}
        self._own = {name: each for name, each in found.items() if name in held}
        self._metrics.subscriptions.set(len(self._own))

    @asynccontextmanager
    async def _apart(self, name: str) -> AsyncIterator[None]:
        """Let what is wrong with one subscription be its own trouble, for a while; no other one waits for it."""
        try:
            yield
        except ShopfloorError as problem:
            if is_outage(problem):
                raise
            log.warning("tried again later", subscription=name, problem=str(problem))
            await deliveries.keep_trouble(self._connection, name, str(problem), outcomes.LONGEST_REST / 60)

    async def _challenge(self) -> None:
        busy = {each.subscription for each in self._flying.values()}
        for name, each in self._own.items():
            if each.state == "unproven" and name not in busy and each.paused_until <= datetime.now(UTC):
                challenge = new_challenge(name)
                async with self._apart(name):
                    await self._start(challenge, challenge.body(datetime.now(UTC)), CHALLENGE_HEADERS)

    async def _send(self, due: Due) -> None:
        value = due.value
        if value is None:
            place = Place(due.topic, due.partition)
            found = await read_entries(self._connection, place, start=due.offset, end=due.offset + 1, limit=1)
            if not found or found[0].value is None:
                raise FactMissing(due.position)
            value = found[0].value
        await self._start(due, body_of(due, value), HEADERS)

    async def _start(self, what: Due | Challenge, body: bytes, headers: Mapping[str, str]) -> None:
        name = what.subscription
        if name not in self._secrets:
            self._secrets[name] = await find_secret(self._connection, self._job.masters, name)
        signed = signed_headers(self._secrets[name], what.message_id, int(time.time()), body)
        address, reach = self._own[name].address, self._job.reach
        task = asyncio.create_task(_post(address, body, {**headers, **signed}, reach))
        self._flying[task] = what
        self._metrics.in_flight.set(len(self._flying))

    async def _write_down(self) -> None:
        for task in [task for task in self._flying if task.done()]:
            what, sent = self._flying.pop(task), task.result()
            self._metrics.in_flight.set(len(self._flying))
            self._metrics.seconds.observe(sent.took_s)
            await (self._note(what, sent) if isinstance(what, Due) else self._note_challenge(what, sent))

    async def _note(self, due: Due, sent: _Sent) -> None:
        status = None if sent.answer is None else sent.answer.status
        kind = outcomes.kind_of(status)
        self._metrics.attempts.labels(kind).inc()
        said = None if sent.answer is None else _text(sent.answer.body)
        trouble = None if kind == "delivered" else sent.trouble or f"status {status}"
        attempt = Attempt(status=status, took_ms=round(sent.took_s * 1000), trouble=trouble, answer=said)
        if kind == "delivered":
            await deliveries.keep_delivered(self._connection, due, attempt)
            return
        wish = outcomes.wished(sent.answer.retry_after if sent.answer else None, datetime.now(UTC))
        wait = outcomes.wait_after(kind, due.attempts + 1, due.failures + 1, wish)
        await deliveries.keep_failed(self._connection, due, attempt, wait, kind)
        if kind == "gone":
            log.warning("disabled", subscription=due.subscription, problem="its endpoint answered 410 Gone")

    async def _note_challenge(self, challenge: Challenge, sent: _Sent) -> None:
        name, answer = challenge.subscription, sent.answer
        if answer is not None and answer.status // 100 == 2 and challenge.is_answered_by(answer.body):  # noqa: PLR2004
            self._metrics.attempts.labels("proven").inc()
            await deliveries.keep_proven(self._connection, name)
            return
        self._metrics.attempts.labels("unproven").inc()
        said = sent.trouble or (f"status {answer.status}" if answer is not None else "")
        trouble = f"the challenge was not answered ({said}); the endpoint must give its word back"
        failures = self._own[name].failures if name in self._own else 0
        rest = min(outcomes.LONGEST_REST, outcomes.FIRST_REST / 10 * 2 ** min(failures, 12))
        await deliveries.keep_trouble(self._connection, name, trouble, rest)


async def _post(address: str, body: bytes, headers: Mapping[str, str], reach: Reach) -> _Sent:
    began = time.monotonic()
    answer, trouble = None, ""
    try:
        answer = await post_beside(address, body, headers, reach, PATIENCE_S)
    except (OSError, http.client.HTTPException, WebhookError) as problem:
        trouble = " ".join(f"{problem}".split())[:300] or type(problem).__name__
    return _Sent(answer, trouble, time.monotonic() - began)


def _text(body: bytes) -> str:
    """Return the beginning of an answer as PostgreSQL takes it."""
    return body[:KEPT_BYTES].decode(errors="replace").replace("\x00", "\ufffd")
