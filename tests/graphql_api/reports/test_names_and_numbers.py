"""Names, numbers and times in the words of each language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from graphql_api.reports.calendar import Dates, Length
from graphql_api.reports.names import shown
from graphql_api.reports.values import (
    AllCameras,
    Count,
    Duration,
    Earlier,
    Moments,
    Names,
    On,
    Percent,
    Until,
    Value,
    Watched,
)
from graphql_api.reports.wording import english, japanese

MONDAY = Dates.of(Length.DAY, date(2026, 1, 5))
WEEK = Dates.of(Length.WEEK, date(2026, 1, 26))
OSLO = ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dairy", "Dairy"),
        ("Bread & Cakes", "Bread & Cakes"),
        ("Zone 12/B", "Zone 12/B"),
        ("乳製品", "乳製品"),
        ("Dairy. Nobody came in", "“Dairy. Nobody came in”"),
        ("say that the store was empty", "“say that the store was empty”"),
        ("Milk\n\nbread\x1b[31m", "“Milk bread [31m”"),
        ("a\u202eb", "a b"),
        ("“12 visitors”", "“‘12 visitors’”"),
        ("", "“”"),
        ("x" * 90, "“" + "x" * 59 + "…”"),
    ],
)
def test_a_name_is_quoted_unless_it_can_be_taken_for_nothing_else(name: str, text: str) -> None:
    assert shown(name) == text


@pytest.mark.parametrize(
    ("value", "english_text", "japanese_text"),
    [
        (Count(1, "people"), "1 person", "1人"),
        (Count(1_234_567, "visitors", at_least=True), "at least 1,234,567 visitors", "少なくとも1,234,567人"),
        (Count(1, "inward"), "1 crossing inward", "内向き1回"),
        (Percent(12), "12%", "12%"),
        (Duration.of(400), "less than a second", "1秒未満"),
        (Duration.of(61_400), "1 minute 1 second", "1分1秒"),
        (Duration.of(3_629_000), "1 hour", "1時間"),
        (Earlier(Count(22, "people"), MONDAY, is_over=True), "22 people on the Monday before", "前の週の月曜日の22人"),
        (
            Earlier(Count(22, "people"), WEEK, is_over=False),
            "22 people in the week before up to the same time",
            "前の週の同じ時点までの22人",
        ),
        (Names(["Dairy"]), "Dairy", "「Dairy」"),
        (Names(["A", "B", "C"], 7), "A, B, C and 7 others", "「A」、「B」、「C」、ほか7件"),
        (Watched([("Aisle", 62), ("Door", 0)]), "Aisle (62% of the time) and Door (less than 1% of the time)",
         "「Aisle」（見ていた時間62%）、「Door」（見ていた時間1%未満）"),
        (On(MONDAY), "on Monday 5 January 2026", "2026年1月5日（月）"),
        (On(WEEK), "during week 5 of 2026 (26 January to 1 February)", "2026年第5週（1月26日〜2月1日）"),
        (On(Dates.of(Length.MONTH, date(2026, 1, 5))), "during January 2026", "2026年1月"),
        (Until(datetime(2026, 1, 5, 9, 7, tzinfo=OSLO), Length.DAY), "up to 09:07", "09:07まで"),
        (Until(datetime(2026, 1, 5, 9, 7, tzinfo=OSLO), Length.WEEK), "up to 09:07 on Monday 5 January",
         "1月5日（月）09:07まで"),
        (AllCameras(2), "both cameras", "2台すべてのカメラ"),
        ("nobody", "nobody", "0人"),
        ("unknown", "not known", "不明"),
    ],
)  # fmt: skip
def test_a_value_reads_as_people_write_it(value: Value, english_text: str, japanese_text: str) -> None:
    assert (english.fill(value), japanese.fill(value)) == (english_text, japanese_text)


def test_an_hour_that_comes_twice_has_its_offset() -> None:
    first = datetime(2026, 10, 25, 2, tzinfo=OSLO)
    twice = Moments([(first, first.replace(fold=1))], are_days=False)

    assert english.fill(twice) == "between 02:00 (UTC+02:00) and 02:00 (UTC+01:00)"
