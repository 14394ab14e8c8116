from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as some

from projections.errors import RaggedRange, TooLongRange
from projections.read_models.periods import HOUR, MINUTE, Grain, Period, edges, grain_of, start_of_day

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)


def local(*when: int, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(*when, tzinfo=zone)  # type: ignore[arg-type,misc]


def lengths(period: Period, start: datetime, end: datetime, zone: ZoneInfo) -> list[timedelta]:
    cuts = edges(period, start, end, zone)
    return [after - before for before, after in pairwise(cuts)]


def test_the_day_on_which_the_clock_goes_forward_has_23_hours() -> None:
    assert lengths(Period.DAY, local(2026, 3, 28), local(2026, 3, 31), BERLIN) == [24 * HOUR, 23 * HOUR, 24 * HOUR]


def test_the_day_on_which_the_clock_goes_back_has_25_hours_of_an_hour_each() -> None:
    hours = lengths(Period.HOUR, local(2026, 10, 25), local(2026, 10, 26), BERLIN)

    assert hours == [HOUR] * 25


def test_hours_are_the_stores_own_where_its_zone_is_half_an_hour_off() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")

    _, second, _ = edges(
        Period.HOUR, local(2026, 3, 2, 9, 30, zone=kolkata), local(2026, 3, 2, 10, 15, zone=kolkata), kolkata
    )

    assert second == datetime(2026, 3, 2, 4, 30, tzinfo=UTC)


def test_a_day_begins_once_where_midnight_comes_twice() -> None:
    havana = ZoneInfo("America/Havana")  # 1 November 2026, 01:00 goes back to 00:00

    assert lengths(Period.DAY, local(2026, 11, 1, zone=havana), local(2026, 11, 3, zone=havana), havana) == [
        25 * HOUR,
        24 * HOUR,
    ]


def test_a_range_of_too_many_periods_is_refused() -> None:
    with pytest.raises(TooLongRange, match="more than 1500 times one minute; ask for a shorter range"):
        edges(Period.MINUTE, local(2026, 3, 1), local(2026, 3, 3), BERLIN)


@pytest.mark.parametrize("seconds", [0, -60, 90])
def test_a_range_that_is_empty_or_ends_within_a_minute_is_refused(seconds: int) -> None:
    start = local(2026, 3, 2, 9)

    with pytest.raises(RaggedRange, match="whole minutes"):
        edges(Period.MINUTE, start, start + timedelta(seconds=seconds), BERLIN)


def test_quarter_hours_are_summed_only_where_every_cut_allows_it() -> None:
    nine = local(2026, 3, 2, 9)

    assert grain_of([nine, nine + 15 * MINUTE]) is Grain.QUARTER
    assert grain_of([nine, nine + 20 * MINUTE]) is Grain.MINUTE


@given(
    zone=some.sampled_from(ZONES).map(ZoneInfo),
    start=some.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    hours=some.integers(1, 400),
    period=some.sampled_from([Period.HOUR, Period.DAY]),
)
def test_periods_follow_each_other_without_gap_in_every_zone(
    zone: ZoneInfo, start: datetime, hours: int, period: Period
) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)

    cuts = edges(period, begin, begin + hours * HOUR, zone)

    assert cuts[0] == begin
    assert cuts[-1] == begin + hours * HOUR
    assert all(before < after for before, after in pairwise(cuts))
    if period is Period.DAY:
        assert all(start_of_day(cut, zone) == cut for cut in cuts[1:-1])
