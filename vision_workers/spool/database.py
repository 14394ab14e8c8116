"""The spool's SQLite file: its tables, and how it is opened so that a killed process loses nothing."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from vision_workers.spool.errors import SpoolDamaged, SpoolInUse, SpoolTooNew, SpoolUnusable, spool_error

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
VERSIONS = (FIRST, SECOND)
"""What each version of the file added."""


class Database:
    """One connection that both threads of a worker use in turn; held by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises a `SpoolError`."""
        self.path = path
        self._lock = threading.RLock()
        self._process_lock = FileLock(f"{path}.lock", timeout=0, thread_local=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._process_lock.acquire()
            path.open("ab").close()
        except Timeout:
            raise SpoolInUse(path) from None
        except OSError as problem:
            self._process_lock.release()
            raise SpoolUnusable(path, problem.strerror or str(problem)) from problem
        try:
            self._connection = _prepared(path)
        except BaseException:
            self._process_lock.release()
            raise

    def close(self) -> None:
        """Close the file and let others have it."""
        with self._lock:
            self._connection.close()
        self._process_lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for reading and writing: everything is kept, or nothing. Raises a `SpoolError`."""
        with self._lock:
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
