"""Subscriptions are made and looked after by GraphQL, by each token for what it sees."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from event_store.webhooks import Reach
from graphql_api.context import WebhookKeys
from graphql_api.tokens import Claims, Permission, Tokens
from tests.builders.asking import ACME, ADMIN, READER, TOKENS, Client, serving
from tests.builders.dispatching import Dispatching, until
from tests.builders.facts import came, went
from tests.builders.projected import Shop
from tests.builders.subscribers import Subscriber

pytestmark = pytest.mark.postgres

GUIDE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
RIVAL, GINZA = "shopfloor_test-rival", "shopfloor_test-ginza"
CREATE = """mutation ($input: CreateWebhookInput!) {
    createWebhook(input: $input) { webhook { key state stores types address } secret userErrors { code message field } }
}"""
LIST = """query ($organisation: String!, $first: Int) { webhooks(organisation: $organisation, first: $first) {
    nodes { key state trouble lastSequence deliveries { nodes { sequence type state attempts lastAnswer position } } }
    pageInfo { hasNextPage }
} }"""
ENABLE = """mutation ($key: String!, $enabled: Boolean!) {
    setWebhookEnabled(key: $key, enabled: $enabled) { webhook { state trouble } userErrors { code message field } }
}"""
REPLAY = """mutation ($key: String!, $preview: Boolean!) {
    replayDeliveries(key: $key, first: 1, last: 2, preview: $preview) { deliveries userErrors { code message } }
}"""
RESEND = """mutation ($key: String!, $sequence: Int!) {
    resendDelivery(key: $key, sequence: $sequence) { webhook { key } userErrors { code message field } }
}"""


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Tokens:
    every = frozenset(Permission)
    more = {
        RIVAL: Claims(name="rival", organisations=frozenset({"rival"}), permissions=every),
        GINZA: Claims(
            name="ginza", organisations=frozenset({"acme"}), permissions=every, stores=frozenset({"acme/ginza-3"})
        ),
    }
    tokens = Tokens(more)
    monkeypatch.setattr(tokens, "_claims", {**tokens._claims, **TOKENS._claims})
    return tokens


@pytest.fixture
def dispatching(projected_database: str, shop: Shop, tmp_path: Path) -> Dispatching:
    return Dispatching(projected_database, shop, tmp_path)


@pytest.fixture
async def api(projected_database: str, dispatching: Dispatching, tokens: Tokens) -> AsyncIterator[Client]:
    keys = WebhookKeys(dispatching.masters, Reach(loopback=True))
    async with serving(projected_database, webhooks=keys, tokens=tokens) as client:
        yield client


async def create(api: Client, token: str = ACME, **wanted: Any) -> Any:
    asked = {"organisation": "acme", "address": "https://127.0.0.1/", **wanted}
    return (await api.ask(CREATE, token=token, input=asked))["createWebhook"]


async def test_a_webhook_made_by_graphql_is_sent_its_facts_and_its_deliveries_can_be_asked_for(
    api: Client, dispatching: Dispatching
) -> None:
    receiver = Subscriber()
    with receiver.listening() as address:
        made = await create(api, address=address, stores=["ginza-3"], types=["ShopperExited", "ShopperEntered"])
        receiver.secret = made["secret"]
        key = made["webhook"]["key"]
        await dispatching.shop.happened(came("v1"), went("v1"))
        async with dispatching.running():
            await until(lambda: len(receiver.accepted) == 2)
        (listed,) = (await api.ask(LIST, token=ACME, organisation="acme"))["webhooks"]["nodes"]
        counted = (await api.ask(REPLAY, token=ACME, key=key, preview=True))["replayDeliveries"]
        foreign = (await api.ask(REPLAY, token=RIVAL, key=key, preview=False))["replayDeliveries"]
        again = (await api.ask(RESEND, token=ACME, key=key, sequence=1))["resendDelivery"]
        async with dispatching.running():
            await until(lambda: len(receiver.accepted) == 3)
        replayed = (await api.ask(REPLAY, token=ACME, key=key, preview=False))["replayDeliveries"]
        async with dispatching.running():
            await until(lambda: len(receiver.accepted) == 5)

    assert counted == {"deliveries": 2, "userErrors": []}
    assert replayed == {"deliveries": 2, "userErrors": []}
    assert (foreign["deliveries"], foreign["userErrors"][0]["code"]) == (None, "NOT_FOUND")
    assert made["webhook"] | {"key": ""} == {
        "key": "", "state": "UNPROVEN", "address": address, "stores": ["ginza-3"],
        "types": ["ShopperEntered", "ShopperExited"],
    }  # fmt: skip
    assert (listed["state"], listed["lastSequence"], listed["trouble"]) == ("ACTIVE", 2, None)
    assert [(each["sequence"], each["state"], each["lastAnswer"]) for each in listed["deliveries"]["nodes"]] == [
        (2, "DELIVERED", "200"), (1, "DELIVERED", "200"),
    ]  # fmt: skip
    assert again == {"webhook": {"key": key}, "userErrors": []}
    assert receiver.accepted[-1].fact["deliveryresent"]


async def test_a_webhook_is_seen_and_changed_by_those_alone_who_see_all_that_it_is_told(api: Client) -> None:
    everything = (await create(api))["webhook"]["key"]
    ginza = (await create(api, token=GINZA, stores=["ginza-3"]))["webhook"]["key"]

    async def seen(token: str) -> set[str]:
        return {each["key"] for each in (await api.ask(LIST, token=token, organisation="acme"))["webhooks"]["nodes"]}

    assert (await seen(ACME), await seen(ADMIN)) == ({everything, ginza}, {everything, ginza})
    assert (await seen(GINZA), await seen(RIVAL)) == ({ginza}, set())
    for token in (GINZA, RIVAL):
        (problem,) = (await api.ask(ENABLE, token=token, key=everything, enabled=False))["setWebhookEnabled"][
            "userErrors"
        ]
        assert "there is no subscription" in problem["message"]
        (problem,) = (await api.ask(RESEND, token=token, key=everything, sequence=1))["resendDelivery"]["userErrors"]
        assert "there is no subscription" in problem["message"]
        refusal = await api.refusal(
            CREATE, token=token, input={"organisation": "acme", "address": "https://127.0.0.1/"}
        )
        assert refusal["extensions"]["code"] == "FORBIDDEN"
    assert (await api.refusal(LIST, token=READER, organisation="acme"))["extensions"]["code"] == "FORBIDDEN"
    disabled = (await api.ask(ENABLE, token=ACME, key=everything, enabled=False))["setWebhookEnabled"]["webhook"]
    assert disabled == {"state": "DISABLED", "trouble": "disabled by acme"}
    enabled = (await api.ask(ENABLE, token=ACME, key=everything, enabled=True))["setWebhookEnabled"]["webhook"]
    assert enabled == {"state": "UNPROVEN", "trouble": None}


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"address": "https://10.0.0.1/"}, "no public address"),
        ({"address": "http://example.com/"}, "https://"),
        ({"types": ["ShopperTeleported"]}, "choose from"),
        ({"stores": ["acme/ginza-3"]}, "without its organisation"),
        ({"stores": [f"s{number}" for number in range(1_001)]}, "at most 1000"),
    ],
)
async def test_what_cannot_be_subscribed_to_is_told_with_what_to_do(
    api: Client, wanted: dict[str, Any], why: str
) -> None:
    made = await create(api, **wanted)

    assert made["webhook"] is made["secret"] is None
    (problem,) = made["userErrors"]
    assert why in problem["message"]
    assert (problem["code"], problem["field"]) == ("INVALID", list(wanted))


async def test_the_api_can_read_no_secret(api: Client, dispatching: Dispatching) -> None:
    await create(api)
    may = "SELECT has_column_privilege('shopfloor_api', 'webhooks.subscriptions', %s, 'SELECT')"

    assert not await dispatching.value(may, "secret")
    assert await dispatching.value(may, "address")


async def test_the_question_of_the_guide_is_one_that_the_api_takes(api: Client) -> None:
    (question,) = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)

    made = (await api.ask(question.replace("https://erp.example/hook", "https://127.0.0.1/"), token=ACME))[
        "createWebhook"
    ]

    assert made["secret"].startswith("whsec_")
    assert made["userErrors"] == []
