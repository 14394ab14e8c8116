"""A client of the API that runs in the test's own process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

import migrations
from event_store.connection import KafkaConnection
from event_store.topics import EVENTS
from graphql_api.app import Setup, make_app
from graphql_api.tokens import ADMINISTRATOR, Claims, Permission, Tokens

ADMIN = "shopfloor_test-administrator"
ACME = "shopfloor_test-acme"
READER = "shopfloor_test-reader"
TOKENS = Tokens(
    {
        ADMIN: ADMINISTRATOR,
        ACME: Claims(name="acme", organisations=frozenset({"acme"}), permissions=frozenset(Permission)),
        READER: Claims(name="reader", organisations=frozenset({"acme"}), permissions=frozenset({Permission.READ})),
    },
    owner=ADMIN,
)


class Client:
    """Asks one server; `token` is sent unless it is None."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        token: str | None = ADMIN,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a question; return the response as it is."""
        authorization = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables or {}}
        return await self.http.post("/graphql", json=body, headers={**authorization, **(headers or {})})

    async def ask(self, query: str, token: str = ADMIN, **variables: Any) -> Any:
        """Return the data of an answer without errors."""
        answer = (await self.post(query, variables, token=token)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def refusal(self, query: str, token: str | None = ADMIN, **variables: Any) -> Any:
        """Return the first error of an answer."""
        return (await self.post(query, variables, token=token)).json()["errors"][0]


def setup(database: str, **settings: Any) -> Setup:
    """Return what a server of a test is told."""
    defaults = {"database": database, "kafka": None, "topic": EVENTS, "tokens": TOKENS}
    return Setup(**(defaults | {"check_schema": lambda: migrations.check(database)} | settings))


@asynccontextmanager
async def serving(database: str, **settings: Any) -> AsyncIterator[Client]:
    """Serve a database in this process."""
    app = make_app(setup(database, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as http,
    ):
        yield Client(http)


def kafka_at(bootstrap: str) -> KafkaConnection:
    """Return how to reach a test's Kafka."""
    return KafkaConnection(bootstrap=bootstrap)
