"""What can go wrong with packing an archive, and with reading one.

ShopfloorError
├── UnpackableName     a name that does not fit the archive's format
├── ArchiveUnusable    the verifier does not accept it, or it cannot be opened
└── CutArchive         it does not reach back to the beginning of the record
"""

from pathlib import Path

from event_store.errors import ShopfloorError


class UnpackableName(ShopfloorError):
    """A name that does not fit the archive's format."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"{name!r} has more than the {limit} bytes of an archive's names; use a shorter topic prefix")


class ArchiveUnusable(ShopfloorError):
    """The verifier does not accept an archive, or it cannot be opened."""

    def __init__(self, path: Path, why: str, exit_status: int) -> None:
        super().__init__(f"{path} cannot be used: {why}")
        self.exit_status = exit_status


class CutArchive(ShopfloorError):
    """An archive that does not reach back to the beginning of the record."""

    exit_status = 2

    def __init__(self, path: Path, place: str, first: int) -> None:
        super().__init__(
            f"{path} begins at leaf {first} of {place}; read models are folded from the beginning of the record, so "
            "export again without --from"
        )
