"""Changes that clients ask for: each idempotency key appends one fact, however often it is sent."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, Table, Text, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import Envelope, Position
from event_store.events.event import Event
from event_store.ledger import LEDGER, RECORD
from event_store.serialization import encode
from graphql_api.errors import KeyReused, UnusableArgument
from graphql_api.snapshots import Database
from graphql_api.tokens import Claims
from projections.scope import StoreKey

COMMANDS = Table(
    "commands",
    RECORD,
    Column("organisation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("input_digest", LargeBinary, nullable=False),
    Column("store", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("topic", Text),
    Column("partition", Integer),
    Column("offset", BigInteger),
)
"""One row for each idempotency key of an organisation: the record that it stands for, and where it went."""

KEY = re.compile(r"[A-Za-z0-9._-]{8,128}")
IDS = UUID("1f0b9c56-7a2e-5d6b-9a55-0d4f6f1f6c11")

Write = Callable[[str, bytes], Awaitable[Position]]
"""Appends bytes under a Kafka key to the record; returns their position once they are safe."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for under an idempotency key."""

    key: str
    store: StoreKey
    input: bytes
    """What the client sent; another input under the same key is refused."""
    event: Event
    actor: str | None = None
    """Who is behind it; the token's name as that of a program where absent."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a command came to, the same each time that it is sent."""

    event_id: str
    position: Position


class Commands:
    """Keeps each command's record before it is written, so that one of unknown fate is sent again as it was.

    A record that was sent twice that way has one id, and so one effect. No transaction is open while Kafka is written,
    so an outage of Kafka takes no connection away from questions.
    """

    def __init__(self, database: Database, write: Write) -> None:
        self._database = database
        self._write = write
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        """One for each command that is being performed here: those of one key take turns."""

    async def perform(self, command: Command, claims: Claims) -> Done:
        """Append the command's fact, unless its key did so before."""
        if not KEY.fullmatch(command.key):
            raise UnusableArgument("the idempotency key must be 8 to 128 letters, digits, dots, dashes or underscores")
        turn = self._turns.setdefault((command.store.organisation, command.key), asyncio.Lock())
        async with turn:
            row, position = await self._keep(command, claims)
            if row.input_digest != hashlib.sha256(command.input).digest():
                raise KeyReused(command.key)
            if row.offset is None:
                row = await self._note(command, claims, position or await self._write(_kafka_key(command), row.value))
            return _done(row)

    async def _keep(self, command: Command, claims: Claims) -> tuple[Any, Position | None]:
        """Return the command's row, and where a record of unknown fate is if the projector has seen it."""
        async with self._database.writing(claims) as connection:
            await connection.execute(insert(COMMANDS).values(**_row(command, claims)).on_conflict_do_nothing())
            row = await _find(connection, command)
            return row, None if row.offset is not None else await _find_in_ledger(connection, row)

    async def _note(self, command: Command, claims: Claims, position: Position) -> Any:
        """Keep where the record went, unless another process has kept its own copy's place; return the row."""
        found = msgspec.structs.asdict(position)
        async with self._database.writing(claims) as connection:
            await connection.execute(
                update(COMMANDS).where(*_same(command), COMMANDS.c.offset.is_(None)).values(**found)
            )
            return await _find(connection, command)


def _row(command: Command, claims: Claims) -> dict[str, Any]:
    source = f"/{command.store.organisation}/{command.store.store}/api/{command.key}"
    envelope = Envelope(
        id=str(uuid5(IDS, source)),
        source=source,
        sequence=1,
        organisation=command.store.organisation,
        store=command.store.store,
        actor=command.actor or f"api/{claims.name}",
        event=command.event,
    )
    return {
        "organisation": command.store.organisation,
        "key": command.key,
        "input_digest": hashlib.sha256(command.input).digest(),
        "store": command.store.store,
        "event_id": envelope.id,
        "value": encode(envelope),
    }


def _same(command: Command) -> tuple[Any, ...]:
    return COMMANDS.c.organisation == command.store.organisation, COMMANDS.c.key == command.key


def _kafka_key(command: Command) -> str:
    return f"{command.store.organisation}/{command.store.store}"


async def _find(connection: AsyncConnection, command: Command) -> Any:
    return (await connection.execute(select(COMMANDS).where(*_same(command)))).one()


def _done(row: Any) -> Done:
    position = Position(topic=row.topic, partition=row.partition, offset=row.offset)
    return Done(event_id=row.event_id, position=position)


async def _find_in_ledger(connection: AsyncConnection, row: Any) -> Position | None:
    """Return where a record of unknown fate went, if the projector has seen it."""
    statement = (
        select(LEDGER.c.topic, LEDGER.c.partition, LEDGER.c.offset)
        .where(LEDGER.c.organisation == row.organisation, LEDGER.c.event_id == row.event_id)
        .where(LEDGER.c.disposition == "applied", LEDGER.c.recorded_at > row.created_at - timedelta(days=1))
    )
    found = (await connection.execute(statement)).mappings().one_or_none()
    return None if found is None else Position(**found)
