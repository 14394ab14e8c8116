"""What can go wrong with the read models.

ShopfloorError
└── ProjectionError
    ├── RecreatedTopic        the log is not the one that the database was filled from
    ├── TooManyDeadLetters    so many records in a row cannot be applied that it is no accident
    │   └── TooLargeShareDead so many of the last records, dead and parked ones together
    ├── OutdatedProgram       the database's read models are from a newer version
    ├── RebuildRefused
    │   ├── RebuildRunning    another rebuild of it runs
    │   ├── NothingBefore     there is no build to go back to
    │   └── OtherVersion      a build of another version than this program folds
    ├── NotBuilt              a read model that this database has not got yet
    ├── WorkerCrashed         the stream library has given up
    ├── MixedDrivers          projectors of one group use different drivers
    ├── FillingFailed         a fact of the record that a read model cannot take
    ├── UnknownProjection     a name that no read model has
    ├── QueryRefused          a query that PostgreSQL does not answer
    ├── QueryTooLong          a query that took longer than it may
    ├── RefusedDecision       what a person wants to change cannot be changed; see `decision_errors`
    └── UnusableRange         a stretch of time that no answer can be given for
        ├── ArchivedRange     part of it has left the ledger
        ├── RaggedRange
        └── TooLongRange
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from event_store.envelope import Position
from event_store.errors import ShopfloorError


class ProjectionError(ShopfloorError):
    """Something between the record and the read models."""


class RecreatedTopic(ProjectionError):
    """The log is not the one that the database was filled from."""

    def __init__(self, topic: str, partition: int, why: str) -> None:
        self.partition = partition
        super().__init__(
            f"{topic} partition {partition} is not the log that this database was filled from ({why}); "
            "use that Kafka again, or an empty database"
        )


class TooManyDeadLetters(ProjectionError):
    """So many records in a row cannot be applied that it is no accident."""

    def __init__(self, topic: str, partition: int, *, count: int, offset: int, error: str) -> None:
        self.partition = partition
        super().__init__(
            f"{count} records in a row of {topic} partition {partition} cannot be applied, the last at offset {offset} "
            f"({error}); correct the cause, or go on with a higher --dead-letter-limit, or accept the loss "
            "(`shopfloor dead-letters accept`)"
        )


class TooLargeShareDead(TooManyDeadLetters):
    """So many of the last records, dead and parked ones together, cannot be applied that it is no accident."""

    def __init__(self, topic: str, partition: int, *, count: int, window: int, error: str) -> None:
        self.partition = partition
        ProjectionError.__init__(
            self,
            f"{count} of the last {window} records of {topic} partition {partition} are dead or parked, the last one "
            f"because: {error}; correct the cause (`shopfloor dead-letters list`), or go on with a higher "
            "--dead-letter-share, or accept the loss (`shopfloor dead-letters accept`)",
        )


class OutdatedProgram(ProjectionError):
    """The database's read models are from a newer version."""

    def __init__(self, projection: str, found: int, known: int) -> None:
        super().__init__(
            f"read model {projection} is at version {found} in this database, this program knows {known}; "
            "upgrade Shopfloor"
        )


class NotBuilt(ProjectionError):
    """A read model that this database has not got yet."""

    def __init__(self, projection: str, version: int) -> None:
        super().__init__(
            f"read model {projection} v{version} has not been built here; start a projector of this version, or "
            f"`shopfloor rebuild {projection}`"
        )


class RebuildRefused(ProjectionError):
    """A rebuild that cannot be done now, or not by this program."""


class RebuildRunning(RebuildRefused):
    """Another rebuild of the read model runs."""

    def __init__(self, projection: str) -> None:
        super().__init__(f"read model {projection} is being rebuilt by another process; wait for it, or stop that one")


class NothingBefore(RebuildRefused):
    """There is no build to go back to."""

    def __init__(self, projection: str) -> None:
        super().__init__(f"read model {projection} has no build before the current one; there is nothing to go back to")


class OtherVersion(RebuildRefused):
    """A build of another version than this program folds."""

    def __init__(self, projection: str, wanted: int, known: int) -> None:
        super().__init__(
            f"this program folds version {known} of read model {projection}, not version {wanted}; run the Shopfloor "
            "that has it"
        )


class WorkerCrashed(ProjectionError):
    """The stream library has given up."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(
            f"the projector's Kafka worker crashed ({type(reason).__name__}: {reason}); start it again, "
            "nothing is lost or doubled"
        )


class MixedDrivers(ProjectionError):
    """Projectors of one group use different drivers."""

    def __init__(self) -> None:
        super().__init__(
            "another projector of this installation uses another driver; give all of them the same SHOPFLOOR_DRIVER, "
            "and stop the last one of the old driver before the first of the new one starts"
        )


class FillingFailed(ProjectionError):
    """A fact of the record that a read model cannot take."""

    def __init__(
        self, projection: str, position: Position, error: str, failures: Mapping[int, str] | None = None
    ) -> None:
        self.position = position
        self.failures = failures or {position.offset: error}
        """The offset of each fact that failed, and why; more than one only where facts were on trial."""
        super().__init__(
            f"read model {projection} cannot be filled: offset {position.offset} of {position.topic} partition "
            f"{position.partition} fails ({error}); what is current stays as it is"
        )


class UnknownProjection(ProjectionError):
    """A name that no read model has."""

    exit_status = 2

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no read model {name!r}; there are {', '.join(sorted(known)) or 'none'}")


class QueryRefused(ProjectionError):
    """A query that PostgreSQL does not answer."""

    exit_status = 2

    def __init__(self, why: str) -> None:
        reason = " ".join(why.split())
        super().__init__(f"the query is refused: {reason}; write one SELECT over read models by their names")


class QueryTooLong(ProjectionError):
    """A query that took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the query ran longer than {seconds:g} s; ask for less, or give a longer --timeout")


class UnusableRange(ProjectionError):
    """A stretch of time that no answer can be given for."""

    exit_status = 2


class ArchivedRange(UnusableRange):
    """Part of a stretch of the record has left the ledger for the archive."""

    def __init__(self, place: str, last_offset: int) -> None:
        super().__init__(
            f"facts up to {place}/{last_offset} are archived and can no longer be followed from; begin behind that "
            "position, and have `shopfloor replay` give what came before"
        )


class RaggedRange(UnusableRange):
    """A stretch of time that counts by the minute can not be cut at."""

    def __init__(self, start: datetime | None, end: datetime | None) -> None:
        super().__init__(
            f"the range from {start and start.isoformat()} to {end and end.isoformat()} is not one of whole minutes; "
            "give two full minutes, the later one as the end"
        )


class TooLongRange(UnusableRange):
    """A stretch of time with more periods than an answer holds."""

    def __init__(self, start: datetime, end: datetime, period: str, limit: int) -> None:
        super().__init__(
            f"from {start.isoformat()} to {end.isoformat()} there are more than {limit} times one {period}; "
            "ask for a shorter range or a longer period"
        )
