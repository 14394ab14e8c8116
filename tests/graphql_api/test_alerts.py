from collections.abc import AsyncIterator
from typing import Any

import pytest

from event_store.envelope import Envelope, Position
from event_store.events.alerts import AlertAcknowledged, AnomalyEnded
from event_store.serialization import decode
from event_store.topics import EVENTS
from event_store.writer import EventWriter
from tests.builders.asking import ACME, READER, Client, kafka_at, serving
from tests.builders.facts import anomaly, published
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

STORE = "acme/ginza-3"
ALERTS = """query ($where: AlertFilter) { store(id: "acme/ginza-3") { alerts(where: $where) {
    totalCount nodes { id rule name kind severity zone { key } camera { key } people since detectedAt endedAt verdict }
} } }"""
ACKNOWLEDGE = """mutation ($alert: ID!, $verdict: Verdict! = WRONG, $key: String! = "acknowledged-1") {
    acknowledgeAlert(input: {alert: $alert, verdict: $verdict, idempotencyKey: $key}) {
        eventId position userErrors { code message field }
    }
}"""


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
    await shop.happened(published(), anomaly("too-many-1"), anomaly("too-many-2", NOON + 5 * MINUTE))
    async with serving(projected_database, kafka=kafka_at(kafka)) as client:
        yield client


async def found(api: Client, **where: Any) -> list[str]:
    told = (await api.ask(ALERTS, where=where))["store"]["alerts"]
    assert told["totalCount"] == len(told["nodes"])
    return [each["id"].rpartition("/")[2] for each in told["nodes"]]


async def test_alerts_say_what_was_found_where_and_since_when(api: Client) -> None:
    first, _ = (await api.ask(ALERTS))["store"]["alerts"]["nodes"]

    assert first == {
        "id": "acme/ginza-3/alert/too-many-1",
        "rule": "too-many",
        "name": "Too many at the tills",
        "kind": "CROWDING",
        "severity": "WARNING",
        "zone": {"key": "tills"},
        "camera": None,
        "people": 7,
        "since": "2026-03-02T11:59:30.000Z",
        "detectedAt": "2026-03-02T12:00:00.000Z",
        "endedAt": None,
        "verdict": None,
    }


async def test_open_alerts_and_those_of_a_kind_are_found(api: Client, shop: Shop) -> None:
    await shop.happened(AnomalyEnded(time=NOON + 2 * MINUTE, alert_id="too-many-1", detected_at=NOON))

    assert await found(api, ended=False) == ["too-many-2"]
    assert await found(api, ended=True) == ["too-many-1"]
    assert await found(api, kind="CROWDING", severity="WARNING") == ["too-many-1", "too-many-2"]
    assert await found(api, kind="LOITERING") == []
    assert await found(api, acknowledged=True) == []


async def test_who_takes_notice_of_an_alert_writes_a_fact_once(api: Client, shop: Shop, sent: list[Envelope]) -> None:
    alert = f"{STORE}/alert/too-many-1"
    answers = [(await api.ask(ACKNOWLEDGE, token=ACME, alert=alert))["acknowledgeAlert"] for _ in range(2)]
    await shop.record(*sent)

    (written,) = sent
    assert answers[0] == answers[1]
    assert isinstance(written.event, AlertAcknowledged)
    assert (written.event.alert_id, written.event.verdict, written.actor) == ("too-many-1", "wrong", "person/acme")
    assert await found(api, acknowledged=True) == ["too-many-1"]
    again = (await api.ask("query ($id: ID!) { node(id: $id) { ... on Alert { verdict } } }", id=alert))["node"]
    assert again == {"verdict": "WRONG"}


async def test_an_alert_that_is_not_there_is_not_acknowledged(api: Client, sent: list[Envelope]) -> None:
    answer = (await api.ask(ACKNOWLEDGE, alert=f"{STORE}/alert/too-many-9"))["acknowledgeAlert"]

    assert [(each["code"], each["field"]) for each in answer["userErrors"]] == [("NOT_FOUND", ["alert"])]
    assert sent == []


async def test_who_may_only_read_acknowledges_nothing(api: Client, sent: list[Envelope]) -> None:
    refusal = await api.refusal(ACKNOWLEDGE, token=READER, alert=f"{STORE}/alert/too-many-1")

    assert refusal["extensions"]["code"] == "FORBIDDEN"
    assert sent == []
