"""What slots are filled with, before it is put in the words of a language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from graphql_api.reports.calendar import Dates, Length

Counted = Literal["people", "visitors", "inward", "outward"]


class Count(msgspec.Struct, frozen=True):
    """So many; `at_least` where not all of the time was watched."""

    number: int
    what: Counted
    at_least: bool = False


class Percent(msgspec.Struct, frozen=True):
    """A change as a share of what was before, in whole percent."""

    number: int


Change = Count | Percent


class Duration(msgspec.Struct, frozen=True):
    """How long something lasted, as it is shown: to the second below ten minutes, to the minute above."""

    seconds: int

    @classmethod
    def of(cls, milliseconds: float) -> "Duration":
        """Round as it is shown."""
        seconds = round(milliseconds / 1000)
        return cls(seconds if seconds < SHOWN_TO_THE_SECOND_S else round(seconds / 60) * 60)


SHOWN_TO_THE_SECOND_S = 600


class Earlier(msgspec.Struct, frozen=True):
    """A figure of the period that this one is compared with."""

    value: Count | Duration
    dates: Dates
    is_over: bool
    """False where it was counted up to the same time of the period."""


class Moments(msgspec.Struct, frozen=True):
    """One or more stretches of the store's time."""

    spans: Sequence[tuple[datetime, datetime]]
    """In the store's own time."""
    are_days: bool
    """Whether they are days, and not times of one day."""


class Names(msgspec.Struct, frozen=True):
    """Names from the layout, as they are; `more` others are not named."""

    names: Sequence[str]
    more: int = 0


class Watched(msgspec.Struct, frozen=True):
    """Cameras, each with the share of the time that it watched, in whole percent."""

    cameras: Sequence[tuple[str, int]]
    more: int = 0


class On(msgspec.Struct, frozen=True):
    """The period as the time of a sentence."""

    dates: Dates


class Until(msgspec.Struct, frozen=True):
    """Up to when a period that is not over is known."""

    moment: datetime
    length: Length


class AllCameras(msgspec.Struct, frozen=True):
    """Every camera of so many."""

    number: int


class AnyZone(msgspec.Struct, frozen=True):
    """Whichever zone of so many."""

    number: int


Word = Literal["nobody", "unknown"]
Value = Count | Percent | Duration | Earlier | Moments | Names | Watched | On | Until | AllCameras | AnyZone | Word
