"""What can go wrong with files of sales.

ShopfloorError
└── SalesError
    ├── InvalidMapping    a mapping file that cannot be used
    ├── UnreadableSheet   a file of sales whose first line cannot be used
    ├── RefusedLine       a line that cannot be read; the others are taken
    └── LinesRefused      some lines were refused
"""

from pathlib import Path

from event_store.errors import ShopfloorError


class SalesError(ShopfloorError):
    """Something with files of sales."""


class InvalidMapping(SalesError):
    """A mapping file that cannot be used."""

    exit_status = 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"mapping {path}: {' '.join(why.split())}; see docs/store-systems.md")


class UnreadableSheet(SalesError):
    """A file of sales whose first line cannot be used."""

    exit_status = 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {' '.join(why.split())}; see docs/store-systems.md")


class RefusedLine(SalesError):
    """A line that cannot be read; the others are taken."""


class LinesRefused(SalesError):
    """Some lines were refused."""

    def __init__(self, count: int, path: Path) -> None:
        lines = "1 line was" if count == 1 else f"{count} lines were"
        super().__init__(f"{lines} refused; {path} holds them with the reasons: correct and import that file")
