"""What can go wrong with the monitor itself; what it finds is no error but a `Divergence`.

ShopfloorError
├── NoKnownKey            nobody's signature could be checked
├── UnreadableMemory      what the monitor remembers cannot be read or written
└── RecordDivergedError   a look that was asked for found a copy that is not what was sealed, or none to look at
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from event_store.errors import ShopfloorError
from event_store.monitoring.divergence import Divergence


class NoKnownKey(ShopfloorError):
    """Nobody's signature could be checked: a seal without a known signature would be an alarm."""

    def __init__(self) -> None:
        super().__init__(
            "the monitor knows no public key, so it can check no signature; copy the sealer's .vkey files into the "
            "folder that SHOPFLOOR_KEYS names"
        )


class UnreadableMemory(ShopfloorError):
    """What the monitor remembers cannot be read or written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be used: {why}; mend the folder, or remove the file to check all from its start"
        )


class RecordDivergedError(ShopfloorError):
    """A look that was asked for found a copy that is not what was sealed, or none to look at."""

    def __init__(self, divergences: Sequence[Divergence], unreachable: Mapping[str, str]) -> None:
        said = [*map(str, divergences), *(f"{side} cannot be compared: {why}" for side, why in unreachable.items())]
        super().__init__(f"{'; '.join(said)}; keep every copy as it is (docs/operations.md, diverged)")
