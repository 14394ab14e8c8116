import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from event_store.envelope import Envelope, Position
from event_store.events.amendments import EventCorrected
from event_store.serialization import decode
from event_store.topics import EVENTS
from event_store.writer import EventWriter
from graphql_api.errors import token
from graphql_api.snapshots import CONNECTIONS
from tests.builders.asking import ACME, READER, Client, kafka_at, serving
from tests.builders.facts import came, published, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON, envelope

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

STORE = "acme/ginza-3"
CORRECT = """mutation ($event: ID!, $right: JSON, $retract: Boolean! = false, $reason: CorrectionReason! = MISPLACED,
                       $key: String! = "correction-1") {
    correctEvent(input: {
        event: $event, right: $right, retract: $retract, reason: $reason, idempotencyKey: $key
    }) { eventId position userErrors { code message field } }
}"""
VISITS = """query ($store: ID! = "acme/ginza-3") {
    store(id: $store) { visits { nodes { id enteredAt entryDoor { key } } } }
}"""
ANN = "acme/ginza-3/event/" + envelope(came("ann"), 2).id
UNKNOWN = "acme/ginza-3/event/6a4e2b56-4df0-4ef5-8c0c-8f4d64a3b4a1"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Envelope]:
    """What was written to Kafka, which is only said to have taken it: the test projects it itself."""
    sent: list[Envelope] = []

    async def write(_: EventWriter, records: Any) -> list[Position]:
        sent.extend(decode(value) for _, value in records)
        return [Position(topic=EVENTS, partition=0, offset=len(sent))]

    monkeypatch.setattr(EventWriter, "write_bytes", write)
    return sent


@pytest.fixture
async def api(projected_database: str, kafka: str, shop: Shop) -> AsyncIterator[Client]:
    await shop.happened(published(), came("ann"), went("ann", NOON + MINUTE))
    async with serving(projected_database, kafka=kafka_at(kafka)) as client:
        yield client


async def correct(api: Client, event: str = ANN, **wanted: Any) -> Any:
    return (await api.ask(CORRECT, token=ACME, event=event, **wanted))["correctEvent"]


async def test_a_corrected_fact_is_what_everybody_reads_from_its_position_on(
    api: Client, shop: Shop, sent: list[Envelope]
) -> None:
    answer = await correct(api, right={"door_id": "side", "time": "2026-03-02T11:30:00Z"})
    position = await shop.record(*sent)

    (correction,) = sent
    assert isinstance(correction.event, EventCorrected)
    assert (f"{STORE}/event/{correction.id}", correction.actor) == (answer["eventId"], "person/acme")
    assert correction.event.right is not None
    assert correction.event.right["visit_id"] == "ann"
    assert correction.event.fields == ["door_id", "time"]
    told = await api.ask(VISITS.replace("(id: $store)", f'(id: $store, atLeast: "{token(position)}")'), token=ACME)
    assert told["store"]["visits"]["nodes"] == [
        {
            "id": "acme/ginza-3/visit/ann",
            "enteredAt": "2026-03-02T11:30:00.000Z",
            "entryDoor": {"key": "side"},
        }
    ]


async def test_a_retracted_coming_is_no_visit(api: Client, shop: Shop, sent: list[Envelope]) -> None:
    await correct(api, retract=True)
    await shop.record(*sent)

    assert (await api.ask(VISITS, token=ACME))["store"]["visits"]["nodes"] == []


async def test_the_history_shows_both_facts(api: Client, shop: Shop, sent: list[Envelope]) -> None:
    await correct(api, retract=True)
    await shop.record(*sent)
    app_live = api.http._transport.app.state.services.live  # type: ignore[attr-defined]
    claims = api.http._transport.app.state.services.tokens.find(ACME)  # type: ignore[attr-defined]
    from projections.scope import StoreKey  # noqa: PLC0415

    after = Position(topic=EVENTS, partition=(await shop.happened(came("bob"))).partition, offset=1)
    facts = app_live.follow(StoreKey("acme", "ginza-3"), claims, after=after)
    types = [(await asyncio.wait_for(anext(facts), 10)).fact.type for _ in range(3)]

    assert types == ["shopfloor.ShopperExited.v1", "shopfloor.EventCorrected.v2", "shopfloor.ShopperEntered.v1"]


