"""A GraphQL server on Shopfloor's own resolvers: as it is, or as Strawberry alone would serve them.

Alone means Strawberry's ASGI application with the schema and nothing else: no limits, permissions, masking or caches.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import strawberry
from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from event_store.topics import EVENTS
from graphql_api.app import Setup, make_app, make_services
from graphql_api.context import Context, Services
from graphql_api.facts import TYPES
from graphql_api.scalars import SCALARS
from graphql_api.schema import Query
from graphql_api.server import listen, serve
from graphql_api.snapshots import Snapshot
from graphql_api.tokens import ADMINISTRATOR, Tokens


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What to serve."""

    database: str
    token: str
    alone: bool
    from_memory: bool
    """Answer each question from PostgreSQL once and then from memory, so that only the GraphQL layer works."""
    topic: str = EVENTS
    """Where the facts are that it tells as they come in."""


class AloneView(GraphQL[Context, None]):
    """Strawberry's view with our context."""

    def __init__(self, services: Services) -> None:
        schema = strawberry.Schema(query=Query, types=[*TYPES.values()], config=StrawberryConfig(scalar_map=SCALARS))
        super().__init__(schema, graphql_ide=None)
        self._services = services

    async def get_context(self, request: Any, response: Any) -> Context:  # noqa: ARG002  # Strawberry's signature
        """Let everybody ask everything."""
        context = Context(self._services, ADMINISTRATOR).for_operation()
        request.state.context = context
        return context

    async def process_result(self, request: Request, result: Any) -> Any:
        """End the snapshot."""
        await request.state.context.close()
        return await super().process_result(request, result)


def make(served: Served) -> FastAPI:
    """Return the application."""
    setup = Setup(
        database=served.database,
        kafka=None,
        topic=served.topic,
        tokens=Tokens({served.token: ADMINISTRATOR}),
        check_schema=lambda: None,
    )
    return _alone(setup) if served.alone else make_app(setup)


def _alone(setup: Setup) -> FastAPI:
    until_end = AsyncExitStack()
    view = AloneView(make_services(setup, until_end))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with until_end:
            yield

    return FastAPI(openapi_url=None, lifespan=lifespan, routes=[Route("/graphql", view)])


def _remember_answers() -> None:
    known: dict[Any, Any] = {}
    ask = Snapshot.ask

    async def remembered(self: Any, find: Any, *args: Any, **kwargs: Any) -> Any:
        key = (find, repr(args), repr(kwargs))
        if key not in known:
            known[key] = await ask(self, find, *args, **kwargs)
        return known[key]

    Snapshot.ask = remembered  # type: ignore[method-assign]


async def _nothing() -> None:
    return


async def _serve(served: Served) -> None:
    with listen("127.0.0.1", 0) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await serve(make(served), listener, asyncio.Event(), close=_nothing)


if __name__ == "__main__":
    told = msgspec.json.decode(sys.argv[1], type=Served)
    if told.from_memory:
        _remember_answers()
    asyncio.run(_serve(told))
