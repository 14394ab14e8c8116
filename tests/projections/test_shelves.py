from datetime import timedelta
from typing import Any

import pytest

from event_store.events.event import Event
from projections.folding.folding import fold_all
from projections.read_models.shelves import FacingRow, Shelves
from tests.builders.facts import counted, emptied, restocked
from tests.builders.records import MINUTE, NOON, history

GAP = (emptied(1, NOON, NOON + MINUTE / 3), restocked(1, NOON, NOON + 5 * MINUTE))


def facing(*facts: Event) -> FacingRow:
    rows: dict[Any, FacingRow] = fold_all(Shelves(), history(*facts))
    return rows["acme", "ginza-3", "A1", 1]


def test_a_facing_is_in_the_state_that_was_told_last_since_it_came_into_it() -> None:
    row = facing(counted(1, "full"), counted(1, "low", NOON + MINUTE, count=2), counted(1, "low", NOON + 11 * MINUTE))

    assert (row.state, row.since, row.seen_at) == ("low", NOON + MINUTE, NOON + 11 * MINUTE)


def test_a_gap_is_open_from_the_fact_until_it_is_filled() -> None:
    assert facing(GAP[0]).empty_since == NOON
    assert facing(*GAP).empty_since is None
    assert facing(*GAP).state == "full"


def test_a_hidden_gap_stays_open_and_one_that_is_seen_full_by_another_run_does_not() -> None:
    hidden, full = counted(1, "hidden", NOON + 2 * MINUTE), counted(1, "full", NOON + 3 * MINUTE)

    assert facing(GAP[0], hidden).empty_since == NOON
    assert facing(GAP[0], hidden, full).empty_since is None


@pytest.mark.parametrize("late", [0, 1, 2])
def test_a_fact_that_arrives_late_does_not_undo_a_later_one(late: int) -> None:
    facts = [counted(1, "full"), *GAP, counted(1, "full", NOON + 6 * MINUTE)]
    facts.append(facts.pop(late))

    row = facing(*facts)

    assert (row.state, row.empty_since, row.seen_at) == ("full", None, NOON + 6 * MINUTE)


def test_a_gap_that_another_run_finds_again_is_the_same_gap() -> None:
    again = emptied(1, NOON + timedelta(hours=1), NOON + timedelta(hours=1) + MINUTE)

    assert facing(GAP[0], again).empty_since == NOON
