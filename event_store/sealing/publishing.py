"""Checkpoints put where others keep them: what only we hold proves nothing against us."""

from pathlib import Path

from event_store.checkpoints import encode_seal
from event_store.export import Sealed
from event_store.sealing.errors import Unpublishable

NEWEST = "checkpoint"


def publish(sealed: Sealed, folder: Path) -> None:
    """Put a checkpoint and its seal into a folder, `checkpoint` being the newest; files that are there stay.

    Raises `Unpublishable`.
    """
    size = sealed.seal.number + 1
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)  # whoever wants to check them may read them
        for name, content in ((f"{size}.note", sealed.note), (f"{size}.seal", encode_seal(sealed.seal))):
            if not (folder / name).exists():
                _write(folder / name, content)
        _write(folder / NEWEST, sealed.note)
    except OSError as problem:
        raise Unpublishable(folder, problem.strerror or str(problem)) from problem


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_bytes(content)
    unfinished.chmod(0o644)
    unfinished.replace(path)
