"""One record that nobody can vouch for is that record's dead letter, and keeps nobody waiting."""

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from event_store.serialization import encode
from projections.taking.dead_letter_limits import DeadLetterLimits
from tests.builders.facts import came, crossed
from tests.builders.logs import Log
from tests.builders.records import envelope
from tests.builders.tallies import Takings, ask, dispositions, tallies

FACT = encode(envelope(came("v1"), 1, camera="door"))
LONG = random.Random(1).randbytes(3_000).hex()  # noqa: S311  # no secret
WIDE = "界" * 500


def with_unknown(value: bytes) -> bytes:
    return FACT.replace(b"{", b'{"zz":' + value + b",", 1)


def with_data(**data: Any) -> bytes:
    fact = msgspec.json.decode(FACT)
    return msgspec.json.encode(fact | {"data": fact["data"] | data})


def with_attributes(**attributes: Any) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(FACT) | attributes)


HOSTILE: dict[str, bytes] = {
    "lists in lists": with_unknown(b"[" * 1_200 + b"]" * 1_200),
    "lists in lists in the data": FACT.replace(b'"data":{', b'"data":{"zz":' + b"[" * 1_000 + b"]" * 1_000 + b","),
    "objects in objects": with_unknown(b'{"a":' * 1_000 + b"1" + b"}" * 1_000),
    "objects that never end": b'{"a":' * 1_000,
    "lists that never end": with_unknown(b"[" * 29_000),
    "just too deep": with_unknown(b"[" * 64 + b"]" * 64),
    "no UTF-8 where nobody looks": with_unknown(b'"\xff\xfe"'),
    "half a surrogate": with_unknown(b'"\xed\xa0\x80"'),
    "an overlong spelling": with_unknown(b'"\xc0\xaf"'),
    "no UTF-8 in a name": FACT.replace(b'"actor":"', b'"actor":"\xff'),
    "too many bytes": with_unknown(b'"' + b"x" * 60_000 + b'"'),
    "a long id": with_data(visit_id=LONG),
    "a long id of another thing": with_data(door_id=LONG),
    "wide letters in an id": with_data(track_id=WIDE),
    "long names of no fact": msgspec.json.encode({"organisation": WIDE, "store": WIDE, "subject": WIDE}),
    "a long subject of no fact": msgspec.json.encode({"organisation": "acme", "store": "ginza-3", "subject": LONG}),
    "a wide source": with_attributes(source=WIDE),
    "an offset that is none": with_attributes(time="2026-03-02T00:03:00.040+23:59"),
    "before the first year": with_attributes(time="0001-01-01T00:00:00+14:00"),
    "behind the last year": with_attributes(time="9999-12-31T23:59:59-14:00"),
    "before the first year of an unknown type": with_attributes(
        time="0001-01-01T00:00:00+14:00", type="shopfloor.ShopperEntered.v9"
    ),
    "evidence behind the last year": FACT.replace(b'"frame_time":"2026', b'"frame_time":"9999'),
    "a huge number": with_attributes(sequence=10**30),
    "digits without end": FACT.replace(b'"sequence":1', b'"sequence":' + b"1" * 20_000),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_record_that_nobody_can_vouch_for_is_a_dead_letter_and_the_others_are_applied(
    takings: Takings, what: str
) -> None:
    assert HOSTILE[what] != FACT

    await takings.take(Log().add(crossed("gate")).add_bytes(HOSTILE[what]).add(crossed("gate"), came("v1"), came("v2")))

    assert dispositions(takings.database)[:3] == ["applied", "dead", "applied"]
    assert dispositions(takings.database)[4] == "applied"
    assert tallies(takings.database) == {"gate": 2}


async def test_what_postgresql_has_no_room_for_is_the_records_fault_and_no_outage(takings: Takings) -> None:
    await takings.take(Log().add(crossed("gate"), came("v1"), crossed("too-wide"), came("v2")))

    assert dispositions(takings.database) == ["applied", "applied", "dead", "applied"]
    assert ask(takings.database, "SELECT reason FROM record.dead_letters") == ["fold_failed"]
    assert tallies(takings.database) == {"gate": 1}


async def test_a_header_that_no_table_takes_is_kept_as_one_can(takings: Takings) -> None:
    log = Log().add_bytes(b"{").add(came("v1"))
    log.records[0].headers = [("a\x00b", b"\x00"), ("none", None)]  # type: ignore[list-item]  # as Kafka has them
    await takings.take(log)

    assert dispositions(takings.database) == ["dead", "applied"]


CORRECTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "a long id": lambda: {"line_id": LONG},
    "no moment": lambda: {"time": "0001-01-01T00:00:00Z"},
    "no moment anywhere": lambda: {"time": "0001-01-01T00:00:00+14:00"},
    "an offset that is none": lambda: {"time": "2026-03-02T00:03:00.040+23:59"},
}


@pytest.mark.parametrize("what", CORRECTIONS)
async def test_a_correction_that_nobody_can_carry_out_is_a_dead_letter_that_counts_for_no_limit(
    emptied: str, what: str
) -> None:
    takings = Takings(emptied, limits=DeadLetterLimits(in_a_row=2))
    log = Log().add(crossed("gate"))
    fact = msgspec.json.decode(log.records[0].value or b"")
    right = {**fact["data"], **CORRECTIONS[what]()}
    wrong = {"event_id": fact["id"], "corrected_type": fact["type"], "reason": "other"}
    for number in range(2, 8):
        data = wrong | {"right": right, "fields": sorted(CORRECTIONS[what]())}
        about = {"id": f"00000000-0000-4000-8000-{number:012d}", "subject": f"event/{fact['id']}"}
        correction = fact | about | {"sequence": number, "data": data}
        log.add_bytes(msgspec.json.encode(correction | {"type": "shopfloor.EventCorrected.v2"}))
    await takings.take(log.add(crossed("gate")))
    await takings.close()

    assert dispositions(emptied) == ["applied", *["dead"] * 6, "applied"]
    assert tallies(emptied) == {"gate": 2}
