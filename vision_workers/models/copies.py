"""Copies of model folders: only plain files that lie in them, whole or not at all."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from vision_workers.models.errors import UnreadableModel

MOST_BYTES = 20_000_000_000
PLAIN = "copy plain files into the folder, and take all else out of it"


def demand_plain_file(file: Path) -> None:
    """Raise `UnreadableModel` for a device, a pipe or the like: one would be read without end."""
    if file.exists() and not stat.S_ISREG(file.stat().st_mode):
        raise UnreadableModel(file.parent, f"{file.name} is no plain file", PLAIN)


def files_of(folder: Path) -> list[Path]:
    """Return a model folder's files, links to others of them included. Raises `UnreadableModel` for all else."""
    return list(_files(folder, folder))


def copy_folder(folder: Path, target: Path) -> None:
    """Copy a model folder's files; links become files. Raises `UnreadableModel`."""
    files = files_of(folder)
    if (size := sum(file.stat().st_size for file in files)) > MOST_BYTES:
        raise UnreadableModel(folder, f"its files have {size / 1e9:.0f} GB", "take out what is no part of the model")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as unfinished:
        copied = Path(unfinished) / target.name
        copied.mkdir()
        for file in files:
            place = copied / file.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        copied.rename(target)


def _files(inner: Path, folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(inner), key=lambda entry: entry.name):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path, folder)
        else:
            if not os.path.realpath(path).startswith(f"{os.path.realpath(folder)}{os.sep}"):
                raise UnreadableModel(folder, f"{path.name} leads out of the folder", PLAIN)
            if not os.path.exists(path):  # noqa: PTH110 - a loop of links is none, and no error
                raise UnreadableModel(folder, f"{path.name} is a link to nothing", PLAIN)
            demand_plain_file(path)
            yield path
