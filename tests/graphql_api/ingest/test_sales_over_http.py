"""Sales that a till sends by HTTP: each counts once, what is none says why, and an outage loses nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from event_store.connection import KafkaConnection
from event_store.errors import BrokerUnreachable
from event_store.serialization import decode
from event_store.topics import Topics
from graphql_api.ingest.allowance import Allowance
from graphql_api.ingest.bodies import LONGEST_LINE, MOST_BYTES, MOST_LINES, NDJSON
from graphql_api.ingest.errors import RecordUnavailable, TooManyRequests
from graphql_api.ingest.sales import Till, read_sales
from graphql_api.metrics import Metrics
from graphql_api.snapshots import Database
from graphql_api.tokens import ADMINISTRATOR
from infra.sales.mapping import Sheet
from infra.sales.sheets import open_sheet, read_lines
from tests.builders.asking import ACME, ADMIN, READER, Client, kafka_at, serving
from tests.builders.told import told

SALE = {
    "store": "acme/ginza-3",
    "till": "1",
    "sale": "7",
    "time": "2026-03-02T12:03:10.250+09:00",
    "channel": "till",
    "total": "1280",
    "currency": "JPY",
}
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def sale(number: object, **more: str) -> dict[str, str]:
    return {**SALE, "sale": str(number), **more}


async def post(
    api: Client, body: Any, token: str | None = ACME, kind: str = "application/json", **headers: str
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {"content-type": kind, **({"authorization": f"Bearer {token}"} if token else {}), **headers}
    return await api.http.post("/ingest/sales", content=content, headers=said)


@pytest.fixture
async def api(projected_database: str, kafka: str, topics: Topics) -> AsyncIterator[Client]:
    async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as client:
        yield client


@pytest.mark.kafka
@pytest.mark.postgres
async def test_sales_become_facts_once_and_lines_that_are_none_say_why(
    api: Client, kafka: str, topics: Topics, tmp_path: Path
) -> None:
    lines = [sale(1), sale(2, currency="yen!"), sale(1), sale(3, voids="1", total="-1280"), {"store": 5}]
    first = await post(api, lines)
    ndjson = b"\n".join(json.dumps(each).encode() for each in [sale(3), sale(4, till="2")]) + b"\n\nnothing\n"
    second = await post(api, ndjson, kind=NDJSON)

    assert (first.status_code, second.status_code) == (422, 422)
    assert [first.json()[name] for name in ("taken", "repeated", "refused")] == [2, 1, 2]
    assert [each["line"] for each in first.json()["refusals"]] == [2, 5]
    assert "currency" in first.json()["refusals"][0]["reason"]
    assert [second.json()[name] for name in ("taken", "repeated", "refused")] == [1, 1, 1]
    assert second.json()["refusals"][0]["line"] == 4
    facts = await told(kafka, topics.events)
    assert [(each.event.subject, each.sequence) for each in facts] == [
        ("sale/1/1", 1),
        ("sale/1/3", 2),
        ("sale/2/4", 3),
    ]
    assert len({each.source for each in facts}) == 1
    assert {each.actor for each in facts} == {"api/acme"}
    path = tmp_path / "same.csv"
    path.write_text(f"{','.join(SALE)}\n{','.join(sale(1).values())}\n")
    with open_sheet(path, Sheet()) as file:
        (line,) = read_lines(path, file, Sheet())[1]
    assert line.sale is not None
    assert (line.sale.fact_id[0], line.sale.recorded) == (facts[0].id, facts[0].event)


@pytest.mark.kafka
@pytest.mark.postgres
async def test_the_same_key_gets_the_same_answer_and_another_body_under_it_is_refused(
    api: Client, kafka: str, topics: Topics
) -> None:
    key = {"idempotency-key": "day-2026-03-02"}
    first, again = await post(api, [sale(1)], **key), await post(api, [sale(1)], **key)
    other, unusable = await post(api, [sale(2)], **key), await post(api, [sale(2)], **{"idempotency-key": "a b"})
    of_another_token = await post(api, [sale(3)], ADMIN, **key)

    assert (first.status_code, first.json()["taken"]) == (200, 1)
    assert again.content == first.content
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert unusable.status_code == 400
    assert of_another_token.json()["taken"] == 1
    assert [each.event.subject for each in await told(kafka, topics.events)] == ["sale/1/1", "sale/1/3"]


async def test_who_may_not_tell_sales_is_told_so() -> None:
    async with serving(NOWHERE) as api:
        nobody, wrong = await post(api, [SALE], None), await post(api, [SALE], "shopfloor_x")
        reader = await post(api, [SALE], READER)

    assert (nobody.status_code, wrong.status_code, reader.status_code) == (401, 401, 403)
    assert nobody.headers["www-authenticate"] == "Bearer"
    assert {each.headers["content-type"] for each in (nobody, reader)} == {"application/problem+json"}


@pytest.mark.postgres
async def test_a_token_tells_sales_of_its_own_stores_only(projected_database: str) -> None:
    async with serving(projected_database) as api:
        answer = await post(api, [sale(1, store="other/shop")])

    assert answer.status_code == 422
    assert answer.json()["refusals"] == [{"line": 1, "reason": "this token may not tell sales of other/shop"}]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[{}]", "text/csv", 415),
        (b" " * (MOST_BYTES + 1), "application/json", 413),
        (b"[" + b"5," * MOST_LINES + b"5]", "application/json", 413),
        (b"5\n" * (MOST_LINES + 1), NDJSON, 413),
        (b"\n \n", NDJSON, 400),
    ],
    ids=["nothing", "none", "object", "deep", "csv", "large", "many", "many lines", "empty lines"],
)
async def test_a_body_that_holds_no_sales_is_refused_as_a_whole(body: bytes, kind: str, status: int) -> None:
    async with serving(NOWHERE) as api:
        answer = await post(api, body, kind=kind)

    assert (answer.status_code, answer.json()["status"]) == (status, status)


async def test_a_body_without_a_length_is_read_no_further_than_one_may_be_large() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 100_000
            yield b" " * 100_000

    async with serving(NOWHERE) as api:
        headers = {"content-type": NDJSON, "authorization": f"Bearer {ACME}"}
        answer = await api.http.post("/ingest/sales", content=endless(), headers=headers)
        packed = await post(api, [SALE], **{"content-encoding": "gzip"})

    assert answer.status_code == 413
    assert read <= MOST_BYTES + 200_000
    assert packed.status_code == 415


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"5", "JSON object"),
        (b'{"store": {"store": {}}}', "JSON object"),
        (b'{"store": ' + b"[" * 2_000 + b"}", "JSON object"),
        (b'{"a": "' + b"x" * LONGEST_LINE + b'"}', "bytes"),
        (b'{"total": 12.5}', "JSON object"),
        (b'{"total": "\xff"}', "JSON object"),
        (b'{"store": "\\ud800"}', "JSON object"),
        (json.dumps({**SALE, "price": "1"}).encode(), "'price'"),
        (json.dumps({**SALE, "till": "1\u202e2"}).encode(), "till"),
        (json.dumps({**SALE, "till": "\u0000"}).encode(), "till"),
        (json.dumps({**SALE, "till": "é" * 26}).encode(), "50 bytes"),
        (json.dumps({**SALE, "time": "2026-03-02T12:03:10"}).encode(), "zone"),
        (json.dumps({**SALE, "time": "0001-01-01T00:00:00Z"}).encode(), "years"),
        (json.dumps({**SALE, "total": "1,5"}).encode(), "no number"),
        (json.dumps({**SALE, "total": "1.5\n"}).encode(), "total"),
        (json.dumps({name: text for name, text in SALE.items() if name != "currency"}).encode(), "currency is empty"),
    ],
)
async def test_a_line_that_is_no_sale_says_why(projected_database: str, line: bytes, why: str) -> None:
    async with serving(projected_database) as api:
        answer = await post(api, line, kind=NDJSON)

    assert answer.status_code == 422
    assert why in answer.json()["refusals"][0]["reason"]


@pytest.mark.postgres
async def test_while_kafka_is_away_a_till_is_asked_to_send_again(projected_database: str) -> None:
    async with serving(projected_database, kafka=KafkaConnection(bootstrap="127.0.0.1:1")) as api:
        answer = await post(api, [SALE], **{"idempotency-key": "day-2026-03-02"})

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_while_postgresql_is_away_a_till_is_asked_to_send_again() -> None:
    async with serving(NOWHERE) as api:
        answer = await post(api, [SALE])

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.postgres
@pytest.mark.parametrize("outage", ["fails", "hangs"])
async def test_what_was_sent_in_an_outage_of_kafka_is_sent_again_and_leaves_no_hole(
    projected_database: str, outage: str
) -> None:
    written: list[tuple[str, bytes]] = []
    is_away = False

    async def write(records: Sequence[tuple[str, bytes]]) -> None:
        written.extend(records[:1] if is_away else records)  # what becomes of a write in an outage nobody knows
        if is_away and outage == "fails":
            raise BrokerUnreachable("kafka:9092", "gone")
        if is_away:
            await asyncio.Event().wait()

    database = Database(projected_database)
    till = Till(database, write, Metrics(), patience_s=0.2)
    lines = [(number, json.dumps(sale(number)).encode()) for number in range(1, 6)]
    await till.take(lines[:2], ADMINISTRATOR)
    is_away = True
    for _ in range(2):
        with pytest.raises(RecordUnavailable):
            await till.take(lines, ADMINISTRATOR)
    is_away = False
    summary = await till.take(lines, ADMINISTRATOR)
    await database.close()

    assert (summary.taken, summary.repeated) == (3, 2)
    facts = [decode(value) for _, value in written]
    assert {each.event.subject for each in facts} == {f"sale/1/{number}" for number in range(1, 6)}
    assert len({each.id for each in facts}) == 5
    numbers: dict[str, list[int]] = {}
    for each in facts:
        numbers.setdefault(each.source, []).append(each.sequence)
    assert all(found == [*range(1, len(found) + 1)] for found in numbers.values())


@pytest.mark.postgres
async def test_a_large_body_is_taken_in_parts_between_which_others_have_their_turn(projected_database: str) -> None:
    written: list[int] = []

    async def write(records: Sequence[tuple[str, bytes]]) -> None:
        written.append(len(records))

    database = Database(projected_database)
    lines = [(number, json.dumps(sale(number % 1_200)).encode()) for number in range(1, 2_001)]
    lines += [(number, b"no sale") for number in range(2_001, 4_001)]
    summary = await Till(database, write, Metrics()).take(lines, ADMINISTRATOR)
    await database.close()

    assert (summary.taken, summary.repeated, summary.refused, len(summary.refusals)) == (1_200, 800, 2_000, 1_000)
    assert written == [500, 500, 200]


def test_a_token_that_sends_more_than_it_may_waits() -> None:
    allowance = Allowance(lines_a_second=1_000, most_lines=100)
    for token in ("a", "b"):
        allowance.demand(token)
    allowance.charge("a", 3_000)

    allowance.demand("b")
    with pytest.raises(TooManyRequests) as refused:
        allowance.demand("a")
    assert 1 <= (refused.value.retry_after_s or 0) <= 4


async def test_the_openapi_document_is_told_where_the_schema_is_and_nowhere_else() -> None:
    async with serving(NOWHERE) as open_api, serving(NOWHERE, introspection=False) as closed_api:
        shown, hidden = [await each.http.get("/ingest/openapi.json") for each in (open_api, closed_api)]

    assert shown.json() == msgspec.json.decode((Path(__file__).parents[3] / "docs" / "openapi.json").read_bytes())
    assert hidden.status_code == 404


def test_the_guides_line_is_a_sale() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "store-systems.md").read_text()
    (line,) = [each for each in guide.splitlines() if each.startswith('{"store"')]

    (sale_,), refusals = read_sales([(1, line.encode())], ADMINISTRATOR)
    assert (sale_.key, sale_.recorded.total, refusals) == ("acme/ginza-3", "1280", [])
