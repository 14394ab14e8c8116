from datetime import datetime
from itertools import permutations

import pytest

from event_store.envelope import RecordedEvent
from event_store.events.alerts import AlertAcknowledged, AnomalyEnded
from event_store.events.consents import ConsentGiven, ConsentWithdrawn
from event_store.events.event import Encrypted, Purpose
from projections.catalogue import PROJECTIONS
from projections.folding.folding import fold_all
from projections.folding.projection import Projection, Row
from projections.read_models.consents import Consents
from tests.builders.facts import (
    anomaly,
    came,
    completed,
    counted,
    crossed,
    emptied,
    floor_counted,
    label_read,
    minute_passed,
    picked,
    published,
    queue_left,
    queue_length,
    requested,
    restocked,
    returned,
    sold,
    stepped_in,
    stepped_out,
    went,
)
from tests.builders.records import MINUTE, NOON, recorded
from tests.builders.workers import reported

ANN = "00000001-6a1b-4c7d-9f0e-2b8f6f6e9d42"
WORDS = Encrypted(key_id="k", ciphertext=bytes(40))


def agreed(purpose: Purpose, at: datetime) -> ConsentGiven:
    return ConsentGiven(time=at, profile_id=ANN, purpose=purpose, concerns=None, statement=WORDS)


def took_back(purpose: Purpose, at: datetime) -> ConsentWithdrawn:
    return ConsentWithdrawn(time=at, profile_id=ANN, purpose=purpose)


ENTRANCE = (
    came("ann"),
    stepped_in("ann", "dairy"),
    agreed("loyalty", NOON),
    agreed("marketing", NOON),
    emptied(1, NOON, NOON + MINUTE),
    restocked(1, NOON, NOON + 2 * MINUTE),
    picked(1, "ann", NOON),
    reported(NOON, worker="front"),
    sold("1", "12.50"),
    went("ann", NOON + 3 * MINUTE),
)
BACK_DOOR = (
    went(None, NOON + MINUTE),
    stepped_out("ann", "dairy", NOON, NOON + MINUTE),
    took_back("loyalty", NOON + MINUTE),
    took_back("marketing", NOON + MINUTE),
    crossed("gate"),
    counted(2, "low", NOON),
    returned(1, "ann", NOON + MINUTE),
    label_read(1, "198", NOON),
    floor_counted(NOON, {25: (2, 5_000, 1)}),
    queue_length(1, NOON),
    anomaly("too-many-1", NOON),
    AnomalyEnded(time=NOON + MINUTE, alert_id="too-many-1", detected_at=NOON),
    queue_left("ann", NOON, NOON + MINUTE),
    completed(1, NOON, NOON + MINUTE, NOON + 2 * MINUTE),
    reported(NOON + MINUTE, worker="back"),
    sold("2", "-12.50", voids="1"),
)
OFFICE = (
    published(),
    minute_passed(NOON + MINUTE, "entrance"),
    agreed("marketing", NOON + 2 * MINUTE),
    label_read(1, None, NOON + MINUTE),
    floor_counted(NOON, {25: (1, 500, 0), 26: (1, 500, 0)}),
    requested(1, NOON, NOON + MINUTE),
    published(at=NOON + MINUTE, dairy="Milk"),
    AlertAcknowledged(time=NOON + MINUTE, alert_id="too-many-1", verdict="wrong"),
)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_rows_are_the_same_in_whatever_order_sources_are_recorded(projection: Projection[Row]) -> None:
    def rows(order: tuple[tuple[object, ...], ...]) -> object:
        facts: list[RecordedEvent] = [recorded(fact, n) for n, fact in enumerate(sum(order, ()))]  # type: ignore[arg-type]
        return fold_all(projection, facts)

    first, *others = [rows(order) for order in permutations((ENTRANCE, BACK_DOOR, OFFICE))]

    assert first
    assert all(other == first for other in others)


def test_a_consent_that_is_recorded_late_brings_nothing_back_that_was_withdrawn_after_it() -> None:
    late = [recorded(took_back("loyalty", NOON + MINUTE), 0), recorded(agreed("loyalty", NOON), 1)]

    (row,) = fold_all(Consents(), late).values()
    assert (row.given_at, row.withdrawn_at, row.statement) == (NOON, NOON + MINUTE, None)
