import pytest

from event_store.envelope import Position
from projections.errors import FillingFailed
from projections.folding.rows import FreshRows
from projections.folding.walk import Tried
from projections.rebuilding.trial import Trial
from tests.builders.tallies import TallyRow

PROBLEM = ValueError("nobody may")


def at(offset: int) -> Position:
    return Position(topic="shopfloor.events", partition=0, offset=offset)


def test_all_that_fail_on_trial_are_told_at_the_end() -> None:
    trial = Trial({3, 5})
    trial.fail("tallies", at(3), PROBLEM)
    trial.fail("tallies", at(5), PROBLEM)

    with pytest.raises(FillingFailed, match="offset 3 of") as failed:
        trial.end()
    assert failed.value.failures == {3: "ValueError: nobody may", 5: "ValueError: nobody may"}


def test_what_is_not_on_trial_fails_at_once_unless_others_failed_before_it() -> None:
    with pytest.raises(FillingFailed) as failed:
        Trial({3}).fail("tallies", at(4), PROBLEM)
    assert failed.value.failures.keys() == {4}

    trial = Trial({3})
    trial.fail("tallies", at(3), PROBLEM)
    with pytest.raises(FillingFailed) as failed:
        trial.fail("tallies", at(4), PROBLEM)
    assert failed.value.failures.keys() == {3}


def test_what_a_fact_changed_before_it_failed_leaves_no_trace() -> None:
    table: FreshRows[TallyRow] = FreshRows()
    rows = table.of("acme", "ginza-3")
    rows["gate"] = TallyRow(count=1)
    tried = Tried(rows)
    tried["side"] = TallyRow(count=2)
    del tried["gate"]

    assert (tried.get("side"), tried.get("gate")) == (TallyRow(count=2), None)
    assert (rows.get("side"), rows.get("gate")) == (None, TallyRow(count=1))
    tried.keep()
    assert (rows.get("side"), rows.get("gate")) == (TallyRow(count=2), None)
