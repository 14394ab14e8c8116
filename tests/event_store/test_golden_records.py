from pathlib import Path

import pytest

from event_store.events import CATALOGUE
from event_store.serialization import decode, encode
from tests.builders.samples import SAMPLES, sample_envelope

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("record", sorted(GOLDEN.glob("shopfloor.*.json")), ids=lambda path: path.stem)
def test_every_version_ever_written_still_loads(record: Path) -> None:
    assert decode(record.read_bytes()).event


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_every_current_fact_has_a_golden_record_that_is_written_to_the_same_bytes(type_name: str) -> None:
    golden = (GOLDEN / f"{type_name}.json").read_bytes()

    assert decode(golden) == sample_envelope(type_name)
    assert encode(decode(golden)) == golden


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_a_golden_record_fills_every_field_so_that_nothing_is_left_untried(type_name: str) -> None:
    event = SAMPLES[type_name]

    assert [name for name in event.__struct_fields__ if getattr(event, name) is None] == []
