"""What a price label in a picture says: one picture at a time, beside the networks."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec

from vision_workers.detectors.labels import read_safely
from vision_workers.frames import Picture
from vision_workers.labels import LabelReader, find_locale
from vision_workers.labels.errors import UnknownLocale
from vision_workers.serving.errors import QueueFull, UnusablePicture, UnusableQuestion

NAME = "labels"
READING_S = 1.0
"""About as long as a label takes."""
MOST_PIXELS = 2_000_000
MOST_TIMES_LONGER = 10
"""A label is read several times enlarged, so a long or large one would take many times its size."""


class ReadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one label says; the price is null where it cannot be read for sure."""

    price: str | None
    unit_price: str | None
    currency: str
    text: str
    confidence: float
    readable: bool


class Reading:
    """The reader of labels, made when it is first asked."""

    def __init__(self, make_reader: Callable[[], LabelReader], waiting: int) -> None:
        self._make_reader, self._places = make_reader, 1 + waiting
        self._taken = 0
        self._reader: LabelReader | None = None
        self._thread = ThreadPoolExecutor(1, "labels")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises `QueueFull`."""
        if self._taken >= self._places:
            raise QueueFull(NAME, max(1, round(self._taken * READING_S)))
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def read(self, picture: Picture, locale: str) -> ReadAnswer:
        """Read a label; raises `UnusableQuestion` for a locale that nobody reads."""
        try:
            known = find_locale(locale)
        except UnknownLocale as problem:
            raise UnusableQuestion(str(problem)) from None
        height, width = picture.shape[:2]
        if height * width > MOST_PIXELS or max(height, width) > MOST_TIMES_LONGER * min(height, width):
            raise UnusablePicture(
                f"the picture has {width} x {height} pixels; cut out the label: at most {MOST_PIXELS:,} pixels are "
                f"read, and no side {MOST_TIMES_LONGER} times the other"
            )
        reading = await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: read_safely(picture, known, self._made())
        )
        return ReadAnswer(**msgspec.structs.asdict(reading), readable=reading.readable)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _made(self) -> LabelReader:
        if self._reader is None:
            self._reader = self._make_reader()
        return self._reader
