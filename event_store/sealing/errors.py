"""What can go wrong with sealing, and with what is taken from the sealed record.

ShopfloorError
└── SealingRefused
    ├── NothingSealed      nothing has been sealed yet
    ├── OtherLog           the keys are those of another log
    ├── OtherwiseSigned    the keys have signed another record under this name
    ├── LedgerBehind       the ledger does not yet have what the keys have signed
    ├── LedgerRewritten    the ledger no longer is what was sealed
    ├── UnknownEvent       no fact of that id was applied
    ├── NotSealedYet       the fact is newer than the last seal
    ├── AfterRecord        the time has not come yet
    ├── BeforeRecord       nothing was recorded before the time
    ├── NotTakenYet        the ledger may not have all that was recorded before the time
    ├── UnknownPosition    the ledger has no record there
    ├── Unpublishable      the checkpoint cannot be put where others keep it
    ├── UnwritableArchive  the file cannot be written where it should be
    └── ArchiveRefused     the verifier does not accept what was exported
"""

from datetime import datetime
from pathlib import Path

from event_store.errors import ShopfloorError


class SealingRefused(ShopfloorError):
    """Sealing, or taking something from the sealed record, was refused."""


class NothingSealed(SealingRefused):
    """Nothing has been sealed yet."""

    def __init__(self) -> None:
        super().__init__("nothing has been sealed yet; let `shopfloor sealer --once` seal what the ledger holds")


class OtherLog(SealingRefused):
    """The keys are those of another log than the one that sealed this record."""

    def __init__(self, sealed_as: str, keys_of: str) -> None:
        super().__init__(
            f"the record is sealed as {sealed_as}, the keys are of {keys_of}; point SHOPFLOOR_KEYS to its own keys"
        )


class OtherwiseSigned(SealingRefused):
    """The keys have signed another record under this name: signing this one would be a second history."""

    def __init__(self, origin: str, size: int) -> None:
        super().__init__(
            f"checkpoint {size} of {origin} was signed over other records than the ledger has; nothing more is signed: "
            "keep the database as it is and find out which record is the right one (docs/operations.md, Backups)"
        )


class LedgerBehind(SealingRefused):
    """The ledger does not yet have what the keys have signed."""

    def __init__(self, place: str, has: int, signed: int) -> None:
        super().__init__(
            f"the ledger has {has} of the {signed} records of {place} that were signed before: its database was "
            "restored; sealing goes on once a projector has taken them again from Kafka"
        )


class LedgerRewritten(SealingRefused):
    """The ledger no longer is what was sealed."""

    def __init__(self, tree: str, leaf: int) -> None:
        super().__init__(
            f"{tree}: the ledger's record of leaf {leaf} is not the one that was sealed; "
            "keep the database as it is and compare it with an earlier export"
        )


class UnknownEvent(SealingRefused):
    """No fact of that id was applied."""

    exit_status = 2

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"no applied event has the id {event_id!r}; look it up in the ledger or in an answer of the API"
        )


class NotSealedYet(SealingRefused):
    """The fact is newer than the last seal."""

    def __init__(self, position: str) -> None:
        super().__init__(f"the event at {position} is newer than the last seal; try again after the next one")


class AfterRecord(SealingRefused):
    """The time has not come yet."""

    exit_status = 2

    def __init__(self, time: datetime) -> None:
        super().__init__(f"{time.isoformat()} is in the future; name a time that has passed")


class BeforeRecord(SealingRefused):
    """Nothing was recorded before the time."""

    exit_status = 2

    def __init__(self, time: datetime, first: datetime | None) -> None:
        begins = "is empty" if first is None else f"begins at {first.isoformat()}"
        super().__init__(f"nothing was recorded before {time.isoformat()}: the record {begins}; name a later time")


class NotTakenYet(SealingRefused):
    """The ledger may not have all that was recorded before the time."""

    def __init__(self, place: str, behind: int, last: datetime | None) -> None:
        taken = "nothing" if last is None else f"what was recorded up to {last.isoformat()}"
        super().__init__(
            f"the ledger has {taken} of {place}, and {behind} records are still to be taken; let a projector take "
            "them, or name an earlier time"
        )


class UnknownPosition(SealingRefused):
    """The ledger has no record there."""

    exit_status = 2

    def __init__(self, position: str) -> None:
        super().__init__(f"the ledger has no record at {position}; name one as TOPIC/PARTITION/OFFSET")


class Unpublishable(SealingRefused):
    """The checkpoint cannot be put where others keep it."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"checkpoints cannot be published in {folder}: {why}; correct SHOPFLOOR_PUBLISH, or the folder"
        )


class UnwritableArchive(SealingRefused):
    """The file cannot be written where it should be."""

    exit_status = 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be written: {why}; name a file in a folder that exists")


class ArchiveRefused(SealingRefused):
    """The verifier does not accept what was exported."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the archive was not kept, for the ledger is not what was sealed ({why}); "
            "keep the database as it is and compare it with an earlier export"
        )
