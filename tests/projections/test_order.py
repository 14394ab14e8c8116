from itertools import permutations

import pytest

from event_store.envelope import RecordedEvent
from projections.catalogue import PROJECTIONS
from projections.folding import fold_all
from projections.projection import Projection, Row
from tests.builders.facts import came, crossed, minute_passed, published, stepped_in, stepped_out, went
from tests.builders.records import MINUTE, NOON, recorded

ENTRANCE = (came("ann"), stepped_in("ann", "dairy"), went("ann", NOON + 3 * MINUTE))
BACK_DOOR = (went(None, NOON + MINUTE), stepped_out("ann", "dairy", NOON, NOON + MINUTE), crossed("gate"))
OFFICE = (published(), minute_passed(NOON + MINUTE, "entrance"), published(at=NOON + MINUTE, dairy="Milk"))


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_rows_are_the_same_in_whatever_order_sources_are_recorded(projection: Projection[Row]) -> None:
    def rows(order: tuple[tuple[object, ...], ...]) -> object:
        facts: list[RecordedEvent] = [recorded(fact, n) for n, fact in enumerate(sum(order, ()))]  # type: ignore[arg-type]
        return fold_all(projection, facts)

    first, *others = [rows(order) for order in permutations((ENTRANCE, BACK_DOOR, OFFICE))]

    assert first
    assert all(other == first for other in others)
