"""What can go wrong with archived segments.

ShopfloorError
└── ArchivingError
    ├── NoArchive               no place for archived segments has been named
    ├── OtherArchive            the ledger's segments are in another place than the one that is named
    ├── UnusableArchive         the place cannot be read or written
    ├── ArchiveLibraryMissing   the address needs a library that is not installed
    ├── ArchivedPartMissing     a segment's file is not there
    ├── ArchivedPartAltered     a segment's file is not what was archived
    ├── FutureSegment           a segment of a newer version's format
    ├── MonthNotSealed          a month has records that no signed seal covers
    ├── LedgerNotAsSealed       the ledger no longer is what was sealed
    ├── LedgerInUse             readers did not let go of the ledger in time
    ├── HistoryMoved            records moved into the archive while they were read
    └── OtherArchiving          another process is archiving
"""

from event_store.errors import ShopfloorError


class ArchivingError(ShopfloorError):
    """Something with archived segments."""


class NoArchive(ArchivingError):
    """No place for archived segments has been named."""

    exit_status = 2

    def __init__(self) -> None:
        super().__init__(
            "no place for archived segments is named; set SHOPFLOOR_ARCHIVE to a folder or to s3://bucket/path"
        )


class OtherArchive(ArchivingError):
    """The ledger's segments are in another place than the one that is named."""

    exit_status = 2

    def __init__(self, known: str, named: str) -> None:
        super().__init__(
            f"this ledger's segments are in {known} and not in {named}; set SHOPFLOOR_ARCHIVE to it, or copy them and "
            "say so with `shopfloor archive --moved-to`"
        )


class UnusableArchive(ArchivingError):
    """The place cannot be read or written."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"the archive at {address} cannot be used: {why}; correct SHOPFLOOR_ARCHIVE, or the place itself"
        )


class ArchiveLibraryMissing(ArchivingError):
    """The address needs a library that is not installed."""

    exit_status = 2

    def __init__(self, address: str) -> None:
        super().__init__(
            f"the archive at {address} needs the package obstore; install it (`pip install 'shopfloor[archive]'`)"
        )


class ArchivedPartMissing(ArchivingError):
    """A segment's file is not there."""

    def __init__(self, file: str, place: str, first: int, last: int) -> None:
        super().__init__(
            f"archived records {place}/{first} to {last} are missing: {file} is not there; put the file back, "
            "or say where the archive is now (`shopfloor archive --moved-to`)"
        )


class ArchivedPartAltered(ArchivingError):
    """A segment's file is not what was archived."""

    def __init__(self, file: str, place: str, first: int, last: int) -> None:
        super().__init__(
            f"archived records {place}/{first} to {last} are not what was archived: {file} was altered; "
            "put a good copy in its place"
        )


class FutureSegment(ArchivingError):
    """A segment of a newer version's format."""

    def __init__(self, file: str, found: str, known: str) -> None:
        super().__init__(f"{file} has the format {found}, this version reads {known}; upgrade Shopfloor")


class MonthNotSealed(ArchivingError):
    """A month has records that no signed seal covers."""

    def __init__(self, month: str, place: str, offset: int) -> None:
        super().__init__(
            f"{month} stays in the ledger: {place}/{offset} is not sealed yet; run `shopfloor sealer --once` first"
        )


class LedgerNotAsSealed(ArchivingError):
    """The ledger no longer is what was sealed."""

    def __init__(self, position: str) -> None:
        super().__init__(
            f"{position}: the ledger's record is not the one that was sealed; nothing is archived, "
            "keep the database as it is and compare it with an earlier export"
        )


class LedgerInUse(ArchivingError):
    """Readers did not let go of the ledger in time."""

    def __init__(self, month: str) -> None:
        super().__init__(
            f"{month} is in the archive but could not be taken out of the ledger, which long queries hold; "
            "run the same again when it is quieter"
        )


class HistoryMoved(ArchivingError):
    """Records moved into the archive while they were read."""

    def __init__(self) -> None:
        super().__init__("records moved into the archive while they were read; run the same again")


class OtherArchiving(ArchivingError):
    """Another process is archiving."""

    def __init__(self) -> None:
        super().__init__("another process is archiving this ledger; let it finish")
