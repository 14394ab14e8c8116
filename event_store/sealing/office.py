"""What an operator asks of the sealed record: seal it now, take a range of it out, prove one event."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from psycopg import Connection, IsolationLevel

from event_store.archive.reading import HOLD
from event_store.checkpoints import KeyFolder
from event_store.database import connect_blocking, outages_told
from event_store.export import Sealed, pack
from event_store.sealing.errors import ArchiveRefused, UnwritableArchive
from event_store.sealing.extract import Extract, Range
from event_store.sealing.sealed_record import SealedRecord
from event_store.sealing.sealer import Sealer, sealed_now
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import VerifierError
from event_store.verifier.export import Checked, verify_export
from event_store.verifier.notes import read_key

ROLE = "shopfloor_sealer"


HaveWitnessed = Callable[[Connection[Any]], object]


def _nobody(_: Connection[Any]) -> None:
    return


class Office:
    """One database's sealed record of a topic, with the keys that sign it; opens a connection for each request."""

    def __init__(self, database: str, topic: str, keys: KeyFolder, have_witnessed: HaveWitnessed = _nobody) -> None:
        """`have_witnessed` asks witnesses to cosign the newest checkpoint, before it goes out."""
        self._database = database
        self._have_witnessed = have_witnessed
        self._topic = topic
        self._keys = keys

    def seal(self) -> tuple[Sealed, bool]:
        """Seal what the ledger holds; return the newest seal, and whether it was made now."""
        with self.connection() as connection:
            made = Sealer(connection, self._topic, self._keys.ready(), self._keys.signed()).seal(sealed_now())
            return made or SealedRecord(connection, self._topic).newest, made is not None

    def _seal_for_others(self) -> None:
        self.seal()
        with self.connection() as connection:
            self._have_witnessed(connection)

    def export(self, wanted: Range, path: Path) -> Checked:
        """Seal, write a range as an archive, and let the verifier check it; a file that was there is replaced."""
        self._seal_for_others()
        pinned = read_key(str(self._keys.signing()[0].verifier))
        with _replacing(path) as out, self._snapshot() as connection:
            pack(Extract(connection, self._topic, wanted).contents(self._keys.public()), self._keys.signing(), out)
            try:
                return verify_export(Archive(out), [pinned])
            except VerifierError as problem:
                raise ArchiveRefused(str(problem)) from problem

    def prove(self, event_id: str, path: Path) -> None:
        """Seal, and write the proof of an applied event; a file that was there is replaced."""
        self._seal_for_others()
        with self._snapshot() as connection:
            proof = SealedRecord(connection, self._topic).prove(event_id, self._keys.public())
        with _replacing(path) as out:
            out.write(proof)

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """Yield a connection that commits by itself; raises `DatabaseUnreachable`."""
        with outages_told(), connect_blocking(self._database, ROLE) as connection:
            yield connection

    @contextmanager
    def _snapshot(self) -> Iterator[Connection[Any]]:
        with self.connection() as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction():
                connection.execute(HOLD)  # before the first look, so that no month leaves the ledger behind its back
                yield connection


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the path's place when everything went well, and is gone otherwise."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise UnwritableArchive(path, problem.strerror or str(problem)) from problem
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as problem:
        raise UnwritableArchive(path, problem.strerror or str(problem)) from problem
    finally:
        unfinished.unlink(missing_ok=True)
