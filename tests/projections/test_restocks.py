from typing import Any

from event_store.events.event import Event
from event_store.events.restocks import RestockCompleted, RestockFact, RestockRequested
from projections.folding.folding import fold_all
from projections.folding.rows import TableRows
from projections.policies.restock_requests import RequestRow, RestockRequests
from projections.read_models.restocks import RestockRow, Restocks
from tests.builders.facts import counted, emptied, restocked
from tests.builders.records import MINUTE, NOON, history

REQUESTED = NOON + MINUTE
FILLED = NOON + 5 * MINUTE
GAP = emptied(1, NOON, REQUESTED)


def derived(*facts: Event) -> list[RestockFact]:
    rows: TableRows[RequestRow] = TableRows()
    found: list[RestockFact] = []
    for fact in history(*facts):
        found += RestockRequests().decide(rows.of("acme", "ginza-3"), fact)
    return found


def folded(*facts: Event) -> dict[Any, RestockRow]:
    return fold_all(Restocks(), history(*facts))


def test_a_gap_is_requested_once_however_often_it_is_found() -> None:
    (requested,) = derived(GAP, counted(1, "empty", REQUESTED), emptied(1, NOON + MINUTE, NOON + 2 * MINUTE))

    assert isinstance(requested, RestockRequested)
    assert (requested.time, requested.empty_since, requested.slot, requested.sku) == (REQUESTED, NOON, 1, "sku-1")


def test_the_camera_that_sees_product_closes_the_task_with_what_it_cost() -> None:
    _, completed = derived(GAP, restocked(1, NOON, FILLED, people=4), counted(1, "full", FILLED))

    assert isinstance(completed, RestockCompleted)
    assert (completed.time, completed.empty_ms, completed.people) == (FILLED, 300_000, 4)
    assert completed.requested_at == REQUESTED


def test_a_task_is_closed_by_another_run_that_finds_the_facing_full() -> None:
    _, completed = derived(GAP, counted(1, "hidden", NOON + 2 * MINUTE), counted(1, "low", FILLED))

    assert isinstance(completed, RestockCompleted)
    assert completed.people is None


def test_the_next_gap_is_the_next_task() -> None:
    again = emptied(1, FILLED + MINUTE, FILLED + 2 * MINUTE)

    assert [type(each) for each in derived(GAP, restocked(1, NOON, FILLED), again)] == [
        RestockRequested,
        RestockCompleted,
        RestockRequested,
    ]


def test_a_gap_that_is_told_after_its_end_opens_no_task() -> None:
    assert derived(restocked(1, NOON, FILLED), GAP) == []


def test_facings_have_tasks_of_their_own() -> None:
    assert [each.slot for each in derived(GAP, emptied(2, NOON, REQUESTED), restocked(2, NOON, FILLED))] == [1, 2, 2]


def test_a_task_is_a_row_that_is_open_until_its_end_is_recorded_whichever_comes_first() -> None:
    requested, completed = derived(GAP, restocked(1, NOON, FILLED, people=4))
    done = RestockRow(
        sku="sku-1", camera_id="entrance", requested_at=REQUESTED, completed_at=FILLED, empty_ms=300_000, people=4
    )
    key = ("acme", "ginza-3", NOON, "A1", 1)

    assert folded(requested)[key].completed_at is None
    assert folded(requested, completed) == {key: done}
    assert folded(completed, requested) == {key: done}
