"""Evidence pictures: a folder for each subject, `ORGANISATION/STORE/visit/ID/…`."""

import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from event_store.erasure.errors import PicturesStuck
from event_store.erasure.subjects import Subject


class Evidence:
    """The folder of evidence pictures; none is fine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pictures(self, subject: Subject) -> list[Path]:
        """Return the pictures of a subject, in every store of its organisation."""
        return [path for folder in self._homes(subject) for path in _files(folder)]

    def holders(self, kind: str, name: str) -> set[tuple[str, str]]:
        """Return organisation and store of all pictures of a subject, given as kind and id."""
        homes = self._folder.glob(f"*/*/{kind}/{name}")
        return {(home.parents[2].name, home.parents[1].name) for home in homes}

    def stores(self, subject: Subject) -> set[str]:
        """Return the stores that have pictures of a subject."""
        return {home.parent.parent.name for home in self._homes(subject)}

    def set_aside(self, subject: Subject) -> int:
        """Put a subject's pictures where nobody finds them or adds to them; return how many lie there now."""
        for home in self._homes(subject):
            aside = home.parent.parent / _aside(subject)
            try:
                aside.mkdir(exist_ok=True)
                home.rename(aside / f"{len(list(aside.iterdir()))}")
            except OSError as problem:
                raise PicturesStuck(home, problem.strerror or str(problem)) from problem
        return sum(1 for folder in self._set_aside(subject) for _ in _files(folder))

    def remove(self, subject: Subject) -> None:
        """Remove what was set aside."""
        for folder in self._set_aside(subject):
            try:
                shutil.rmtree(folder)
            except OSError as problem:
                raise PicturesStuck(folder, problem.strerror or str(problem)) from problem

    def _homes(self, subject: Subject) -> list[Path]:
        return sorted(self._folder.glob(f"{subject.organisation}/*/{subject.kind}/{subject.id}"))

    def _set_aside(self, subject: Subject) -> list[Path]:
        return sorted(self._folder.glob(f"{subject.organisation}/*/{_aside(subject)}"))


def _aside(subject: Subject) -> str:
    return f".forgotten-{sha256(f'{subject.organisation} {subject}'.encode()).hexdigest()[:16]}"


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_symlink() or not folder.is_dir():
        yield folder
        return
    for path in sorted(folder.iterdir()):
        yield from _files(path)
