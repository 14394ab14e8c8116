from pathlib import Path

import msgspec
import pytest

from event_store.errors import UndecodableRecord
from event_store.events import CATALOGUE, TYPE_OF
from event_store.events.layouts import LayoutPublished
from event_store.events.past import PAST
from event_store.serialization import decode, encode
from event_store.upcasting import UPCASTERS, newest_type
from tests.builders.golden import GOLDEN, add, golden_records, type_of
from tests.builders.samples import SAMPLES, sample_envelope


@pytest.mark.parametrize("record", sorted(GOLDEN.glob("shopfloor.*.json")), ids=lambda path: path.stem)
def test_every_version_ever_written_still_loads(record: Path) -> None:
    envelope = decode(record.read_bytes())

    assert TYPE_OF[type(envelope.event)] == newest_type(type_of(record))


def test_every_version_that_is_written_no_longer_is_read_as_the_next_and_has_its_golden_record() -> None:
    assert PAST.keys() == UPCASTERS.keys()
    for type_name in PAST:
        record = (GOLDEN / f"{type_name}.json").read_bytes().replace(b".000Z", b"Z")
        data = msgspec.json.decode(record)["data"]
        assert msgspec.json.decode(msgspec.json.encode(msgspec.convert(data, PAST[type_name]))) == data


def test_words_that_somebody_wrote_as_a_reason_are_shown_to_nobody() -> None:
    for type_name in ("shopfloor.EventCorrected.v1", "shopfloor.RecordSkipped.v1"):
        event = decode((GOLDEN / f"{type_name}.json").read_bytes()).event

        assert getattr(event, "reason") == "other"  # noqa: B009  # of either class


def test_where_a_camera_is_is_not_read_from_an_old_layout() -> None:
    event = decode((GOLDEN / "shopfloor.LayoutPublished.v1.json").read_bytes()).event

    assert isinstance(event, LayoutPublished)
    assert [camera.source for camera in event.layout.camera] == [""]


def test_a_published_layout_that_names_a_source_is_not_read() -> None:
    golden = (GOLDEN / "shopfloor.LayoutPublished.v1.json").read_bytes()

    with pytest.raises(UndecodableRecord, match="names no source"):
        decode(golden.replace(b"LayoutPublished.v1", b"LayoutPublished.v2"))


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_every_current_fact_has_a_golden_record_that_is_written_to_the_same_bytes(type_name: str) -> None:
    assert golden_records(type_name), "run make golden"
    golden = golden_records(type_name)[-1].read_bytes()

    assert decode(golden) == sample_envelope(type_name), "run make golden"
    assert encode(decode(golden)) == golden


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_a_golden_record_fills_every_field_so_that_nothing_is_left_untried(type_name: str) -> None:
    event = SAMPLES[type_name]

    assert [name for name in event.__struct_fields__ if getattr(event, name) is None] == []


def test_a_new_shape_of_a_fact_gets_a_golden_record_beside_the_older_ones_which_stay(tmp_path: Path) -> None:
    older = tmp_path / "shopfloor.ShopperEntered.v1.json"
    older.write_bytes(b"as it was written once")

    (added,) = [path for path in add(tmp_path) if path.name.startswith("shopfloor.ShopperEntered.")]
    assert added.name == "shopfloor.ShopperEntered.v1.2.json"
    assert added.read_bytes() == encode(sample_envelope("shopfloor.ShopperEntered.v1"))
    assert older.read_bytes() == b"as it was written once"
    assert golden_records("shopfloor.ShopperEntered.v1", tmp_path) == [older, added]
    assert add(tmp_path) == []
