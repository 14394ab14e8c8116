from datetime import UTC, datetime

import msgspec

from event_store.serialization import data_of, encode
from event_store.topics import EVENTS
from graphql_api.facts import shape_event
from graphql_api.feeds import LiveFact
from graphql_api.store_scope import Scope
from projections.facts import Fact
from tests.builders.answers import STORE
from tests.builders.samples import SAMPLES, sample_envelope

ENTERED = "shopfloor.ShopperEntered.v1"


def told(value: bytes) -> object:
    now = datetime.now(UTC)
    fact = Fact(
        topic=EVENTS,
        partition=0,
        offset=1,
        organisation="acme",
        store="ginza-3",
        recorded_at=now,
        event_id="e",
        type=ENTERED,
        subject="visit/v",
        time=now,
        value=value,
    )
    return shape_event(Scope(STORE), LiveFact(fact).recorded).data()


def test_a_number_that_no_number_holds_among_what_others_added_hides_no_fact() -> None:
    value = encode(sample_envelope(ENTERED))
    added = value.replace(b'"data":{', b'"data":{"zz":1e999,')

    assert told(added) == data_of(SAMPLES[ENTERED])
    assert told(value) == msgspec.json.decode(value)["data"]
