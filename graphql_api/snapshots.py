"""Reading PostgreSQL as one client may: in the API's role, within its organisations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sized
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from event_store.database import is_outage, sqlalchemy_url
from graphql_api.errors import Unavailable, UnusableArgument
from graphql_api.limits import MOST_DATABASE_SECONDS, MOST_ROWS
from graphql_api.tokens import Claims
from projections.tables.read_model import API_ROLE, ORGANISATIONS_SETTING
from projections.tables.versions import CurrentSchemas

P = ParamSpec("P")
T = TypeVar("T")
Find = Callable[Concatenate[AsyncConnection, P], Awaitable[T]]

CONNECTIONS = 10
MOST_WAIT_S = 5.0
"""How long a question waits for PostgreSQL, or for one of the connections to it."""

READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


class Database:
    """Connections to PostgreSQL in the API's role; every transaction sees what its claims may see.

    A transaction costs two round trips beside its questions: one to begin it with its claims, one to end it.
    """

    def __init__(
        self, url: str, *, most_seconds: float = MOST_DATABASE_SECONDS, connections: int = CONNECTIONS
    ) -> None:
        self.connections = connections
        options = f"-c timezone=UTC -c role={API_ROLE} -c statement_timeout={round(most_seconds * 1000)}ms"
        self._engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=MOST_WAIT_S,
            isolation_level="AUTOCOMMIT",  # transactions are begun below; the pool rolls back what has not ended
            connect_args={"connect_timeout": int(MOST_WAIT_S), "options": options},
        )
        self._schemas = CurrentSchemas()
        self._given_up: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def reading(self, claims: Claims) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that sees the committed state of one moment, and end it."""
        async with self._begun(READING, claims) as connection:
            schemas = await self._schemas.find(connection)
            yield await connection.execution_options(schema_translate_map=schemas)

    @asynccontextmanager
    async def writing(self, claims: Claims) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that may write what the API may, and commit it."""
        async with self._begun(WRITING, claims) as connection:
            yield connection
            await driver_of(connection).execute("COMMIT", prepare=False)

    @asynccontextmanager
    async def _begun(self, begin: str, claims: Claims) -> AsyncIterator[AsyncConnection]:
        """Begin on a connection of the pool; those that broke since they were used last are dropped, one by one."""
        statement = _beginning(begin, claims.organisations)
        for _ in range(self.connections + 1):
            async with AsyncExitStack() as until_end:
                connection = await self._connected()
                until_end.push_async_exit(connection)
                try:
                    await driver_of(connection).execute(statement, prepare=False)
                except psycopg.Error as problem:
                    if not is_outage(problem):
                        raise
                    await connection.invalidate()
                    continue
                yield connection
                return
        raise Unavailable("PostgreSQL")

    async def _connected(self) -> AsyncConnection:
        """Take a connection of the pool; one that is being made is made to its end, whoever gives up meanwhile.

        Otherwise PostgreSQL waits a minute for the rest of the conversation, and until then for whatever waits for it.
        """
        connecting = asyncio.ensure_future(self._engine.connect().start())
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            ending = asyncio.create_task(_give_back(connecting))
            self._given_up.add(ending)
            ending.add_done_callback(self._given_up.discard)
            raise

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*self._given_up)
        await self._engine.dispose()


async def _give_back(connecting: asyncio.Future[AsyncConnection]) -> None:
    with suppress(SQLAlchemyError):
        await (await connecting).close()


@lru_cache(maxsize=1_000)
def _beginning(begin: str, organisations: frozenset[str]) -> bytes:
    """Return two statements that PostgreSQL takes as one message, so they cannot be prepared."""
    named = sql.Literal(",".join(sorted(organisations)))
    return sql.SQL(f"{begin}; SET LOCAL {ORGANISATIONS_SETTING} = {{}}").format(named).as_bytes()


def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """Return the driver's connection, which takes two statements at once."""
    below = cast("Connection", connection.sync_connection)
    return cast("psycopg.AsyncConnection[Any]", below.connection.driver_connection)


class Readable(Protocol):
    """Whatever a transaction can be begun on."""

    def reading(self, claims: Claims) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction that sees the committed state of one moment, and end it."""


class Snapshot:
    """One transaction for all questions of one operation, so that its answers reflect one position."""

    def __init__(self, database: Readable, claims: Claims) -> None:
        self._reading = database.reading(claims)
        self._connection: AsyncConnection | None = None
        self._broken: Exception | None = None
        """What ended the transaction: the questions that are left get the same answer."""
        self._turn = asyncio.Lock()
        self._rows = 0

    async def ask(self, find: Find[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the read models for rows of the answer."""
        found = await self.find(find, *args, **kwargs)
        self.charge(len(found) if isinstance(found, Sized) else 1)
        return found

    async def find(self, find: Find[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the read models for what rows are made of; questions of one operation take turns on its connection."""
        async with self._turn:
            if self._broken is not None:
                raise self._broken
            try:
                if self._connection is None:
                    self._connection = await self._reading.__aenter__()
                return await find(self._connection, *args, **kwargs)
            except Exception as problem:
                self._broken = problem if self._has_ended() else None
                raise

    def charge(self, rows: int) -> None:
        """Count rows of the answer; refuses too many."""
        self._rows += rows
        if self._rows > MOST_ROWS:
            raise UnusableArgument(f"the answer has more than {MOST_ROWS} rows; ask for fewer at a time")

    def _has_ended(self) -> bool:
        """Tell whether nothing more can be asked: no connection, one that is gone, or a statement that failed."""
        if self._connection is None or self._connection.closed or self._connection.invalidated:
            return True
        return driver_of(self._connection).info.transaction_status is not TransactionStatus.INTRANS

    async def close(self) -> None:
        """End the transaction, if there is one."""
        async with self._turn:
            if self._connection is not None:
                self._connection = None
                await self._reading.__aexit__(None, None, None)
