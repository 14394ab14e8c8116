from datetime import timedelta

from projections.folding.folding import fold_all
from projections.read_models.periods import Grain
from projections.read_models.sales import Sales, SalesRow
from tests.builders.facts import sold
from tests.builders.records import NOON, history

SOON = NOON + timedelta(minutes=7, seconds=30)


def test_sales_refunds_and_voids_are_counted_apart_and_the_total_is_what_stays() -> None:
    told = (
        sold("1", "12.50"),
        sold("2", "0.0001", at=SOON),
        sold("3", "-2.50"),
        sold("4", "-12.50", voids="1", at=SOON),
        sold("5", "-0.00"),
    )

    rows = fold_all(Sales(), history(*told))

    key = ("acme", "ginza-3")
    assert rows == {
        (*key, Grain.MINUTE, NOON, "till", "EUR"): SalesRow(sales=2, refunds=1, ten_thousandths=100_000),
        (*key, Grain.MINUTE, NOON + timedelta(minutes=7), "till", "EUR"): SalesRow(
            sales=1, voids=1, ten_thousandths=-124_999
        ),
        (*key, Grain.QUARTER, NOON, "till", "EUR"): SalesRow(sales=3, refunds=1, voids=1, ten_thousandths=-24_999),
    }


def test_sales_of_other_channels_and_currencies_are_other_rows() -> None:
    told = (sold("1"), sold("2", channel="self"), sold("3", currency="JPY"), sold("4", "999999999999.9999"))

    rows = fold_all(Sales(), history(*told))

    quarters = {key[4:]: row.ten_thousandths for key, row in rows.items() if key[2] == Grain.QUARTER}
    assert quarters == {("till", "EUR"): 10**16 - 1 + 10_000, ("self", "EUR"): 10_000, ("till", "JPY"): 10_000}
