import msgspec
import pytest

from event_store.errors import InvalidEvent, OversizedRecord, UndecodableRecord, UnknownEventType
from event_store.events.cameras import CameraDark
from event_store.serialization import decode, encode
from event_store.upcasting import Upcaster, upcast
from tests.builders.samples import OPENED, SAMPLES, sample_envelope

ENTERED = "shopfloor.ShopperEntered.v1"


def record(**attributes: object) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(encode(sample_envelope(ENTERED))) | attributes)


@pytest.mark.parametrize(
    "attributes",
    [
        {"specversion": "0.3"},
        {"id": "not a uuid"},
        {"sequence": 0},
        {"sequence": 2**63},
        {"sequence": "7"},
        {"time": "2026-03-02T12:00:00"},
        {"time": "yesterday"},
        {"organisation": ""},
        {"organisation": "a,b"},
        {"store": "*"},
        {"source": ""},
        {"actor": "nul \x00"},
        {"data": None},
        {"data": {"door_id": "main"}},
        {"data": "main"},
    ],
    ids=str,
)
def test_a_record_that_breaks_the_contract_is_refused(attributes: dict[str, object]) -> None:
    with pytest.raises(UndecodableRecord):
        decode(record(**attributes))


@pytest.mark.parametrize("bytes_", [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"specversion":"1.0"}'])
def test_bytes_that_are_no_cloud_event_are_refused(bytes_: bytes) -> None:
    with pytest.raises(UndecodableRecord):
        decode(bytes_)


def test_a_version_that_is_not_in_the_catalogue_is_refused_by_name() -> None:
    with pytest.raises(UnknownEventType, match=r"shopfloor\.ShopperEntered\.v9"):
        decode(record(type="shopfloor.ShopperEntered.v9"))


def test_attributes_that_others_added_pass_by() -> None:
    assert decode(record(tenantregion="eu")) == sample_envelope(ENTERED)


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    there = decode(record(time="2026-03-02T09:03:00.040+09:00"))

    assert there.event.time == SAMPLES[ENTERED].time


def test_a_fact_that_nobody_could_read_is_refused_before_it_is_written() -> None:
    dark = CameraDark(time=OPENED.replace(tzinfo=None), camera_id="", silence_ms=1, cause="\x00")

    with pytest.raises(InvalidEvent):
        encode(msgspec.structs.replace(sample_envelope(ENTERED), event=dark))


def test_a_fact_that_is_too_large_is_refused_before_it_is_written() -> None:
    dark = CameraDark(time=OPENED, camera_id="entrance", silence_ms=1, cause="x" * 60_000)

    with pytest.raises(OversizedRecord):
        encode(msgspec.structs.replace(sample_envelope(ENTERED), event=dark))


def test_old_versions_are_lifted_one_step_at_a_time() -> None:
    steps = {
        "tea.v1": Upcaster("tea.v2", lambda data: {**data, "sugar": 0}),
        "tea.v2": Upcaster("tea.v3", lambda data: {"milk": False, "spoons": data["sugar"]}),
    }

    assert upcast("tea.v1", {"milk": False}, steps) == ("tea.v3", {"milk": False, "spoons": 0})
    assert upcast("tea.v3", {"milk": True, "spoons": 2}, steps) == ("tea.v3", {"milk": True, "spoons": 2})
