"""One rule reads sales, whoever brings them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_store.errors import RefusedSale
from event_store.sales import FIELDS, OPTIONAL, SaleSource, read_sale
from event_store.serialization import decode, encode

RIGHT = {
    "store": "acme/ginza-3",
    "till": "1",
    "sale": "7",
    "time": "2026-03-02T12:03:10+09:00",
    "channel": "till",
    "total": "12.50",
    "currency": "EUR",
}


@given(st.dictionaries(st.sampled_from([*FIELDS, *OPTIONAL]), st.text(max_size=60), max_size=3))
def test_what_the_rule_takes_the_record_takes_as_it_was_said(said: dict[str, str]) -> None:
    try:
        sale = read_sale({**RIGHT, **said})
    except RefusedSale:
        return

    (envelope,) = SaleSource("test").envelopes([sale])
    assert decode(encode(envelope)).event == sale.recorded


@given(st.datetimes(timezones=st.timezones()))
def test_a_sale_of_any_time_that_the_rule_takes_is_written_and_read_again(at: datetime) -> None:
    try:
        sale = read_sale({**RIGHT, "time": at.isoformat()})
    except RefusedSale:
        return

    (envelope,) = SaleSource("test").envelopes([sale])
    assert decode(encode(envelope)).event == sale.recorded


@pytest.mark.parametrize("field", FIELDS)
def test_a_sale_without_a_field_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(RefusedSale) as refused:
        read_sale({name: text for name, text in RIGHT.items() if name != field})

    assert refused.value.field == field


def test_sales_of_a_store_are_numbered_by_one_source_until_it_begins_again() -> None:
    source = SaleSource("test")
    sales = [read_sale({**RIGHT, "sale": str(number), "till": str(number % 2)}) for number in range(6)]
    other = read_sale({**RIGHT, "store": "acme/berlin-1"})

    told = [*source.envelopes(sales[:4]), *source.envelopes([other, *sales[4:]])]
    source.begin_again()
    again = source.envelopes(sales[:1])

    assert [each.sequence for each in told] == [1, 2, 3, 4, 1, 5, 6]
    assert len({each.source for each in told}) == 2
    assert (again[0].sequence, again[0].id) == (1, told[0].id)
    assert again[0].source not in {each.source for each in told}
