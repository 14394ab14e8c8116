from pathlib import Path

import msgspec
import pytest

from event_store.events import CATALOGUE, TYPE_OF
from event_store.events.past import PAST
from event_store.serialization import decode, encode
from event_store.upcasting import UPCASTERS, newest_type
from tests.builders.samples import SAMPLES, sample_envelope

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("record", sorted(GOLDEN.glob("shopfloor.*.json")), ids=lambda path: path.stem)
def test_every_version_ever_written_still_loads(record: Path) -> None:
    envelope = decode(record.read_bytes())

    assert TYPE_OF[type(envelope.event)] == newest_type(record.stem)


def test_every_version_that_is_written_no_longer_is_read_as_the_next_and_has_its_golden_record() -> None:
    assert PAST.keys() == UPCASTERS.keys()
    for type_name in PAST:
        data = msgspec.json.decode((GOLDEN / f"{type_name}.json").read_bytes())["data"]
        assert msgspec.to_builtins(msgspec.convert(data, PAST[type_name])) == data


def test_words_that_somebody_wrote_as_a_reason_are_shown_to_nobody() -> None:
    for type_name in PAST:
        event = decode((GOLDEN / f"{type_name}.json").read_bytes()).event

        assert getattr(event, "reason") == "other"  # noqa: B009  # of either class


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_every_current_fact_has_a_golden_record_that_is_written_to_the_same_bytes(type_name: str) -> None:
    golden = (GOLDEN / f"{type_name}.json").read_bytes()

    assert decode(golden) == sample_envelope(type_name)
    assert encode(decode(golden)) == golden


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_a_golden_record_fills_every_field_so_that_nothing_is_left_untried(type_name: str) -> None:
    event = SAMPLES[type_name]

    assert [name for name in event.__struct_fields__ if getattr(event, name) is None] == []
