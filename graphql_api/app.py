"""One server: what it answers with, opened together and closed together."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import structlog
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Route, WebSocketRoute

from event_store.connection import KafkaConnection
from event_store.envelope import Position
from event_store.errors import UnfitTopic
from event_store.log_ends import LogEnds
from event_store.topics import PARTITIONS
from event_store.writer import EventWriter
from graphql_api.announcements import Announcements
from graphql_api.bounds import Bounds
from graphql_api.changes import Changes
from graphql_api.commands import Commands
from graphql_api.context import Services, WebhookKeys
from graphql_api.dashboard.files import file_routes, read_files
from graphql_api.dashboard.login import Login
from graphql_api.dashboard.sessions import Sessions
from graphql_api.documents import Documents
from graphql_api.errors import Unavailable
from graphql_api.headers import SafeHeaders
from graphql_api.health import CheckSchema, Troubles, routes
from graphql_api.ingest.answered import Answered
from graphql_api.ingest.app import PATH, Sales, make_ingest
from graphql_api.ingest.sales import Till
from graphql_api.limits import MOST_DATABASE_SECONDS, MOST_SECONDS, Limits, validation_rules
from graphql_api.live import LiveFacts
from graphql_api.metrics import Metrics
from graphql_api.open_sockets import Sockets
from graphql_api.operation import Operation
from graphql_api.origins import shared_with
from graphql_api.schema import make_schema
from graphql_api.snapshots import Database
from graphql_api.tokens import Tokens
from graphql_api.transport import Lifetime
from graphql_api.view import GraphQLView

FOLLOWING_CONNECTIONS = 3
SMALL_BYTES = 1_000
"""Answers of fewer are not worth compressing."""
GZIP_LEVEL = 4

log = structlog.get_logger(__name__)


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is told at its start."""

    database: str
    kafka: KafkaConnection | None
    """Without Kafka nothing can be published, and the lag is as the projector saw it last."""
    topic: str
    tokens: Tokens
    check_schema: CheckSchema
    troubles: Troubles = tuple
    """What is wrong with the processes beside it."""
    partitions: int = PARTITIONS
    data: Path | None = None
    """Where the page's sessions and its code are kept; without it a restart logs everybody out."""
    introspection: bool = True
    open_metrics: bool = False
    allowed_origins: Sequence[str] = ()
    """The sites whose pages may ask and open websockets, besides this server's own."""
    limits: Limits = Limits()
    seconds: float = MOST_SECONDS
    database_seconds: float = MOST_DATABASE_SECONDS
    websockets: Lifetime = Lifetime()
    webhooks: WebhookKeys | None = None


class Publisher:
    """Writes to Kafka, which is first asked for when somebody first writes."""

    def __init__(self, kafka: KafkaConnection | None, topic: str, until_end: AsyncExitStack) -> None:
        self._kafka = kafka
        self._topic = topic
        self._until_end = until_end
        self._writer: EventWriter | None = None
        self._turn = asyncio.Lock()

    async def write(self, key: str, value: bytes) -> Position:
        """Append a record; raises `Unavailable` without Kafka, or where it would lose the record."""
        (position,) = await self.write_all([(key, value)])
        return position

    async def write_all(self, records: Sequence[tuple[str, bytes]]) -> Sequence[Position]:
        """Append records in order; raises `Unavailable` as `write` does."""
        if self._kafka is None:
            raise Unavailable("Kafka")
        async with self._turn:
            if self._writer is None:
                self._writer = await self._until_end.enter_async_context(EventWriter(self._kafka, self._topic))
        try:
            return await self._writer.write_bytes(records)
        except UnfitTopic as problem:
            log.warning("nothing is written", problem=str(problem))
            raise Unavailable("Kafka") from problem


def make_services(setup: Setup, until_end: AsyncExitStack) -> Services:
    """Make what the server answers with, to be closed at its end; nothing is connected yet."""
    database = Database(setup.database, most_seconds=setup.database_seconds)
    announcements = Announcements(setup.database)
    log_ends = LogEnds(setup.kafka, setup.topic)
    following = Database(setup.database, most_seconds=setup.database_seconds, connections=FOLLOWING_CONNECTIONS)
    live = LiveFacts(following, announcements, log_ends, setup.topic, setup.partitions)
    publisher = Publisher(setup.kafka, setup.topic, until_end)
    metrics = Metrics()
    until_end.push_async_callback(database.close)
    until_end.push_async_callback(following.close)
    until_end.push_async_callback(live.close)
    until_end.push_async_callback(log_ends.close)
    return Services(
        database=database,
        announcements=announcements,
        bounds=Bounds(database, announcements, setup.topic, setup.partitions),
        live=live,
        changes=Changes(live),
        sockets=Sockets(),
        log_ends=log_ends,
        commands=Commands(database, publisher.write),
        till=Till(database, publisher.write_all, metrics),
        tokens=setup.tokens,
        sessions=Sessions(None if setup.data is None else setup.data / "sessions"),
        metrics=metrics,
        topic=setup.topic,
        partitions=setup.partitions,
        webhooks=setup.webhooks,
    )


def make_app(setup: Setup) -> FastAPI:
    """Return the server as an ASGI application, with its services in `state.services`."""
    until_end = AsyncExitStack()
    services = make_services(setup, until_end)
    rules = validation_rules(setup.limits, introspection=setup.introspection)
    documents = Documents(rules, services.metrics, suggestions=setup.introspection)
    schema = make_schema(Operation.factory(documents, setup.seconds), suggestions=setup.introspection)
    view = GraphQLView(schema, services, setup.allowed_origins, setup.seconds, setup.websockets)

    sales = Sales(setup.tokens, services.till, Answered(services.database), services.metrics)
    page = read_files()
    login = Login(setup.tokens, services.sessions, page, setup.data)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with until_end:
            services.announcements.start()
            until_end.push_async_callback(services.announcements.stop)
            yield

    app = FastAPI(
        title="Shopfloor",
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        routes=[
            Route("/graphql", shared_with(GZipMiddleware(view, SMALL_BYTES, GZIP_LEVEL), setup.allowed_origins)),
            WebSocketRoute("/graphql", view),
            Mount(PATH, make_ingest(sales.answer, introspection=setup.introspection)),
            *file_routes(page),
            *login.routes(),
            *routes(services, setup.check_schema, setup.troubles, open_metrics=setup.open_metrics),
        ],
    )
    app.add_middleware(SafeHeaders)
    app.state.services = services
    return app


def token_path(data: Path) -> Path:
    """Return where the local administrator's token is, in the data folder."""
    return data / "token"
