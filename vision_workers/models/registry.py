"""Where models are found: a folder given directly, the user's folder, or those that come with Shopfloor."""

from collections.abc import Iterator
from pathlib import Path

from vision_workers.models.copies import copy_folder, files_of
from vision_workers.models.description import ModelDescription
from vision_workers.models.errors import ModelExists, UnknownModel, UnreadableModel
from vision_workers.models.folder import DESCRIPTION, Model, read_description, read_model_folder

DEFAULT_MODEL = "shopfloor-person"
"""The small person detector in this folder; a demo model, see its model card."""

BUILT_IN = Path(__file__).parent
PUBLISHED = BUILT_IN / "published"


class Models:
    """The models of one installation; the user's come before the built-in ones of the same name."""

    def __init__(self, user_folder: Path) -> None:
        self.user_folder = user_folder

    def find(self, name_or_folder: str) -> Model:
        """Return the model of that name or in that folder; raises a `ModelError`."""
        for folder in (self.user_folder / name_or_folder, BUILT_IN / name_or_folder):
            if (folder / DESCRIPTION).is_file():
                return read_model_folder(folder)
        if "/" in name_or_folder or Path(name_or_folder).is_dir():
            return read_model_folder(Path(name_or_folder))
        raise UnknownModel(name_or_folder, [folder.name for folder in self.folders()], self.published())

    def folders(self) -> Iterator[Path]:
        """Yield every model folder, by name, the user's first; their contents may still be wrong."""
        for place in (self.user_folder, BUILT_IN):
            yield from sorted(path.parent for path in place.glob(f"*/{DESCRIPTION}"))

    def add(self, folder: Path) -> Model:
        """Copy a checked model folder to the user's models; raises a `ModelError`."""
        if folder.is_dir():
            files_of(folder)
        model = read_model_folder(folder)
        target = self.user_folder / model.name
        if target.exists():
            raise ModelExists(model.name, target)
        try:
            copy_folder(folder, target)
        except OSError as problem:
            raise UnreadableModel(folder, f"cannot be copied: {problem.strerror or problem}") from problem
        return read_model_folder(target)

    def published(self) -> list[str]:
        """Return the names that `shopfloor models pull` knows."""
        return sorted(path.stem for path in PUBLISHED.glob("*.toml"))

    def publication(self, name: str) -> ModelDescription:
        """Return the description of a published model, with its downloads; raises `UnknownModel`."""
        if name not in self.published():
            raise UnknownModel(name, self.published(), [])
        return read_description(PUBLISHED / f"{name}.toml")
