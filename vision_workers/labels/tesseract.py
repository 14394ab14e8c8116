"""Tesseract, as a program of the machine."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import pytesseract

from vision_workers.frames import Picture
from vision_workers.labels.errors import MissingLanguage, MissingTesseract
from vision_workers.labels.locales import LabelLocale
from vision_workers.labels.reader import TextLine

PATIENCE_S = 5.0
"""A label that takes longer is not read."""
SPARSE, ONE_LINE = 11, 7
"""Tesseract's ways of looking for text."""


class TesseractReader:
    """Reads with Tesseract; each picture is a process of its own, which has a time limit."""

    name = "tesseract"

    def __init__(self, locale: LabelLocale, patience_s: float = PATIENCE_S) -> None:
        """Take the locale's language; raises `MissingTesseract` or `MissingLanguage`."""
        try:
            known = pytesseract.get_languages()
        except pytesseract.TesseractNotFoundError as problem:
            raise MissingTesseract from problem
        if locale.language not in known:
            raise MissingLanguage(locale.language, locale.code)
        self._language, self._patience_s = locale.language, patience_s

    def read(self, picture: Picture) -> Sequence[TextLine]:
        """Return the lines of a picture."""
        return self._lines(picture, SPARSE)

    def read_line(self, picture: Picture) -> TextLine | None:
        """Return the one line that a picture is."""
        return next(iter(self._lines(picture, ONE_LINE)), None)

    def _lines(self, picture: Picture, way: int) -> list[TextLine]:
        try:
            found: Mapping[str, list[Any]] = pytesseract.image_to_data(
                picture[..., ::-1],
                lang=self._language,
                config=f"--psm {way}",
                timeout=self._patience_s,
                output_type=pytesseract.Output.DICT,
            )
        except (RuntimeError, pytesseract.TesseractError):  # a time-out is a RuntimeError
            return []
        names = ("block_num", "par_num", "line_num", "text", "conf", "left", "top", "width", "height")
        words = [word for word in zip(*(found[name] for name in names), strict=True) if str(word[3]).strip()]
        return [_line(list(line)) for _, line in groupby(words, key=lambda word: word[:3])]


def _line(words: list[tuple[Any, ...]]) -> TextLine:
    return TextLine(
        text=" ".join(str(word[3]) for word in words),
        confidence=sum(float(word[4]) for word in words) / len(words) / 100,
        left=min(float(word[5]) for word in words),
        top=min(float(word[6]) for word in words),
        right=max(float(word[5]) + float(word[7]) for word in words),
        bottom=max(float(word[6]) + float(word[8]) for word in words),
    )
