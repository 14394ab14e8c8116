"""What figures say of a stretch of time, and what nobody can know."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from graphql_api import store_scope
from tests.builders.asking import Client
from tests.builders.facts import came, crossed, minute_passed, published, stepped_in, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON, SECOND

pytestmark = pytest.mark.postgres

STORE = 'store(id: "acme/ginza-3")'
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOKYO = ZoneInfo("Asia/Tokyo")
EVERYTHING = """
    start end
    traffic { entered left quality { coverage } series(every: HOUR) { start entered coverage } }
    occupancy { inside peak quality { coverage } series(every: HOUR) { inside peak coverage } }
    zones { zone { key } visitors stays openStays dwell { count } quality { coverage }
            series(every: HOUR) { visitors coverage } }
    lines { line { key } inward outward quality { coverage } series(every: HOUR) { inward coverage } }
    cameras { camera { key } watchedMs coverage series(every: HOUR) { coverage } }
"""


class _Clock(datetime):
    at = NOON

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.at.astimezone(tz)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> type[_Clock]:
    """What the time is for the API."""
    monkeypatch.setattr(store_scope, "datetime", _Clock)
    monkeypatch.setattr(_Clock, "at", NOON)
    return _Clock


async def figures(api: Client, wanted: str, asked: str = EVERYTHING) -> Any:
    return (await api.ask(f"{{ {STORE} {{ figures{wanted} {{ {asked} }} }} }}"))["store"]["figures"]


def numbers(told: Any) -> list[Any]:
    """Every figure in an answer."""
    names = {"entered", "left", "inside", "peak", "visitors", "stays", "openStays", "inward", "outward", "dwell"}
    match told:
        case dict():
            own = [value for name, value in told.items() if name in names]
            return own + [each for value in told.values() for each in numbers(value)]
        case list():
            return [each for value in told for each in numbers(value)]
    return []


async def test_today_is_the_default_and_ends_with_the_stores_own_day(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann", NOON - HOUR), minute_passed(NOON, "entrance"))

    told = await figures(api, "", "start end traffic { entered series(every: HOUR) { start entered } }")

    assert (told["start"], told["end"]) == ("2026-03-01T15:00:00.000Z", "2026-03-02T15:00:00.000Z")
    assert told["traffic"]["entered"] == 1
    assert [hour["entered"] for hour in told["traffic"]["series"]][19:] == [None, 1, None, None, None]


@pytest.mark.parametrize(
    ("preset", "first", "days"),
    [
        ("TODAY", "2026-03-02", 1),
        ("YESTERDAY", "2026-03-01", 1),
        ("THIS_WEEK", "2026-03-02", 7),
        ("LAST_WEEK", "2026-02-23", 7),
        ("THIS_MONTH", "2026-03-01", 31),
        ("LAST_MONTH", "2026-02-01", 28),
        ("LAST_7_DAYS", "2026-02-23", 7),
        ("LAST_28_DAYS", "2026-02-02", 28),
    ],
)
async def test_days_can_be_named_as_people_call_them(
    shop: Shop, api: Client, preset: str, first: str, days: int
) -> None:
    await shop.happened(published())

    told = await figures(api, f"(range: {{preset: {preset}}})", "start end")

    start, end = (datetime.fromisoformat(told[each]) for each in ("start", "end"))
    assert (start.astimezone(TOKYO).date().isoformat(), end - start) == (first, days * DAY)


async def test_a_range_to_now_to_the_millisecond_is_answered_by_every_figure(
    shop: Shop, api: Client, clock: type[_Clock]
) -> None:
    clock.at = NOON + timedelta(seconds=30, milliseconds=123)
    await shop.happened(published(), came("ann"), crossed("gate"), stepped_in("ann", "dairy"))

    for end in ('end: "2026-03-02T12:00:30.123Z"', ""):
        told = await figures(api, f'(range: {{moments: {{start: "2026-03-02T11:59:12.345Z", {end}}}}})')

        assert (told["start"], told["end"]) == ("2026-03-02T11:59:00.000Z", "2026-03-02T12:01:00.000Z")
        assert told["traffic"]["entered"] == told["zones"][0]["visitors"] == told["lines"][0]["inward"] == 1


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ('{dates: {start: "2026-03-03", end: "2026-03-04"}}', "the future"),
        ('{dates: {start: "2020-03-03", end: "2020-03-04"}}', "before the store existed"),
        ('{dates: {start: "2026-03-02", end: "2026-03-02"}}', "a day on which no camera was seen"),
    ],
)
async def test_what_nobody_can_know_is_null_and_never_zero(shop: Shop, api: Client, wanted: str, why: str) -> None:
    await shop.happened(published())

    told = numbers(await figures(api, f"(range: {wanted})"))

    assert told
    assert {*map(str, told)} == {"None"}, why


async def test_nothing_is_zero_only_where_a_camera_watched(shop: Shop, api: Client) -> None:
    await shop.happened(published(), *(minute_passed(NOON - n * MINUTE, "entrance") for n in range(15)))

    told = await figures(api, "", "traffic { entered series(every: HOUR) { entered coverage } } lines { inward }")

    hours = [(hour["entered"], hour["coverage"]) for hour in told["traffic"]["series"]]
    assert told["traffic"]["entered"] == told["lines"][0]["inward"] == 0
    assert hours[19:22] == [(None, 0.0), (0, 0.25), (None, None)]


async def test_coverage_is_that_of_the_worst_camera_that_makes_the_figure(shop: Shop, api: Client) -> None:
    layout = published()
    await shop.happened(
        layout,
        *(minute_passed(NOON - n * MINUTE, "entrance", covered_ms=30_000) for n in range(15)),
        *(minute_passed(NOON - n * MINUTE, "elsewhere") for n in range(15)),
    )

    told = await figures(
        api,
        '(range: {moments: {start: "2026-03-02T11:45:00Z", end: "2026-03-02T12:00:00Z"}})',
        "traffic { quality { coverage } } zones { quality { coverage } } cameras { camera { key } coverage }",
    )

    assert told["traffic"]["quality"]["coverage"] == told["zones"][0]["quality"]["coverage"] == 0.5
    assert told["cameras"] == [
        {"camera": {"key": "elsewhere"}, "coverage": 1.0},
        {"camera": {"key": "entrance"}, "coverage": 0.5},
    ]


async def test_today_is_compared_with_yesterday_until_the_same_time(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(at=NOON - 9 * DAY), came("ann", NOON - DAY - HOUR), came("late", NOON - DAY + HOUR), came("bob")
    )

    today = await figures(api, "", "traffic { entered } before { start end traffic { entered } }")
    week = await figures(api, "(range: {preset: LAST_WEEK})", "traffic { entered } before { start end }")
    month = await figures(api, "(range: {preset: LAST_MONTH})", "before { start end before { start } }")
    hour = await figures(
        api, '(range: {moments: {start: "2026-03-02T11:00:00Z", end: "2026-03-02T12:00:00Z"}})', "before { start end }"
    )

    assert today["before"] == {
        "start": "2026-02-28T15:00:00.000Z", "end": "2026-03-01T12:00:00.000Z", "traffic": {"entered": 1}
    }  # fmt: skip
    assert week["before"] == {"start": "2026-02-15T15:00:00.000Z", "end": "2026-02-22T15:00:00.000Z"}
    assert month["before"] == {
        "start": "2025-12-31T15:00:00.000Z", "end": "2026-01-31T15:00:00.000Z",
        "before": {"start": "2025-11-30T15:00:00.000Z"},
    }  # fmt: skip
    assert hour["before"] == {"start": "2026-03-02T10:00:00.000Z", "end": "2026-03-02T11:00:00.000Z"}


async def test_every_figure_has_a_series_whose_days_are_right_when_the_clock_is_changed(
    shop: Shop, api: Client, clock: type[_Clock]
) -> None:
    clock.at = datetime(2026, 4, 30, tzinfo=UTC)
    await shop.happened(published(time_zone="Europe/Oslo"), minute_passed(NOON, "entrance"))
    asked = " ".join(
        f"{name} {{ {each.lower()}: series(every: {each}) {{ start end }} }}"
        for name in ("traffic", "occupancy", "zones", "lines", "cameras")
        for each in ("QUARTER_HOUR", "HOUR", "DAY")
    )
    months = "traffic { series(every: MONTH) { start } } zones { series(every: WEEK) { start } }"

    spring = await figures(api, '(range: {dates: {start: "2026-03-29", end: "2026-03-29"}})', asked)
    quarter = await figures(api, '(range: {dates: {start: "2026-01-15", end: "2026-04-15"}})', months)

    for told in spring.values():
        one = told[0] if isinstance(told, list) else told
        assert (len(one["quarter_hour"]), len(one["hour"]), len(one["day"])) == (92, 23, 1)
    starts = [each["start"] for each in quarter["traffic"]["series"]]
    assert starts == [
        "2026-01-14T23:00:00.000Z", "2026-01-31T23:00:00.000Z", "2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"
    ]  # fmt: skip
    weeks = {
        datetime.fromisoformat(each["start"]).astimezone(ZoneInfo("Europe/Oslo")).weekday()
        for each in quarter["zones"][0]["series"][1:]
    }
    assert weeks == {0}


async def test_one_panel_that_fails_leaves_the_others(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann", NOON - HOUR))

    told = (
        await api.post(
            f"""{{ {STORE} {{ name figures(range: {{dates: {{start: "2026-01-01", end: "2026-03-02"}}}}) {{
                occupancy {{ peak }} traffic {{ entered }}
            }} }} }}"""
        )
    ).json()

    assert told["data"]["store"] == {
        "name": "Store ginza-3", "figures": {"occupancy": None, "traffic": {"entered": 1}}
    }  # fmt: skip
    assert [error["path"] for error in told["errors"]] == [["store", "figures", "occupancy"]]


async def test_who_is_inside_is_unknown_before_anybody_could_be_seen_on_that_day(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann", NOON - HOUR), went("ann", NOON - HOUR + SECOND))

    asked = f"""{{ {STORE} {{
        now: inside
        early: inside(at: "2026-03-02T10:00:00Z")
        tomorrow: inside(at: "2026-03-03T10:00:00Z")
    }} }}"""

    assert (await api.ask(asked))["store"] == {"now": 0, "early": None, "tomorrow": None}
