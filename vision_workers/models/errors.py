"""What can go wrong with a model before it is loaded.

ModelError
├── UnknownModel          no folder of that name
├── UnreadableModel       a folder that is no usable model
├── ModelDigestMismatch   files that are not those that were described
├── ModelExists           a folder of that name is already there
└── PullFailed            a published model that could not be fetched
"""

from collections.abc import Iterable
from pathlib import Path

from vision_workers.errors import ModelError


class UnknownModel(ModelError):
    """No folder of that name."""

    def __init__(self, name: str, known: Iterable[str], published: Iterable[str]) -> None:
        cure = f"run `shopfloor models pull {name}`" if name in published else "run `shopfloor models add FOLDER`"
        super().__init__(f"there is no model {name!r}; {cure}, or name one of: {', '.join(known) or 'none yet'}")


class UnreadableModel(ModelError):
    """A folder that is no usable model."""

    def __init__(self, folder: Path, why: str, cure: str = "docs/models.md says what a model folder holds") -> None:
        super().__init__(f"model folder {folder}: {why}; {cure}")


class ModelDigestMismatch(ModelError):
    """Files that are not those that were described."""

    def __init__(self, what: Path | str, expected: str, found: str) -> None:
        super().__init__(f"{what} has digest {found[:16]}… and not {expected[:16]}…; fetch it again, do not use it")


class ModelExists(ModelError):
    """A folder of that name is already there."""

    exit_status = 1

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(f"a model {name!r} is already in {folder}; remove that folder first to replace it")


class PullFailed(ModelError):
    """A published model that could not be fetched."""

    exit_status = 1

    def __init__(self, name: str, what: str, why: str) -> None:
        super().__init__(
            f"{name}: {what} could not be fetched ({why}); try again, or copy the files yourself "
            f"and run `shopfloor models pull {name} --from FOLDER`"
        )
