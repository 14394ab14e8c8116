"""What Shopfloor takes for a fact and what the stand-alone verifier takes for one are the same bytes."""

import random

import pytest

from event_store.errors import InvalidEvent
from event_store.export.erasures import register_line
from event_store.ledger import readable_attributes
from event_store.serialization import demand_envelope
from event_store.verifier.facts import erasure_line, is_of, read_fact
from tests.builders.mutants import golden, mutants

SEED = 20261130


def numbered(record: bytes) -> tuple[str, str, str, int] | None:
    """Return what numbers a record for Shopfloor."""
    try:
        wire = demand_envelope(record)
    except InvalidEvent:
        return None
    return wire.id, wire.source, wire.type, wire.sequence


def numbered_for_an_auditor(record: bytes) -> tuple[str, str, str, int] | None:
    fact = read_fact(record)
    return fact and (fact.id.decode(), fact.source.decode(), fact.type.decode(), fact.number)


@pytest.mark.parametrize("type_name", golden())
def test_a_record_is_a_fact_for_shopfloor_if_and_only_if_it_is_one_for_the_verifier(type_name: str) -> None:
    kinds: set[bool] = set()
    for record in mutants(golden()[type_name], random.Random(SEED)):  # noqa: S311  # no secret
        about = readable_attributes(record)
        store = f"{about.organisation}/{about.store}"

        assert numbered_for_an_auditor(record) == numbered(record), record
        assert is_of(store, record) == (about.organisation is not None and about.store is not None), record
        assert erasure_line("t/0/1", 7, record) == register_line("t/0/1", 7, record), record
        kinds.add(numbered(record) is None)
    assert kinds == {True, False}
