"""What `shopfloor replay` does: finds the range and an earlier run's state, and plays to the screen or a topic."""

import asyncio
import hashlib
import secrets
import sys
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from psycopg import AsyncConnection, Connection

import migrations
from event_store.database import connect, connect_blocking
from event_store.replay import Entry
from event_store.replaying.errors import OwnTopic, ReplayTopicMissing, UnknownStore
from event_store.replaying.pace import Pace
from event_store.replaying.play import Outlet, Play, begin, resume_in_topic
from event_store.replaying.screen import line
from event_store.replaying.state import Standing, StateFile
from event_store.replaying.target import Target
from event_store.replaying.wanted import Wanted
from event_store.topics import Topics, TopicSpec
from infra.cli.replay_progress import ReplayProgress
from infra.local.topics import create_topics
from infra.settings import Settings, without_password
from projections.tables.read_model import PROJECTOR_ROLE

_HAS_STORE = """
SELECT EXISTS (SELECT FROM record.ledger WHERE organisation = %(organisation)s AND store = %(store)s)
    OR EXISTS (SELECT FROM record.segments WHERE convert_from(manifest, 'UTF8')::jsonb -> 'stores' ? %(name)s)
"""
FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    wanted: Wanted
    to_topic: str | None
    """None is the screen."""
    speed: float | None
    """None is as fast as it goes."""
    again: bool = False
    own_topic: bool = False
    create_topic: bool = False

    def name(self, where: Settings) -> str:
        """Return what the state of this replay is kept under: the same command finds it again."""
        said = (self.wanted.told(), self.to_topic, where.topics.events, without_password(where.database_url()))
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


class Screen:
    """Standard output; who stops reading ends the replay."""

    async def put(self, entry: Entry) -> None:
        """Write a line."""
        sys.stdout.buffer.write(line(entry))

    async def flush(self) -> dict[int, int]:
        """Let the lines go."""
        sys.stdout.buffer.flush()
        return {}


class IntoTopic:
    """A topic of Kafka."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def put(self, entry: Entry) -> None:
        """Send a record."""
        await self._target.append(entry)

    async def flush(self) -> dict[int, int]:
        """Wait until every record is acknowledged."""
        return await self._target.flush()


def replay(where: Settings, order: Order) -> None:
    """Play to the end, noting where it stands; raises `ReplayRefused` and what reading history raises."""
    url = where.database_url()
    migrations.check(url)
    if order.to_topic is not None and not order.own_topic:
        _demand_other(where.topics, order.to_topic)
    state = StateFile(where.data / "replays" / f"{order.name(where)}.json")
    with state.held():
        left = None if order.again else state.read()
        if left is not None and left.done:
            sys.stderr.write(
                f"done before: {left.played} records are in {order.to_topic}; --again plays them once more\n"
            )
            return
        standing = left
        if standing is None:
            with connect_blocking(url, PROJECTOR_ROLE) as connection:
                _demand_store(connection, order.wanted.store)
                standing = begin(connection, where.topics.events, order.wanted)
        try:
            asyncio.run(_play(where, order, state, standing, is_left=left is not None))
        except BrokenPipeError:
            state.forget()  # who read has read enough
            raise


def _demand_other(topics: Topics, name: str) -> None:
    own = Topics()
    if any(name == each or name.endswith(f".{each}") for each in (own.events, own.samples, own.ops)):
        raise OwnTopic(name)
    if name in {topics.events, topics.samples, topics.ops}:
        raise OwnTopic(name)


def _demand_store(connection: Connection[Any], store: tuple[str, str] | None) -> None:
    if store is None:
        return
    values = {"organisation": store[0], "store": store[1], "name": "/".join(store)}
    row = connection.execute(_HAS_STORE, values).fetchone()
    if row is None or not row[0]:
        raise UnknownStore("/".join(store))


async def _play(where: Settings, order: Order, state: StateFile, standing: Standing, *, is_left: bool) -> None:
    async with AsyncExitStack() as until_end:
        outlet: Outlet = Screen()
        if order.to_topic is not None:
            target = await _target(where, order, standing.run, until_end)
            partitions = await _partitions(where, order, target, standing)
            if is_left:
                standing = await resume_in_topic(target, standing, partitions)
            else:
                standing = msgspec.structs.replace(standing, scanned=await target.ends(partitions))
            outlet = IntoTopic(target)
        progress = ReplayProgress(standing, is_left=is_left)
        connection: AsyncConnection[Any] = await connect(where.database_url(), PROJECTOR_ROLE)
        until_end.push_async_callback(connection.close)
        pace = None if order.speed is None else Pace(order.speed)
        ended = await Play(standing, state, outlet, progress.show, pace).run(connection, order.wanted)
    if order.to_topic is None:
        state.forget()
    else:
        state.write(msgspec.structs.replace(ended, done=True))
    progress.finish(ended)


async def _target(where: Settings, order: Order, run: str, until_end: AsyncExitStack) -> Target:
    return await until_end.enter_async_context(Target(where.kafka_connection(), order.to_topic or "", run))


async def _partitions(where: Settings, order: Order, target: Target, standing: Standing) -> int:
    """Return how many partitions the record has, which the topic must have too."""
    kafka = where.kafka_connection()
    async with Target(kafka, standing.topic, secrets.token_hex(1)) as record:
        known = await record.partitions()
    needed = known or max(standing.legs, default=0) + 1
    try:
        await target.demand_partitions(needed)
    except ReplayTopicMissing:
        if not order.create_topic or order.to_topic is None:
            raise
        await create_topics(kafka, [TopicSpec(name=order.to_topic, partitions=needed, config=FOR_EVER)])
        await target.demand_partitions(needed)
    return needed
