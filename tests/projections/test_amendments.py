from typing import Any

import msgspec
import pytest

from event_store.envelope import RecordedEvent
from event_store.errors import InvalidEvent
from event_store.events.amendments import RecordRetried
from event_store.events.event import Event
from event_store.serialization import data_of, encode
from projections.folding.amendments import Amendments
from projections.folding.readings import Reader
from tests.builders.amending import corrected, skipped
from tests.builders.facts import came, went
from tests.builders.logs import Log
from tests.builders.records import MINUTE, NOON, envelope, recorded


def counted(fact: RecordedEvent, *amending: RecordedEvent) -> Event | None:
    """Return what counts in a fact's place."""
    amended = Amendments(amending).amend(fact)
    return None if amended is None else amended.event


def test_the_right_fact_counts_at_the_place_and_under_the_id_of_the_wrong_one() -> None:
    wrong = recorded(came("ann"), 3)
    amended = Amendments([recorded(corrected(wrong, came("bob")), 9)]).amend(wrong)

    assert amended is not None
    assert amended.event == came("bob")
    assert (amended.position, amended.recorded_at) == (wrong.position, wrong.recorded_at)
    assert (amended.envelope.id, amended.envelope.sequence) == (wrong.envelope.id, wrong.envelope.sequence)


def test_the_time_stands_unless_the_correction_says_another() -> None:
    wrong = recorded(came("ann", NOON), 3)
    other_time = corrected(wrong, came("ann", NOON + MINUTE))
    assert other_time.right is not None
    without = msgspec.structs.replace(other_time, right=data_of(came("ann")))

    assert counted(wrong, recorded(other_time, 9)) == came("ann", NOON + MINUTE)
    assert counted(wrong, recorded(without, 9)) == came("ann", NOON)


def test_a_retracted_fact_does_not_count() -> None:
    wrong = recorded(came("ann"), 3)

    assert counted(wrong, recorded(corrected(wrong, None), 9)) is None


def test_the_last_correction_stands() -> None:
    wrong = recorded(came("ann"), 3)
    first, second = recorded(corrected(wrong, None), 9), recorded(corrected(wrong, came("bob")), 10)

    assert counted(wrong, first, second) == came("bob")
    assert counted(wrong, second, recorded(corrected(wrong, None), 11)) is None


def test_two_people_who_correct_different_fields_of_a_fact_do_not_undo_one_another() -> None:
    wrong = recorded(came("ann"), 3)
    visit = recorded(corrected(wrong, came("bob"), "visit_id"), 9)
    role = recorded(corrected(wrong, came("ann", NOON + MINUTE, role="employee"), "role"), 10)

    both = msgspec.structs.replace(came("ann", role="employee"), visit_id="bob")
    assert counted(wrong, visit, role) == counted(wrong, role, visit) == both


def test_of_one_field_the_last_word_stands_and_the_time_is_a_field_like_any_other() -> None:
    wrong = recorded(came("ann"), 3)
    later = [recorded(corrected(wrong, came("ann", NOON + n * MINUTE), "time"), 9 + n) for n in (2, 1)]
    role = recorded(corrected(wrong, came("eve", role="employee"), "role"), 12)

    assert counted(wrong, *later, role) == came("ann", NOON + MINUTE, role="employee")


def test_what_did_not_happen_is_not_brought_back_by_who_corrected_a_field_of_it() -> None:
    wrong = recorded(came("ann"), 3)
    retracted, role = (
        recorded(corrected(wrong, None), 9),
        recorded(corrected(wrong, came("eve", role="employee"), "role"), 10),
    )

    assert counted(wrong, retracted, role) is None
    assert counted(wrong, role, retracted) is None
    assert counted(wrong, retracted, recorded(corrected(wrong, came("bob")), 10)) == came("bob")


def test_a_correction_without_effect_leaves_the_one_before_it_in_force() -> None:
    wrong = recorded(came("ann"), 3)
    of_another_type = msgspec.structs.replace(corrected(recorded(went("ann"), 3), None), event_id=wrong.envelope.id)

    assert counted(wrong, recorded(of_another_type, 9)) == came("ann")
    assert counted(wrong, recorded(corrected(wrong, came("bob")), 9), recorded(of_another_type, 10)) == came("bob")


def test_a_fact_of_another_store_or_one_that_comes_later_stays_as_it_is() -> None:
    wrong = recorded(came("ann"), 3)
    elsewhere = recorded(corrected(wrong, None), 9, store="acme/oslo-1")
    before = recorded(corrected(wrong, None), 2)

    assert counted(wrong, elsewhere) == came("ann")
    assert counted(wrong, before) == came("ann")


def test_a_skipped_record_does_not_count_if_its_own_store_gave_it_up() -> None:
    fact = recorded(came("ann"), 3)

    assert counted(fact, recorded(skipped(fact), 9)) is None
    assert counted(fact, recorded(skipped(fact), 9, store="acme/oslo-1")) == came("ann")
    assert counted(fact, recorded(RecordRetried(topic="shopfloor.events", partition=0, offset=3), 9)) == came("ann")


def read(event: Event) -> Any:
    return Reader(12).read(Log().add_envelope(envelope(event)).records[0])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"right": {"visit_id": 3}}, "Expected `str | null`, got `int` - at `$.visit_id`"),
        ({"right": {}}, "missing required field"),
        ({"fields": ["visit"]}, "has no field 'visit'"),
        ({"fields": ["time"], "right": {"door_id": "side"}}, "the right one is not said"),
        ({"corrected_type": "shopfloor.ShopperAbducted.v1"}, "not in the catalogue"),
        ({"corrected_type": "shopfloor.SpoolFilled.v1"}, "not in the catalogue"),
        ({"corrected_type": "shopfloor.RecordSkipped.v1", "right": None}, "cannot be corrected"),
    ],
    ids=str,
)
def test_a_correction_whose_data_does_not_fit_is_no_readable_fact(change: dict[str, Any], complaint: str) -> None:
    good = corrected(recorded(came("ann")), came("bob"))
    if change.get("right"):
        change = change | {"right": data_of(came("bob")) | change["right"]}

    reading = read(msgspec.structs.replace(good, **change))

    assert reading.recorded is None
    assert complaint in reading.refusal.error


def test_amendments_wait_behind_nothing_and_nothing_waits_behind_them() -> None:
    fact = recorded(came("ann"))
    unreadable = Log().add_bytes(encode(envelope(corrected(fact, None))).replace(b"event_id", b"event_di")).records[0]

    assert [read(event).subject for event in (corrected(fact, None), skipped(fact))] == [None, None]
    assert Reader(12).read(unreadable).subject is None


@pytest.mark.parametrize("change", [{"reason": "Kim Smith was seen"}, {"reason": ""}, {"fields": []}], ids=str)
def test_a_reason_is_no_words_of_its_own_and_no_field_is_not_a_list_of_fields(change: dict[str, Any]) -> None:
    good = corrected(recorded(came("ann")), came("bob"), "visit_id")
    (problem,) = change

    with pytest.raises(InvalidEvent, match=problem):
        encode(envelope(msgspec.structs.replace(good, **change)))
    if problem == "reason":
        with pytest.raises(InvalidEvent, match=problem):
            encode(envelope(msgspec.structs.replace(skipped(recorded(came("ann"))), **change)))
