"""Any fact says whom it names, and is folded under new ids once one of them is forgotten."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec
import pytest

from event_store.envelope import Position, RecordedEvent
from event_store.events.consents import ConsentWithdrawn
from event_store.events.event import Event, Named
from event_store.events.gaps import GapDetected
from projections.tables.forgetting import alias, as_remembered
from tests.builders.facts import came, crossed
from tests.builders.forgetting import forgotten
from tests.builders.records import recorded
from tests.builders.samples import PROFILE

AT = Position(topic="shopfloor.events", partition=0, offset=7)


class VisitsMerged(Event, frozen=True, kw_only=True):
    """Several visits were one person's."""

    named: ClassVar[Mapping[str, Named]] = {"visit_id": "visit", "others": "visit", "payment_id": "payment"}

    visit_id: str
    others: list[str]
    payment_id: str | None = None

    @property
    def subject(self) -> str:
        """The visit that stays."""
        return f"visit/{self.visit_id}"


class ShelfAsked(Event, frozen=True, kw_only=True):
    """A fact about a visit that does not say that it names one."""

    visit_id: str

    @property
    def subject(self) -> str:
        """The visit."""
        return f"visit/{self.visit_id}"


def remembered(event: Event, *subjects: str, correlation: str | None = None) -> RecordedEvent | None:
    """Return a fact as it is folded once subjects of its store were forgotten."""
    fact = recorded(event)
    fact = msgspec.structs.replace(fact, envelope=msgspec.structs.replace(fact.envelope, correlationid=correlation))
    return as_remembered(fact, {("acme", "ginza-3", subject): AT for subject in subjects})


MERGED = VisitsMerged(visit_id="ann", others=["bob", "cid"], payment_id="p1")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("visit/ann", {"visit_id": alias(AT, "ann")}),
        ("visit/cid", {"others": ["bob", alias(AT, "cid")]}),
        ("payment/p1", {"payment_id": alias(AT, "p1")}),
        ("visit/p1", {}),
    ],
)
def test_whoever_a_fact_names_in_any_of_its_fields_has_a_new_id_there(subject: str, expected: dict[str, str]) -> None:
    now = remembered(MERGED, subject)

    assert now is not None
    assert now.event == msgspec.structs.replace(recorded(MERGED).event, **expected)


def test_a_track_goes_with_its_visit_and_so_does_what_the_fact_belongs_to() -> None:
    now = remembered(came("ann"), "visit/ann", correlation="ann")

    assert now is not None
    assert now.event == msgspec.structs.replace(
        recorded(came("ann")).event, visit_id=alias(AT, "ann"), track_id=alias(AT, "track-ann")
    )
    assert now.envelope.correlationid == alias(AT, "ann")


def test_a_fact_that_belongs_to_a_forgotten_visit_and_names_nobody_stays_without_the_visits_id() -> None:
    gap = GapDetected(source_id="/acme", first_missing=1, last_missing=2)
    now = remembered(gap, "visit/ann", correlation="ann")

    assert now is not None
    assert (now.event, now.envelope.correlationid) == (recorded(gap).event, alias(AT, "ann"))


def test_whatever_names_a_forgotten_profile_or_is_about_somebody_it_does_not_say_is_not_folded() -> None:
    assert remembered(ConsentWithdrawn(profile_id=PROFILE, purpose="loyalty"), f"profile/{PROFILE}") is None
    assert remembered(ShelfAsked(visit_id="ann"), "visit/ann") is None


def test_the_forgetting_itself_and_facts_of_others_stay_as_they_are() -> None:
    for fact in (forgotten("ann"), came("bob"), crossed("gate")):
        assert remembered(fact, "visit/ann") == recorded(fact)