async def test_the_same_key_corrects_once_even_after_it_took_effect(
    api: Client, shop: Shop, sent: list[Envelope]
) -> None:
    first = await correct(api, right={"door_id": "side"})
    await shop.record(*sent)

    assert await correct(api, right={"door_id": "side"}) == first
    assert len(sent) == 1
    reused = await correct(api, right={"door_id": "back"})
    assert [error["code"] for error in reused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_as_many_as_there_are_connections_may_correct_at_once(api: Client, sent: list[Envelope]) -> None:
    keys = [f"correction-{number}" for number in range(CONNECTIONS)]

    answers = await asyncio.gather(*(correct(api, right={"door_id": "side"}, key=key) for key in keys))

    assert [answer["userErrors"] for answer in answers] == [[]] * CONNECTIONS
    assert len(sent) == CONNECTIONS


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ({"right": {"door": "side"}}, "has no field 'door'"),
        ({"right": {"door_id": 3}}, "Expected `str`, got `int` - at `$.door_id`"),
        ({"event": UNKNOWN, "retract": True}, "no fact with the id '6a4e2b56"),
        ({"event": "acme/ginza-3/event/nonsense", "retract": True}, "no fact with the id 'nonsense'"),
        ({"right": {}}, "no field is named"),
    ],
    ids=str,
)
async def test_what_does_not_fit_is_told_and_nothing_is_recorded(
    api: Client, sent: list[Envelope], wanted: dict[str, Any], complaint: str
) -> None:
    answer = await correct(api, **wanted)

    (problem,) = answer["userErrors"]
    assert complaint in problem["message"]
    assert (problem["code"], problem["field"]) in [("INVALID", ["right"]), ("NOT_FOUND", ["event"])]
    assert (answer["eventId"], answer["position"], sent) == (None, None, [])


async def test_nobody_corrects_what_another_organisation_has_recorded(
    api: Client, shop: Shop, sent: list[Envelope]
) -> None:
    rival = came("eve")
    await shop.happened(rival, store="rival/oslo-1")
    theirs = envelope(rival, 1, store="rival/oslo-1").id

    refusal = await api.refusal(CORRECT, token=ACME, event=f"rival/oslo-1/event/{theirs}", retract=True)
    hidden = await correct(api, f"{STORE}/event/{theirs}", retract=True)

    assert refusal["extensions"]["code"] == "FORBIDDEN"
    assert "no fact with the id" in hidden["userErrors"][0]["message"]
    assert sent == []


async def test_a_correction_needs_the_permission_and_one_of_its_two_forms(api: Client) -> None:
    assert (await api.refusal(CORRECT, token=READER, event=ANN, retract=True))["extensions"]["code"] == "FORBIDDEN"
    for wanted in ({}, {"right": {}, "retract": True}, {"right": ["door"]}, {"event": STORE, "retract": True}):
        refusal = await api.refusal(CORRECT, token=ACME, **{"event": ANN, **wanted})
        assert refusal["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "right",
    [
        {"visit_id": "x" * 6_000},
        {"door_id": "界" * 200},
        {"time": "0001-01-01T00:00:00Z"},
        {"time": "0001-01-01T00:00:00+14:00"},
        {"time": "9999-12-31T23:59:59-14:00"},
        {"time": "2026-03-02T00:03:00.040+23:59"},
        {"time": "yesterday"},
        {"role": "x" * 70_000},
    ],
    ids=lambda right: str(right)[:60],
)
async def test_a_correction_that_could_only_become_a_dead_letter_is_refused_when_it_is_asked_for(
    api: Client, sent: list[Envelope], right: dict[str, str]
) -> None:
    answer = await correct(api, right=right)

    assert answer["position"] is None
    assert answer["userErrors"]
    assert sent == []
