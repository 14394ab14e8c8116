"""What tills sold, and how many of those who came in bought."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graphql_api import snapshots, store_scope
from projections.read_models import sales
from tests.builders.asking import Client
from tests.builders.facts import came, minute_passed, published, sold
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
"""Noon is nine in the evening in the store, whose day began at three in the afternoon before."""

SALES = """sales {
    sales refunds voids totals { currency amount } channels { channel sales refunds voids totals { currency amount } }
    quality { coverage } series(every: HOUR) { start sales totals { currency amount } }
}"""
CONVERSION = """conversion {
    entered purchases rate quality { coverage } series(every: HOUR) { start entered purchases rate coverage }
}"""


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return (NOON + 2 * HOUR).astimezone(tz)

    with monkeypatch.context() as patched:
        patched.setattr(store_scope, "datetime", Clock)
        yield


async def figures(api: Client, asked: str, start: datetime = NOON - 3 * HOUR, end: datetime = NOON + HOUR) -> Any:
    moments = f'{{moments: {{start: "{start.isoformat()}", end: "{end.isoformat()}"}}}}'
    query = f'{{ store(id: "acme/ginza-3") {{ figures(range: {moments}) {{ {asked} }} }} }}'
    return (await api.ask(query))["store"]["figures"]


async def test_sales_are_told_by_currency_channel_and_hour(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(),
        sold("1", "12.50", at=NOON - 2 * HOUR),
        sold("2", "1200", at=NOON - 2 * HOUR, currency="JPY", channel="self"),
        sold("3", "-2.25", at=NOON, channel="web"),
        sold("4", "-12.50", at=NOON, voids="1"),
        sold("5", "0.0005", at=NOON - 2 * HOUR),
    )

    told = (await figures(api, SALES))["sales"]

    assert [told[each] for each in ("sales", "refunds", "voids")] == [3, 1, 1]
    assert told["totals"] == [{"currency": "EUR", "amount": "-2.2495"}, {"currency": "JPY", "amount": "1200"}]
    assert [(each["channel"], each["sales"], each["refunds"], each["voids"]) for each in told["channels"]] == [
        ("SELF", 1, 0, 0), ("TILL", 2, 0, 1), ("WEB", 0, 1, 0),
    ]  # fmt: skip
    assert [each["sales"] for each in told["series"]] == [None, 3, 0, 0]
    assert told["series"][1]["totals"][0] == {"currency": "EUR", "amount": "12.5005"}
    assert told["quality"]["coverage"] is None


async def test_an_hour_between_sales_of_a_day_had_none_and_nobody_knows_of_those_before_and_after(
    shop: Shop, api: Client
) -> None:
    await shop.happened(published(), sold("1", at=NOON - 2 * HOUR), sold("2", at=NOON + 5 * MINUTE))

    told = (await figures(api, SALES, NOON - 4 * HOUR, NOON + 2 * HOUR))["sales"]

    assert [each["sales"] for each in told["series"]] == [None, None, 1, 0, 1, None]
    await shop.happened(sold("3", at=NOON - 4 * HOUR))
    told = (await figures(api, SALES, NOON - 4 * HOUR, NOON + 2 * HOUR))["sales"]
    assert [each["sales"] for each in told["series"]] == [1, 0, 1, 0, 1, None]


async def test_a_day_without_a_sale_is_unknown_even_between_days_that_had_some(shop: Shop, api: Client) -> None:
    await shop.happened(published(), sold("1", at=NOON - 2 * DAY), sold("2", at=NOON))

    told = await figures(api, "sales { sales series(every: DAY) { sales } }", NOON - 2 * DAY, NOON + HOUR)

    assert told["sales"] == {"sales": 2, "series": [{"sales": 1}, {"sales": None}, {"sales": 1}]}
    (none,) = [(await figures(api, SALES, NOON - DAY, NOON - DAY + HOUR))["sales"]]
    assert (none["sales"], none["totals"], none["channels"]) == (None, None, [])


async def test_conversion_is_purchases_for_each_customer_who_came_in(shop: Shop, api: Client) -> None:
    before = NOON - 2 * HOUR
    await shop.happened(
        published(),
        *(came(f"v{number}", before + MINUTE) for number in range(4)),
        came("staff", before, role="employee"),
        came("ann", NOON),
        minute_passed(before + 2 * MINUTE, "entrance"),
        minute_passed(NOON + MINUTE, "entrance"),
        sold("1", at=before + 2 * MINUTE),
        sold("2", at=before + 3 * MINUTE),
        sold("3", at=before + 4 * MINUTE, voids="2"),
        sold("4", at=NOON + 3 * MINUTE),
        sold("5", "-1", at=NOON + 4 * MINUTE),
    )

    told = (await figures(api, CONVERSION))["conversion"]

    assert (told["entered"], told["purchases"], told["rate"]) == (5, 2, 0.4)
    assert [(each["entered"], each["purchases"], each["rate"]) for each in told["series"]] == [
        (None, None, None), (4, 1, 0.25), (None, 0, None), (1, 1, 1.0),
    ]  # fmt: skip
    assert told["series"][0]["coverage"] == 0
    assert told["quality"]["coverage"] > 0


async def test_where_one_of_both_is_unknown_there_is_no_rate(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann", NOON), minute_passed(NOON + MINUTE, "entrance"))
    without_tills = (await figures(api, CONVERSION))["conversion"]
    await shop.happened(sold("1", at=NOON - 2 * HOUR), sold("2", at=NOON - 2 * HOUR))
    told = (await figures(api, CONVERSION, NOON - 2 * HOUR, NOON - HOUR))["conversion"]

    assert (without_tills["entered"], without_tills["purchases"], without_tills["rate"]) == (1, None, None)
    assert (told["entered"], told["purchases"], told["rate"]) == (None, 2, None)


async def test_a_late_sale_counts_at_its_own_time_and_a_repeated_one_once(shop: Shop, api: Client) -> None:
    await shop.happened(published(), sold("2", at=NOON))
    late = sold("1", at=NOON - 2 * HOUR)
    await shop.sell(late, late)
    await shop.sell(late)

    told = (await figures(api, SALES))["sales"]

    assert [each["sales"] for each in told["series"]] == [None, 1, 0, 1]


async def test_figures_of_sales_compare_with_those_before(shop: Shop, api: Client) -> None:
    await shop.happened(published(), sold("1", at=NOON), sold("2", at=NOON - HOUR), sold("3", at=NOON - HOUR))

    told = await figures(api, "sales { sales } before { sales { sales } conversion { purchases } }", NOON, NOON + HOUR)

    assert told == {"sales": {"sales": 1}, "before": {"sales": {"sales": 2}, "conversion": {"purchases": 2}}}


async def test_the_guides_question_is_answered(shop: Shop, api: Client) -> None:
    await shop.happened(published(), sold("1"))
    guide = (Path(__file__).parents[2] / "docs" / "store-systems.md").read_text()
    (question,) = re.findall(r"```graphql\n(.*?)```", guide, re.DOTALL)

    assert (await api.ask(question))["store"]["figures"]["conversion"]["purchases"] == 1


async def test_sales_in_more_currencies_than_an_answer_holds_are_refused(
    shop: Shop, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_ROWS", 30)
    monkeypatch.setattr(sales, "MOST_SOLD", 30)
    letters = "ABCDEF"
    await shop.happened(published(), *(sold(a + b, currency=f"X{a}{b}", at=NOON) for a in letters for b in letters))

    query = '{ store(id: "acme/ginza-3") { figures { sales { totals { currency } } } } }'
    assert (await api.refusal(query))["extensions"]["code"] == "BAD_USER_INPUT"
