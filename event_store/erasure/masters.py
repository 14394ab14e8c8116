"""Master keys: files that wrap the keys of subjects, so that the database alone opens nothing."""

import os
import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from event_store.checkpoints.errors import UnreadableKey
from event_store.checkpoints.key_files import SECRET, make_folder, read_secret, write_key
from event_store.erasure.cipher import make_key
from event_store.erasure.errors import MasterMissing

_FORM = "shopfloor-erasure-master/1 "
_NAME = re.compile(r"erasure-(\d{4,})-[0-9a-f]{8}\.master")


class Masters:
    """The master keys of a folder; the one with the highest number wraps what is new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> tuple[str, bytes]:
        """Return name and key of the newest; makes the first one in a folder without any."""
        make_folder(self._folder)
        with FileLock(self._folder / ".lock"):
            names = self._names()
            name = names[-1] if names else self._create(1)
        return name, self.read(name)

    def add(self) -> str:
        """Make a further one, which is the newest from now on; return its name."""
        name, _ = self.newest()
        with FileLock(self._folder / ".lock"):
            return self._create(_number(name) + 1)

    def read(self, name: str) -> bytes:
        """Return a master key; raises `MasterMissing`, `ExposedKey` and `UnreadableKey`."""
        path = self._path(name)
        if not path.exists():
            raise MasterMissing(self._folder, name)
        text = read_secret(path)
        try:
            key = b64decode(text.removeprefix(_FORM), validate=True)
        except Error as problem:
            raise UnreadableKey(path, str(problem)) from problem
        if not text.startswith(_FORM) or _name(_number(name), key) != name:
            raise UnreadableKey(path, "it is not the master key that its name says")
        return key

    def destroy_all_but(self, used: Collection[str]) -> list[str]:
        """Overwrite and remove every master key that wraps nothing any longer, except the newest; return the names."""
        names = self._names()
        destroyed = [name for name in names[:-1] if name not in used]
        for name in destroyed:
            path = self._path(name)
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        return destroyed

    def _create(self, number: int) -> str:
        key = make_key()
        name = _name(number, key)
        write_key(self._path(name), _FORM + b64encode(key).decode(), SECRET)
        return name

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.master"

    def _names(self) -> list[str]:
        names = [path.stem for path in self._folder.glob("*.master") if _NAME.fullmatch(path.name)]
        return sorted(names, key=_number)


def _name(number: int, key: bytes) -> str:
    return f"erasure-{number:04d}-{sha256(key).hexdigest()[:8]}"


def _number(name: str) -> int:
    match = _NAME.fullmatch(f"{name}.master")
    return int(match[1]) if match else 0
