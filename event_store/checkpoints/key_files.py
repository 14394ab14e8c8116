"""Files that hold one key each: written whole or not at all, and refused where others can read a secret."""

import os
from pathlib import Path

from event_store.checkpoints.errors import ExposedKey, UnreadableKey

SECRET = 0o600
PUBLIC = 0o644
_OTHERS = 0o077


def make_folder(folder: Path) -> None:
    """Make a folder for keys that only its owner may enter, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_key(path: Path, text: str, mode: int) -> None:
    """Write a key file of that mode."""
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    keep_names(path.parent)


def keep_names(folder: Path) -> None:
    """Make a new name last: what a key has wrapped must not outlive it after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_secret(path: Path) -> str:
    """Return the text of a secret key file; raises `ExposedKey` and `UnreadableKey`."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & _OTHERS:
            raise ExposedKey(path, mode)
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise UnreadableKey(path, str(problem)) from problem
