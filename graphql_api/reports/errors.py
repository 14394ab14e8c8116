"""What can go wrong with a report.

ShopfloorError
└── ReportError
    ├── UnknownPhrase      a sentence holds a word that the checker does not know
    ├── UnknownStore       no store of that name has published a layout
    ├── UnknownLanguage    no report is written in that language
    ├── UnknownPeriod      a day, week or month that the calendar does not have
    ├── FuturePeriod       a period that has not begun
    └── UnusableWriter     a model folder that no report can be written with
"""

from collections.abc import Iterable
from pathlib import Path

from event_store.errors import ShopfloorError


class ReportError(ShopfloorError):
    """Something with a report."""

    exit_status = 2


class UnknownPhrase(ReportError):
    """A sentence holds a word that the checker does not know."""

    def __init__(self, text: str) -> None:
        super().__init__(f"the checker does not know the words at {text!r}")


class UnknownStore(ReportError):
    """No store of that name has published a layout."""

    def __init__(self, store: str) -> None:
        super().__init__(f"there is no store {store}; name one whose worker has published its layout")


class UnknownLanguage(ReportError):
    """No report is written in that language."""

    def __init__(self, language: str, known: Iterable[str]) -> None:
        super().__init__(f"no report is written in {language!r}; ask for one of: {', '.join(known)}")


class UnknownPeriod(ReportError):
    """A day, week or month that the calendar does not have."""

    def __init__(self, text: str, wanted: str) -> None:
        super().__init__(f"{text!r} is no {wanted}")


class FuturePeriod(ReportError):
    """A period that has not begun."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text} has not begun in the store's time zone; ask for one that has")


class UnusableWriter(ReportError):
    """A model folder that no report can be written with."""

    exit_status = 1

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"the writer in {folder} cannot be used: {why}; put the folder back as it was, or name another"
        )
