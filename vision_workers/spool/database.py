"""The spool's SQLite file: its tables, and how it is opened so that a killed process loses nothing."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import structlog
from filelock import BaseFileLock, FileLock, Timeout

from vision_workers.spool.errors import SpoolDamaged, SpoolInUse, SpoolTooNew, SpoolUnusable, spool_error
from vision_workers.spool.presence import Presence, identity_of, make_room, written_again

log = structlog.get_logger(__name__)

FIRST = """
CREATE TABLE waiting (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    source TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE TABLE sources (          -- how far each source has come
    source TEXT PRIMARY KEY,
    stored INTEGER NOT NULL,              -- last sequence put here
    acknowledged INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (             -- what a restart needs to know
    key BLOB PRIMARY KEY,
    store TEXT NOT NULL,
    kind TEXT NOT NULL,                   -- recorded, live
    fingerprint TEXT NOT NULL,
    start TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE stays (            -- visits and zone stays that were announced and have not ended
    name TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    record BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE cameras (          -- the last frame of each camera, for stays that a restart has to end
    source TEXT PRIMARY KEY,
    last_frame TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE layouts (          -- the layout of each store that was published last
    store TEXT PRIMARY KEY,
    digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
SECOND = """
CREATE TABLE recordings (       -- how far each camera's recordings have been told
    store TEXT NOT NULL,
    camera TEXT NOT NULL,
    digest TEXT NOT NULL,                 -- of its content
    take INTEGER NOT NULL,                -- told once for each take
    start TEXT NOT NULL,                  -- the time of its first frame
    run BLOB,                             -- that tells it now
    until TEXT,                           -- the last frame that runs before this one told
    whole INTEGER NOT NULL DEFAULT 0,     -- told to its end
    PRIMARY KEY (store, camera, digest, take)
) STRICT, WITHOUT ROWID;
CREATE TABLE files (            -- digests that need not be made again
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
THIRD = """
CREATE TABLE lengths (          -- by which a recording that grew is known again
    recording TEXT PRIMARY KEY,           -- digest of its content
    pieces INTEGER NOT NULL,              -- packets or pictures
    digest TEXT NOT NULL                  -- of those
) STRICT, WITHOUT ROWID;
"""
VERSIONS = (FIRST, SECOND, THIRD)
"""What each version of the file added."""


class Database:
    """One connection that both threads of a worker use in turn; held by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises a `SpoolError`."""
        self.path = path
        self._lock = threading.RLock()
        self._process_lock = FileLock(f"{path}.lock", timeout=0, thread_local=False)
        self._lost_locks: list[BaseFileLock] = []
        """Of files that were removed: they hold nothing any more."""
        try:
            self._hold()
            again = written_again(path)
            if again.exists() and not path.exists():  # a rescue was cut off behind its last step but one
                again.replace(path)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as problem:
            self._process_lock.release()
            raise SpoolUnusable(path, problem.strerror or str(problem)) from problem
        try:
            self._connection = _prepared(path)
        except BaseException:
            self._process_lock.release()
            raise
        self._presence = Presence(path)

    def _hold(self) -> None:
        """Hold the file for this process; raises `SpoolInUse`."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._process_lock.acquire()
        except Timeout:
            raise SpoolInUse(self.path) from None
        self._lock_identity = identity_of(Path(self._process_lock.lock_file))

    def close(self) -> None:
        """Close the file and let others have it."""
        with self._lock:
            self._connection.close()
        for lock in (*self._lost_locks, self._process_lock):
            lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for reading and writing: everything is kept, or nothing. Raises a `SpoolError`.

        A file that was removed or replaced meanwhile is written again first.
        """
        with self._lock:
            if not self._connection.in_transaction and self._presence.is_lost():
                self._write_again()
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as problem:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(problem, sqlite3.Error):
                    raise spool_error(self.path, problem) from problem
                raise

    def _write_again(self) -> None:
        """Give all that the open file holds its name again; the system keeps it readable for as long as it is open."""
        again = written_again(self.path)
        unfinished = again.with_suffix(".unfinished")
        try:
            if identity_of(Path(self._process_lock.lock_file)) != self._lock_identity:
                self._lost_locks.append(self._process_lock)
                self._process_lock = FileLock(f"{self.path}.lock", timeout=0, thread_local=False)
                self._hold()
            unfinished.unlink(missing_ok=True)
            os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(unfinished)) as copy:
                self._connection.backup(copy)
            unfinished.replace(again)
            self._connection.close()  # before there is another one, since it removes files by their names
            make_room(self.path)
            again.replace(self.path)
            self._connection = _prepared(self.path)
        except OSError as problem:
            raise SpoolUnusable(self.path, problem.strerror or str(problem)) from problem
        except sqlite3.Error as problem:
            raise spool_error(self.path, problem) from problem
        self._presence = Presence(self.path)
        (waiting,) = self._connection.execute("SELECT count(*) FROM waiting").fetchone()
        log.error(
            "the spool's file was removed or replaced while it was in use; all that it held was written again",
            path=str(self.path),
            waiting=waiting,
            cure="let nothing clean up or restore the data folder of a worker that runs",
        )

    def shrink(self) -> None:
        """Give freed pages back to the disk."""
        with self._lock:
            self._connection.executescript("PRAGMA incremental_vacuum")  # execute() would free a single page
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _prepared(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # what an outage filled is given back
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # safe against a killed process; no wait for the disk
        _check(path, connection)
    except BaseException as problem:
        connection.close()
        if isinstance(problem, sqlite3.Error):
            raise spool_error(path, problem) from problem
        raise
    return connection


def _check(path: Path, connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(VERSIONS):
        raise SpoolTooNew(path, version)
    for number, tables in enumerate(VERSIONS[version:], version + 1):
        connection.executescript(f"BEGIN;{tables}PRAGMA user_version = {number};COMMIT;")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise SpoolDamaged(path, str(verdict))
