"""One label: several pictures of it are read, and the price that most of them say is the price, or none is."""

import re
from collections.abc import Callable, Sequence

import cv2
import msgspec
import numpy as np

from vision_workers.frames import Picture
from vision_workers.labels.locales import LabelLocale
from vision_workers.labels.prices import Candidate, candidates, normal, unit_price, whole_parts, with_cents
from vision_workers.labels.reader import LabelReader, TextLine

BORDER_PX = 24
"""Around each picture: text at the very edge is not found."""
ENOUGH = 0.5
"""Sum of weights from which a price is believed …"""
LEAD = 1.25
"""… where it is so many times that of the next one."""
AGREED = 1.6
"""Sum of weights of an only candidate with which reading stops: two readings agree."""
CENTS_WEIGHT = 0.8
SMALLEST_PX = 8
"""A picture of fewer pixels across or down holds nothing to read."""


class LabelReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a label says."""

    price: str | None
    """With a point and the currency's decimals; None where it cannot be read for sure."""
    unit_price: str | None
    currency: str
    text: str
    """All other text, line by line."""
    confidence: float
    """Of the price: its share of what all readings say, 0 to 1; 0 without one."""

    @property
    def readable(self) -> bool:
        """Whether there is a price."""
        return self.price is not None


def _scaled(picture: Picture, times: float) -> Picture:
    way = cv2.INTER_CUBIC if times > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, None, fx=times, fy=times, interpolation=way), np.uint8)


def _blurred(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def _tall(picture: Picture, height_px: int) -> Picture:
    return _scaled(picture, height_px / picture.shape[0])


def _bordered(picture: Picture) -> Picture:
    width = BORDER_PX
    return np.asarray(cv2.copyMakeBorder(picture, width, width, width, width, cv2.BORDER_REPLICATE), np.uint8)


def _contrasted(picture: Picture) -> Picture:
    light, *colour = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2LAB))
    light = cv2.createCLAHE(2.0, (8, 8)).apply(light)
    return np.asarray(cv2.cvtColor(cv2.merge([light, *colour]), cv2.COLOR_LAB2BGR), np.uint8)


PICTURES: Sequence[Callable[[Picture], Picture]] = (
    lambda picture: _blurred(_scaled(picture, 2), 1.2),
    lambda picture: _blurred(_tall(picture, 280), 1.2),
    lambda picture: _contrasted(_blurred(_tall(picture, 280), 2)),
    lambda picture: _scaled(picture, 3),
    lambda picture: np.asarray(255 - _scaled(picture, 3), np.uint8),
    lambda picture: _blurred(_tall(picture, 180), 0.8),
)
"""Blur joins the segments of displays and the dots of electronic ink; too large a picture hides big digits."""


class Votes:
    """The prices that readings have suggested."""

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}

    def add(self, price: str, weight: float) -> None:
        """Take a candidate."""
        self._weights[price] = self._weights.get(price, 0.0) + weight

    @property
    def best(self) -> tuple[str, float, float] | None:
        """The leading price, its weight, and that of the next one."""
        ranked = sorted(self._weights.items(), key=lambda each: -each[1])
        if not ranked:
            return None
        return *ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0

    @property
    def is_settled(self) -> bool:
        """Whether another reading would change nothing."""
        return self.best is not None and self.best[1] >= AGREED and self.best[2] == 0.0

    def decided(self) -> tuple[str | None, float]:
        """Return the price that is believed with its confidence, None where none is."""
        if self.best is None:
            return None, 0.0
        price, weight, next_weight = self.best
        if weight < ENOUGH or weight < LEAD * next_weight:
            return None, 0.0
        return price, weight / sum(self._weights.values()) * min(1.0, weight)


def read_label(picture: Picture, locale: LabelLocale, reader: LabelReader) -> LabelReading:
    """Read a picture of one label."""
    votes = Votes()
    said: Sequence[TextLine] = []
    for make in PICTURES if min(picture.shape[:2]) >= SMALLEST_PX else ():
        made = _bordered(make(picture))
        lines = reader.read(made)
        said = max(said, lines, key=lambda each: sum(len(line.text) * line.confidence for line in each))
        found = list(candidates(lines, locale))
        for each in found or _read_cents(made, lines, locale, reader):
            votes.add(each.price, each.weight)
        if votes.is_settled:
            break
    price, confidence = votes.decided()
    return LabelReading(
        price=price,
        unit_price=unit_price(said, locale),
        currency=locale.currency,
        text="\n".join(normal(line.text) for line in sorted(said, key=lambda line: line.top)),
        confidence=round(confidence, 4),
    )


def _read_cents(
    picture: Picture, lines: Sequence[TextLine], locale: LabelLocale, reader: LabelReader
) -> Sequence[Candidate]:
    """Look for the cents at the right of a whole part, without looking for lines."""
    for part in whole_parts(lines, locale)[:1]:
        line, tall = part.line, part.line.height
        left, top, bottom = round(line.right - 0.05 * tall), round(line.top - 0.1 * tall), round(line.top + 0.7 * tall)
        crop = picture[max(top, 0) : bottom, max(left, 0) : round(line.right + tall)]
        if min(crop.shape[:2], default=0) < SMALLEST_PX:
            continue
        cents = reader.read_line(np.ascontiguousarray(crop))
        digits = "" if cents is None else re.sub(r"\D", "", normal(cents.text))
        if cents is not None and len(digits) == len("00"):
            weight = CENTS_WEIGHT * cents.confidence * line.confidence
            return [Candidate(price=with_cents(part.digits, digits), weight=weight)]
    return []
