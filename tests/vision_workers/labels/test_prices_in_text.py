from collections.abc import Sequence

import pytest

from tests.builders.labels import line
from vision_workers.labels import TextLine, find_locale
from vision_workers.labels.prices import candidates, unit_price


def best(locale: str, *lines: TextLine) -> str | None:
    found: Sequence[tuple[float, str]] = [(each.weight, each.price) for each in candidates(lines, find_locale(locale))]
    return max(found)[1] if found else None


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("198", "198"),
        ("¥1,280", "1280"),
        ("１９８円", "198"),
        ("99円(税込)", "99"),
        ("500ml", None),
        ("3割引", None),
        ("4901234567894", None),
    ],
)
def test_yen_have_no_decimals_and_are_no_content_saving_or_bar_code(text: str, price: str | None) -> None:
    assert best("ja_JP", line(text)) == price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("18.90", "18.90"),
        ("18,90", "18.90"),
        ("kr 17.45", "17.45"),
        ("1890", "18.90"),
        ("29800", "298.00"),
        ("35.-", "35.00"),
        ("990", "9.90"),
        ("29", None),
        ("89,90/kg", None),
        ("pr. kg 89,90", None),
        ("pant 3,00", None),
        ("7038010055720", None),
        ("500 g", None),
    ],
)
def test_crowns_have_oere_whether_or_not_their_mark_is_read(text: str, price: str | None) -> None:
    assert best("nb_NO", line(text)) == price


@pytest.mark.parametrize(
    ("locale", "text", "price"),
    [
        ("en_GB", "£1.50", "1.50"),
        ("en_US", "$3.99", "3.99"),
        ("en_GB", "45p per 100g", None),
        ("en_US", "save $1", None),
    ],
)
def test_pounds_and_dollars_are_read_with_their_mark(locale: str, text: str, price: str | None) -> None:
    assert best(locale, line(text)) == price


def test_the_tallest_figure_is_the_price_and_small_ones_are_not() -> None:
    assert best("nb_NO", line("2490"), line("10826", height=40, top=200)) == "24.90"
    assert best("ja_JP", line("98"), line("105", height=40, top=200)) == "98"


def test_small_raised_figures_at_the_right_are_the_cents() -> None:
    assert best("nb_NO", line("29"), line("90", height=45, left=110)) == "29.90"
    assert best("nb_NO", line("29"), line("90", height=45, left=110, top=200)) is None


def test_three_digits_weigh_little_since_a_fourth_may_be_missing() -> None:
    (short,), (long,) = (list(candidates([line(text)], find_locale("nb_NO"))) for text in ("790", "2790"))

    assert short.weight < long.weight / 3


@pytest.mark.parametrize(
    ("locale", "text", "price"),
    [
        ("nb_NO", "kr 89,90/kg", "89.90"),
        ("nb_NO", "pr kg 89.90", "89.90"),
        ("en_GB", "£1.20 per 100g", "1.20"),
        ("ja_JP", "100g当り 98円", None),
        ("nb_NO", "1890", None),
    ],
)
def test_a_unit_price_is_what_says_its_unit(locale: str, text: str, price: str | None) -> None:
    assert unit_price([line(text)], find_locale(locale)) == price
