from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from projections.folding.folding import fold_all
from projections.read_models.occupancy import Inside, Mark, Occupancy, OccupancyRow, walk
from projections.read_models.periods import start_of_day
from tests.builders.facts import came, went
from tests.builders.records import MINUTE, NOON, SECOND, history

TOKYO = ZoneInfo("Asia/Tokyo")
MIDNIGHT = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)


def test_moments_are_kept_in_order_though_told_late() -> None:
    rows = fold_all(Occupancy(), history(came("bob", NOON + 2 * SECOND), went(None, NOON + SECOND), came("ann")))

    assert rows == {("acme", "ginza-3", NOON, "unknown"): OccupancyRow(entries=(0, 2000), exits=(1000,))}


def test_whoever_is_lost_from_sight_is_still_inside() -> None:
    assert fold_all(Occupancy(), history(went("ann", reason="lost"))) == {}


def test_the_peak_counts_those_who_were_inside_together() -> None:
    passages = [(NOON, Mark.ENTRY), (NOON + 20 * SECOND, Mark.ENTRY), (NOON + 40 * SECOND, Mark.EXIT)]

    assert list(walk(passages, [NOON, NOON + MINUTE, NOON + 2 * MINUTE], TOKYO)) == [
        Inside(start=NOON, end=NOON + MINUTE, inside=1, peak=2),
        Inside(start=NOON + MINUTE, end=NOON + 2 * MINUTE, inside=1, peak=1),
    ]


def test_who_leaves_without_having_been_seen_to_come_makes_nobody_less_than_nobody() -> None:
    passages = [(NOON, Mark.EXIT), (NOON + SECOND, Mark.ENTRY)]

    (minute,) = walk(passages, [NOON, NOON + MINUTE], TOKYO)

    assert minute.inside == 1


def test_nobody_is_inside_when_the_day_of_the_store_begins() -> None:
    passages = [(MIDNIGHT - MINUTE, Mark.ENTRY)]

    last_minute, first_minute = walk(passages, [MIDNIGHT - MINUTE, MIDNIGHT, MIDNIGHT + MINUTE], TOKYO)

    assert (last_minute.inside, first_minute.inside, first_minute.peak) == (1, 0, 0)


def simulated(passages: Sequence[tuple[datetime, Mark]], until: datetime) -> int:
    inside, day = 0, None
    for at, mark in sorted(passages):
        if at >= until:
            break
        if start_of_day(at, TOKYO) != day:
            inside, day = 0, start_of_day(at, TOKYO)
        inside = max(0, inside + (1 if mark is Mark.ENTRY else -1))
    return inside if day == start_of_day(until - timedelta(milliseconds=1), TOKYO) else 0


@given(some.lists(some.tuples(some.integers(0, 3 * 86_400), some.sampled_from([Mark.ENTRY, Mark.EXIT])), max_size=40))
def test_cutting_the_days_into_periods_changes_no_count(passages: list[tuple[int, Mark]]) -> None:
    happened = [(MIDNIGHT + second * SECOND, mark) for second, mark in passages]
    cuts = [MIDNIGHT + hours * timedelta(hours=1) for hours in range(0, 73, 5)]

    answer = list(walk(happened, cuts, TOKYO))

    assert [period.inside for period in answer] == [simulated(happened, period.end) for period in answer]
