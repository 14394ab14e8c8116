"""How prices are written, by locale; a new one is a line of the table."""

import re

import msgspec

from vision_workers.labels.errors import UnknownLocale


class LabelLocale(msgspec.Struct, frozen=True, kw_only=True):
    """How the labels of a country are written."""

    code: str
    currency: str
    decimals: int
    """Of the currency: 0 for yen."""
    language: str
    """The name of Tesseract's data."""
    marks: str
    """Before or behind an amount, a regular expression: `kr`, `£`."""
    not_prices: str
    """What stands in a line with digits that is not the price, a regular expression: amounts for a unit, savings."""
    units: str
    """Of unit prices, a regular expression."""

    def is_other_figure(self, text: str) -> bool:
        """Say whether a line holds digits of something else than the price."""
        return re.search(self.not_prices, text, re.IGNORECASE) is not None


_NORWEGIAN_UNITS = r"kg|l|ltr|liter|stk|100\s?g|hg|m|pk|vask"
_ENGLISH_UNITS = r"kg|g|100\s?g|l|ltr|litre|100\s?ml|ml|each|ea|oz|lb|lbs|pt|qt|ct|unit|sheet"

LOCALES = {
    each.code: each
    for each in (
        LabelLocale(
            code="ja_JP",
            currency="JPY",
            decimals=0,
            language="jpn",
            marks=r"[¥￥円]",
            not_prices=r"\d\s?(?:g|kg|ml|l|%|個|本|枚|袋|入|年|月|日|ポイント|pt)|/|当た?り|割引|引き?$",
            units=r"100\s?g|g|kg|ml|100\s?ml|l|個|本|枚|袋",
        ),
        LabelLocale(
            code="nb_NO",
            currency="NOK",
            decimals=2,
            language="nor",
            marks=r"kr\.?|,-|NOK",
            not_prices=rf"/|\bpr\.?\b|\bper\b|pant|%|spar|\d\s?(?:{_NORWEGIAN_UNITS}|g|ml|cl|dl)\b",
            units=_NORWEGIAN_UNITS,
        ),
        LabelLocale(
            code="en_GB",
            currency="GBP",
            decimals=2,
            language="eng",
            marks=r"£|GBP",
            not_prices=rf"/|\bper\b|%|\bsave\b|\bwas\b|\boff\b|\d\s?(?:{_ENGLISH_UNITS})\b",
            units=_ENGLISH_UNITS,
        ),
        LabelLocale(
            code="en_US",
            currency="USD",
            decimals=2,
            language="eng",
            marks=r"\$|USD",
            not_prices=rf"/|\bper\b|%|\bsave\b|\bwas\b|\boff\b|\d\s?(?:{_ENGLISH_UNITS})\b",
            units=_ENGLISH_UNITS,
        ),
    )
}
SAME = {"no_NO": "nb_NO"}
"""Other names of the same."""


def find_locale(name: str) -> LabelLocale:
    """Return the locale of a name; raises `UnknownLocale`."""
    found = LOCALES.get(SAME.get(name, name))
    if found is None:
        raise UnknownLocale(name, [*LOCALES, *SAME])
    return found
