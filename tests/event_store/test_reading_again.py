"""Facts are read again from the ledger as they were the first time, but for their evidence."""

import re

import msgspec
import pytest

from event_store.envelope import Envelope
from event_store.errors import NoLongerReadable
from event_store.events import FACTS
from event_store.events.event import CameraFact
from event_store.events.visits import ShopperEntered
from event_store.events.zones import ZoneEntered
from event_store.rereading import read_again, recorded_types
from event_store.serialization import encode
from tests.builders.samples import sample_envelope


def without_evidence(envelope: Envelope) -> dict[str, object]:
    plain = msgspec.structs.asdict(envelope)
    fields = msgspec.structs.asdict(envelope.event)
    fields.pop("evidence", None)
    return {**plain, "event": fields}


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_read_again_is_the_fact_without_its_evidence(name: str) -> None:
    first = sample_envelope(name)
    again = read_again(name, encode(first))

    assert isinstance(again.event, FACTS[name])
    assert without_evidence(again) == without_evidence(first)


def test_evidence_is_not_read() -> None:
    again = read_again("shopfloor.ShopperEntered.v1", encode(sample_envelope("shopfloor.ShopperEntered.v1")))

    assert isinstance(again.event, CameraFact)
    assert isinstance(again.event.evidence, msgspec.Raw)


@pytest.mark.parametrize(
    "name", ["shopfloor.ZoneEntered.v1", "shopfloor.ShopperEntered.v0", "shopfloor.GapDetected.v1"]
)
def test_a_record_whose_own_type_is_another_is_read_in_full(name: str) -> None:
    first = sample_envelope("shopfloor.ShopperEntered.v1")

    assert read_again(name, encode(first)) == first


def test_the_types_of_facts_are_those_that_the_record_may_hold() -> None:
    assert recorded_types({ShopperEntered, ZoneEntered}) == ["shopfloor.ShopperEntered.v1", "shopfloor.ZoneEntered.v1"]


@pytest.mark.parametrize("name", [b"time", b"empty_since"])
@pytest.mark.parametrize("year", [b"0001", b"9999"])
def test_a_fact_with_a_time_anywhere_that_is_no_date_is_not_read_again(year: bytes, name: bytes) -> None:
    record = encode(sample_envelope("shopfloor.ShelfEmpty.v1"))
    dated = re.sub(rb'("%s":")\d{4}' % name, rb"\g<1>%s" % year, record)

    assert dated != record
    with pytest.raises(NoLongerReadable, match=f"^{year.decode()}-.* is not in the years 2 to 9998 of UTC"):
        read_again("shopfloor.ShelfEmpty.v1", dated)
