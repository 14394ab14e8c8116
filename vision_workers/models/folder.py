"""A model folder: `model.toml` and the network that it describes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from vision_workers.heads import HEADS
from vision_workers.models.copies import demand_plain_file
from vision_workers.models.description import ModelDescription
from vision_workers.models.errors import ModelDigestMismatch, UnreadableModel

DESCRIPTION = "model.toml"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model whose files are all there and are the described ones."""

    folder: Path
    description: ModelDescription
    digest: str

    @property
    def name(self) -> str:
        """What settings and layouts call it."""
        return self.description.name

    @property
    def network(self) -> Path:
        """The file that OpenVINO reads."""
        return self.folder / self.description.file


def read_description(path: Path) -> ModelDescription:
    """Read a `model.toml`; raises `UnreadableModel`."""
    try:
        description = msgspec.toml.decode(path.read_bytes(), type=ModelDescription)
    except FileNotFoundError:
        raise UnreadableModel(path.parent, f"has no {path.name}") from None
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as problem:
        raise UnreadableModel(path.parent, f"{path.name} cannot be read: {_one_line(problem)}") from problem
    if description.head not in (None, *HEADS):
        cure = f"leave `head` out, or name one of: {', '.join(HEADS)}"
        raise UnreadableModel(path.parent, f"{path.name} names a head {description.head!r} that is not known", cure)
    return description


def read_model_folder(folder: Path) -> Model:
    """Return the model of a folder; raises `UnreadableModel` or `ModelDigestMismatch`."""
    if not folder.is_dir():
        raise UnreadableModel(folder, "is no folder")
    demand_plain_file(folder / DESCRIPTION)
    description = read_description(folder / DESCRIPTION)
    digest = hashlib.sha256()
    for file in _network_files(folder / description.file):
        demand_plain_file(file)
        try:
            digest.update(file.read_bytes())
        except OSError as problem:
            why = f"{file.name} cannot be read: {problem.strerror}"
            raise UnreadableModel(folder, why, "put the file there") from problem
    found = digest.hexdigest()
    if description.digest not in (None, found):
        raise ModelDigestMismatch(folder / description.file, str(description.digest), found)
    return Model(folder=folder, description=description, digest=found)


def _network_files(network: Path) -> Iterator[Path]:
    match network.suffix:
        case ".xml":
            yield network
            yield network.with_suffix(".bin")
        case ".onnx":
            yield network
        case other:
            raise UnreadableModel(
                network.parent, f"{other or network.name!r} is no network format", "use .xml or .onnx"
            )


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())
