import re
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationType, get_operation_ast, parse
from strawberry.types import ExecutionResult

from event_store.envelope import Position
from event_store.topics import EVENTS, Topics
from event_store.writer import EventWriter
from graphql_api.app import make_app
from graphql_api.context import Context
from graphql_api.errors import statuses, token
from graphql_api.incoming import MOST_LEVELS
from graphql_api.limits import MOST_ROWS, MOST_SECONDS, Limits
from graphql_api.masking import INTERNAL
from graphql_api.scalars import YEARS
from graphql_api.schema import make_schema
from graphql_api.tokens import ADMINISTRATOR
from graphql_api.transport import IDLE, LIFETIME, WORN
from graphql_api.view import MOST_SUBSCRIPTIONS, UNUSABLE
from tests.builders.asking import ADMIN, kafka_at, serving, setup
from tests.builders.facts import came, crossed, published, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND, envelope
from tests.builders.websockets import opened, received, serving_websockets

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

GUIDE = (Path(__file__).parents[2] / "docs" / "graphql.md").read_text()
EXAMPLES = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
LAYOUT = """
[store]
id = "ginza-3"
organisation = "acme"
name = "Ginza"
time_zone = "Asia/Tokyo"

[[camera]]
id = "entrance"
source = "entrance.mp4"
"""


def kind(example: str) -> OperationType:
    operation = get_operation_ast(parse(example))
    assert operation is not None
    return operation.operation


async def happened(shop: Shop) -> str:
    layout = await shop.happened(published())
    await shop.happened(
        came("ann"),
        stepped_in("ann", "dairy"),
        stepped_out("ann", "dairy", NOON, NOON + 5 * SECOND),
        crossed("gate"),
        came("bob", NOON + SECOND),
        stepped_in("bob", "dairy", NOON + SECOND),
        went("ann", NOON + 20 * SECOND),
    )
    await shop.unreadable(went("bob", NOON + 21 * SECOND))
    return token(layout)


def emptiness(value: Any, path: str = "") -> list[str]:
    match value:
        case None | []:
            return [path]
        case dict():
            return [each for name, inner in value.items() for each in emptiness(inner, f"{path}.{name}")]
        case list():
            return emptiness(value[0], f"{path}[0]")
    return []


IDS = ["acme/ginza-3", "acme/ginza-3/zone/dairy", "acme/ginza-3/visit/ann"]


def given(example: str) -> dict[str, Any]:
    """Return values for the variables of an example."""
    if "$ids" in example:
        return {"ids": IDS}
    return {"store": "acme/ginza-3"} if "$store" in example else {}


ONLY_SOMETIMES = {
    ".store.freshness.stopped",
    ".store.freshness.lagRecords",  # of Kafka, which this server has not
    ".freshness[0].lagRecords",
    ".store.inside",  # of today
    ".store.figures.traffic.quality.staleSince",
    ".store.figures.traffic.series[0].entered",
    ".store.figures.traffic.series[0].left",
    ".store.figures.occupancy.series[0].inside",
    ".store.figures.occupancy.series[0].peak",
    ".store.cameras[0].since",
    ".store.cameras[0].cause",
    ".store.visits.nodes[0].unconfirmedSince",
    ".viewer.organisations",
    ".viewer.storeIds",
    ".viewer.expiresAt",
    ".publishLayout.userErrors",
    ".correctEvent.userErrors",
}


async def taken(_: EventWriter, records: Any) -> list[Position]:
    return [Position(topic=EVENTS, partition=0, offset=99) for _ in records]


async def test_every_question_of_the_guide_is_answered(
    shop: Shop, projected_database: str, kafka: str, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    await happened(shop)
    async with serving(projected_database) as api:
        answers = [
            await api.ask(example, **given(example)) for example in EXAMPLES if kind(example) is OperationType.QUERY
        ]
    publish, correct = [example for example in EXAMPLES if kind(example) is OperationType.MUTATION]
    async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as api:
        answers.append(await api.ask(publish, toml=LAYOUT))
    async with serving(projected_database, kafka=kafka_at(kafka)) as api:
        monkeypatch.setattr(EventWriter, "write_bytes", taken)  # the topic of what the shop says is not in Kafka
        answers.append(await api.ask(correct, event=f"acme/ginza-3/event/{envelope(came('ann'), 2).id}"))

    assert [path for answer in answers for path in emptiness(answer) if path not in ONLY_SOMETIMES] == []


async def test_the_subscriptions_of_the_guide_tell_facts_and_stores(shop: Shop, projected_database: str) -> None:
    after = await happened(shop)
    facts, stores = [example for example in EXAMPLES if kind(example) is OperationType.SUBSCRIPTION]
    app = make_app(setup(projected_database))

    async def first_of(stream: str, variables: dict[str, Any]) -> Any:
        context = Context(app.state.services, ADMINISTRATOR)
        results = await make_schema().stream(stream, variables, context_value=context)
        first = await anext(results)
        await results.aclose()
        assert isinstance(first, ExecutionResult)
        assert first.data is not None
        return first.data

    async with app.router.lifespan_context(app):
        fact = await first_of(facts, {"store": "acme/ginza-3", "after": after})
        store = await first_of(stores, {"stores": ["acme/ginza-3"]})

    assert fact["events"]["__typename"] == "ShopperEntered"
    assert store["changedStore"]["id"] == "acme/ginza-3"


async def test_the_request_of_the_guide_is_answered(shop: Shop, projected_database: str) -> None:
    await shop.happened(published())
    (command,) = re.findall(r"```sh\n(curl .*?)```", GUIDE, re.DOTALL)
    (body,) = re.findall(r"-d '(.*?)'", command)
    headers = dict(each.split(": ", 1) for each in re.findall(r"-H ['\"](.*?)['\"] ?\\?\n", command))
    headers["authorization"] = headers["authorization"].replace("$(cat .shopfloor/token)", ADMIN)
    async with serving(projected_database) as api:
        response = await api.http.post("/graphql", content=body, headers=headers)

    assert response.json() == {"data": {"stores": {"nodes": [{"id": "acme/ginza-3", "name": "Store ginza-3"}]}}}


async def test_the_first_message_of_the_guide_opens_a_websocket(projected_database: str) -> None:
    (message,) = re.findall(r'`({"type": "connection_init".*?})`', GUIDE)
    async with serving_websockets(projected_database) as server, opened(server) as socket:
        await socket.send(message.replace("…", ADMIN))

        assert await received(socket) == {"type": "connection_ack"}


def test_the_guide_knows_every_error_code_and_limit() -> None:

    codes = {*statuses(), INTERNAL}
    limits = Limits()

    assert [code for code in codes if f"`{code}`" not in GUIDE] == []
    assert f"{limits.depth} levels, {limits.fields} fields, {limits.aliases} aliases" in GUIDE
    assert f"{limits.root_fields} root fields and {limits.mutations} mutations" in GUIDE
    assert f"{limits.fragments} fragments" in GUIDE
    assert f"{MOST_LEVELS} levels of JSON and {MOST_SECONDS:.0f} seconds" in GUIDE
    assert f"{MOST_ROWS:,} rows" in GUIDE
    assert f"years {YEARS[0]} to {YEARS[-1]}" in GUIDE
    assert (LIFETIME.most, LIFETIME.idle, MOST_SUBSCRIPTIONS) == (60 * 60, 5 * 60, 20)
    assert [code for code in (WORN, IDLE, UNUSABLE) if f"| {code} |" not in GUIDE] == []
