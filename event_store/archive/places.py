"""Where segments are kept: a folder, or an address that obstore reaches (`s3://`, `gs://`, `az://`)."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from event_store.archive.errors import ArchiveLibraryMissing, UnusableArchive


class Missing(Exception):
    """There is no such file."""


class Archive(Protocol):
    """A place for files that are written once. Every method may raise `UnusableArchive`."""

    address: str

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole, so that it is there after a power cut; one that was there is replaced."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes; raises `Missing`."""

    def read_part(self, name: str, start: int, length: int) -> bytes:
        """Return a stretch of a file, or what there is of it; raises `Missing`."""


@lru_cache(maxsize=8)
def open_archive(address: str) -> Archive:
    """Return the archive at an address; raises `ArchiveLibraryMissing` and `UnusableArchive`."""
    return Bucket(address) if "://" in address else Folder(address)


class Folder:
    """Files below a folder of this machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._root = Path(address)

    def write(self, name: str, content: bytes) -> None:
        """Write beside it, then put it in its place."""
        path = self._root / name
        unfinished = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            _sync_folders(path.parent, self._root)
        except OSError as problem:
            raise UnusableArchive(self.address, problem.strerror or str(problem)) from problem
        finally:
            _forget(unfinished)

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return self.read_part(name, 0, -1)

    def read_part(self, name: str, start: int, length: int) -> bytes:
        """Return a stretch of a file."""
        try:
            with (self._root / name).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except FileNotFoundError:
            raise Missing from None
        except OSError as problem:
            raise UnusableArchive(self.address, problem.strerror or str(problem)) from problem


def _sync_folders(folder: Path, root: Path) -> None:
    """Make the names last as the files do."""
    for each in (folder, *folder.parents):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each == root:
            return


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # the folder cannot be written, which was told already
        return


class Bucket:
    """Objects below an address; credentials come from the environment, as the provider's own tools take them."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            import obstore  # noqa: PLC0415  # an extra: only who names such an address needs it
            from obstore.exceptions import BaseError  # noqa: PLC0415
            from obstore.store import from_url  # noqa: PLC0415
        except ImportError:
            raise ArchiveLibraryMissing(address) from None
        self._obstore: Any = obstore
        self._problems: tuple[type[Exception], ...] = (BaseError, OSError, ValueError)
        try:
            self._store: Any = from_url(address)
        except self._problems as problem:
            raise UnusableArchive(address, _first_line(problem)) from problem

    def write(self, name: str, content: bytes) -> None:
        """Put an object."""
        try:
            self._obstore.put(self._store, name, content)
        except self._problems as problem:
            raise UnusableArchive(self.address, _first_line(problem)) from problem

    def read(self, name: str) -> bytes:
        """Get an object."""
        return self._asked(lambda: self._obstore.get(self._store, name).bytes())

    def read_part(self, name: str, start: int, length: int) -> bytes:
        """Get a stretch of an object."""
        return self._asked(lambda: self._obstore.get_range(self._store, name, start=start, length=length))

    def _asked(self, question: Any) -> bytes:
        try:
            return bytes(question())
        except FileNotFoundError:
            raise Missing from None
        except self._problems as problem:
            raise UnusableArchive(self.address, _first_line(problem)) from problem


def _first_line(problem: Exception) -> str:
    return (str(problem) or type(problem).__name__).strip().splitlines()[0]
