"""What the lines of a label say of its price; pure.

A price is the tallest figure. Its cents are small and raised, or its decimal mark is not read. Figures for a unit, of a
content, of a saving and bar codes are no prices.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from vision_workers.labels.locales import LabelLocale
from vision_workers.labels.reader import TextLine

TALL = 0.6
"""Of the tallest figure's height: what is smaller is not the price."""
RAISED = 0.2, 0.75
"""Height of cents, as a share of the whole part's."""
USUAL_CENTS = frozenset({"00", "10", "20", "30", "40", "50", "60", "70", "80", "90", "95", "99"})
WEAK = 0.15
"""Weight of a price whose decimal mark is guessed in three digits, of which four readings must agree: often a fourth
digit was missed."""
UNUSUAL = 0.8
"""Weight of one whose cents are no usual ones."""
LONGEST_WHOLE = 3
"""Digits of a whole part beside which cents are looked for."""
LONGEST = 5
"""Digits of a price without a decimal mark; more are a number of something else."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A price that one reading suggests."""

    price: str
    """With a point and the currency's decimals."""
    weight: float


class WholePart(msgspec.Struct, frozen=True, kw_only=True):
    """Crowns, pounds or dollars whose cents were not read."""

    digits: str
    line: TextLine


def normal(text: str) -> str:
    """Return a text in plain characters: full-width digits become digits; words in brackets say no figure."""
    return re.sub(r"\(\D*\)?", " ", unicodedata.normalize("NFKC", text)).strip()


def figures(lines: Sequence[TextLine], locale: LabelLocale) -> list[TextLine]:
    """Return the lines that may hold the price: figures, not much smaller than the tallest one."""
    with_digits = [
        msgspec.structs.replace(line, text=normal(line.text))
        for line in lines
        if any(each.isdigit() for each in line.text) and _is_figure(normal(line.text), locale)
    ]
    tallest = max((line.height for line in with_digits), default=0.0)
    return [line for line in with_digits if line.height >= TALL * tallest]


def _is_figure(text: str, locale: LabelLocale) -> bool:
    """Say whether a line is a figure and little else."""
    if re.search(rf"(?:{locale.marks})\s*\d+[.,]\d\d(?!\d)", text, re.IGNORECASE):
        return True
    if locale.is_other_figure(text):
        return False
    bare = re.sub(locale.marks, "", text, flags=re.IGNORECASE)
    letters, digits = sum(each.isalpha() for each in bare), sum(each.isdigit() for each in bare)
    return digits > 0 and letters <= digits / 2


def candidates(lines: Sequence[TextLine], locale: LabelLocale) -> Iterator[Candidate]:
    """Yield the prices that one reading suggests."""
    tall = figures(lines, locale)
    tallest = max((line.height for line in tall), default=1.0)
    for line in tall:
        found = _amount(line, lines, locale)
        if found is not None:
            price, weight = found
            share = line.height / tallest
            yield Candidate(price=price, weight=weight * line.confidence * share)


def whole_parts(lines: Sequence[TextLine], locale: LabelLocale) -> list[WholePart]:
    """Return figures of one to three digits, the tallest first, whose cents may stand at their right."""
    if locale.decimals == 0:
        return []
    tall = sorted(figures(lines, locale), key=lambda line: -line.height)
    parts = [WholePart(digits=re.sub(r"\D", "", line.text), line=line) for line in tall]
    return [part for part in parts if 1 <= len(part.digits) <= LONGEST_WHOLE]


def with_cents(whole: str, cents: str) -> str:
    """Return a price of its two parts."""
    return f"{int(whole)}.{cents}"


def _amount(line: TextLine, lines: Sequence[TextLine], locale: LabelLocale) -> tuple[str, float] | None:
    text = re.sub(locale.marks, " ", line.text, flags=re.IGNORECASE).strip(" .,:;-'\"*|[]()")
    if locale.decimals == 0:
        return _whole_amount(text)
    marked = re.search(r"(?<![\d.,])(\d{1,4})\s?[.,]\s?(\d\d)(?!\d)", text)
    if marked:
        return with_cents(*marked.groups()), 1.0
    digits = re.sub(r"\D", "", text)
    if not digits or len(digits) > LONGEST or digits[0] == "0":
        return None
    cents = _raised_cents(line, lines) if len(digits) <= LONGEST_WHOLE else None
    if re.search(r"\d\s*[,.]\s*-", line.text):
        cents = "00"
    return _split(digits) if cents is None else (with_cents(digits, cents), 1.0)


def _split(digits: str) -> tuple[str, float] | None:
    """Return the price of digits whose decimal mark was not read."""
    whole, cents = digits[:-2], digits[-2:]
    if not whole:
        return None
    weight = WEAK if len(digits) <= LONGEST_WHOLE else 1.0
    return with_cents(whole, cents), weight if cents in USUAL_CENTS else weight * UNUSUAL


def _whole_amount(text: str) -> tuple[str, float] | None:
    found = re.fullmatch(r"\D{0,3}(\d{1,3}(?:[,.]\d{3})+|\d{1,6})\D{0,3}", text.replace(" ", ""))
    if found is None:
        return None
    digits = re.sub(r"\D", "", found.group(1))
    return (str(int(digits)), 1.0) if digits[0] != "0" else None


def _raised_cents(line: TextLine, lines: Sequence[TextLine]) -> str | None:
    """Return the two small raised digits at the right of a whole part."""
    for other in lines:
        digits = re.sub(r"\D", "", normal(other.text))
        is_small = RAISED[0] <= other.height / max(line.height, 1.0) <= RAISED[1]
        is_right = line.right - 0.2 * line.height <= other.left <= line.right + line.height
        is_raised = line.top - 0.3 * line.height <= other.top <= line.top + 0.5 * line.height
        if len(digits) == 2 and len(normal(other.text)) <= 3 and is_small and is_right and is_raised:  # noqa: PLR2004
            return digits
    return None


def unit_price(lines: Sequence[TextLine], locale: LabelLocale) -> str | None:
    """Return the price for a unit, as far as a line says that it is one."""
    amount = r"(\d{1,5})" if locale.decimals == 0 else r"(\d{1,5}[.,]\d\d)"
    for line in lines:
        text = normal(line.text)
        before = re.search(
            rf"{amount}\s*(?:{locale.marks})?\s*(?:/|pr\.?|per)\s*(?:{locale.units})\b", text, re.IGNORECASE
        )
        after = re.search(
            rf"(?:/|pr\.?|per)\s*(?:{locale.units})\.?\s*:?\s*(?:{locale.marks})?\s*{amount}", text, re.IGNORECASE
        )
        found = before or after
        if found:
            return str(Decimal(found.group(1).replace(",", ".")))
    return None
