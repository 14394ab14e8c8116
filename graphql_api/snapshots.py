"""Reading PostgreSQL as one client may: in the API's role, within its organisations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sized
from contextlib import asynccontextmanager
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from event_store.database import sqlalchemy_url
from graphql_api.errors import UnusableArgument
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

BEGIN = text(
    "SELECT set_config('role', :role, true), set_config(:setting, :organisations, true),"
    " set_config('statement_timeout', :timeout, true)"
)


class Database:
    """Connections to PostgreSQL; every transaction sees what its claims may see."""

    def __init__(self, url: str, *, most_seconds: float = MOST_DATABASE_SECONDS) -> None:
        self._engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=MOST_WAIT_S,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            connect_args={"connect_timeout": int(MOST_WAIT_S), "options": "-c timezone=UTC"},
        )
        self._schemas = CurrentSchemas()
        self._timeout = f"{round(most_seconds * 1000)}ms"

    @asynccontextmanager
    async def reading(self, claims: Claims) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that sees the committed state of one moment, and end it."""
        async with self._engine.connect() as connection:
            await self._act_for(connection, claims)
            schemas = await self._schemas.find(connection)
            yield await connection.execution_options(schema_translate_map=schemas)

    @asynccontextmanager
    async def writing(self, claims: Claims) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that may write what the API may, and commit it."""
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)
            async with connection.begin():
                await self._act_for(connection, claims)
                yield connection

    async def _act_for(self, connection: AsyncConnection, claims: Claims) -> None:
        values = {"role": API_ROLE, "setting": ORGANISATIONS_SETTING, "timeout": self._timeout}
        await connection.execute(BEGIN, values | {"organisations": ",".join(sorted(claims.organisations))})

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


class Snapshot:
    """One transaction for all questions of one operation, so that its answers reflect one position."""

    def __init__(self, database: Database, claims: Claims) -> None:
        self._reading = database.reading(claims)
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._rows = 0

    async def ask(self, find: Find[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the read models; questions of one operation take turns on its connection."""
        async with self._turn:
            if self._connection is None:
                self._connection = await self._reading.__aenter__()
            found = await find(self._connection, *args, **kwargs)
        self._rows += len(found) if isinstance(found, Sized) else 1
        if self._rows > MOST_ROWS:
            raise UnusableArgument(f"the answer has more than {MOST_ROWS} rows; ask for fewer at a time")
        return found

    async def close(self) -> None:
        """End the transaction, if there is one."""
        async with self._turn:
            if self._connection is not None:
                self._connection = None
                await self._reading.__aexit__(None, None, None)
