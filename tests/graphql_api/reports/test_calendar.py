"""Days, weeks and months of a store, in its own time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from graphql_api.reports.calendar import Dates, Length, known_period
from graphql_api.reports.errors import FuturePeriod, UnknownPeriod

OSLO = ZoneInfo("Europe/Oslo")
LATER = datetime(2027, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "text", "first", "after", "before"),
    [
        (Length.DAY, "2026-01-05", date(2026, 1, 5), date(2026, 1, 6), "2025-12-29"),
        (Length.WEEK, "2026-W01", date(2025, 12, 29), date(2026, 1, 5), "2025-W52"),
        (Length.MONTH, "2026-12", date(2026, 12, 1), date(2027, 1, 1), "2026-11"),
    ],
)
def test_a_period_is_read_written_and_compared_with_the_one_before(
    length: Length, text: str, first: date, after: date, before: str
) -> None:
    dates = Dates.read(length, text)

    assert (dates.first, dates.after, str(dates), str(dates.before)) == (first, after, text, before)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (Length.DAY, "2026-02-30"),
        (Length.DAY, "yesterday"),
        (Length.WEEK, "2026-W54"),
        (Length.WEEK, "2026-1"),
        (Length.MONTH, "2026-13"),
        (Length.MONTH, "0000-01"),
        (Length.MONTH, "2026-01-05"),
    ],
)
def test_what_the_calendar_does_not_have_is_refused_with_an_example(length: Length, text: str) -> None:
    with pytest.raises(UnknownPeriod, match=rf"'{text}' is no {length}.*write it as 2026-"):
        Dates.read(length, text)


def test_a_day_is_as_long_as_its_clock_makes_it() -> None:
    short, long = (known_period(Dates.of(Length.DAY, day), OSLO, LATER, None) for day in (SPRING, AUTUMN))

    assert (short.length, long.length) == (timedelta(hours=23), timedelta(hours=25))


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def test_a_period_that_is_not_over_is_known_up_to_the_last_frame() -> None:
    last_frame = datetime(2026, 1, 5, 13, 30, 20, tzinfo=UTC)

    known = known_period(Dates.read(Length.DAY, "2026-01-05"), OSLO, datetime(2026, 1, 5, 15, tzinfo=UTC), last_frame)

    assert not known.is_over
    assert known.end == datetime(2026, 1, 5, 13, 31, tzinfo=UTC)
    assert known.seen_until == last_frame
    assert known.before.length == known.length


def test_a_period_that_is_over_is_known_to_its_end() -> None:
    known = known_period(Dates.read(Length.DAY, "2026-01-05"), OSLO, LATER, datetime(2026, 1, 5, 13, tzinfo=UTC))

    assert (known.is_over, known.seen_until) == (True, datetime(2026, 1, 5, 23, tzinfo=UTC))


def test_a_period_that_has_not_begun_is_refused() -> None:
    with pytest.raises(FuturePeriod, match="2027-06-02 has not begun"):
        known_period(Dates.read(Length.DAY, "2027-06-02"), OSLO, LATER, None)
