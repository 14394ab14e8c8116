"""The folder of a language model that writes reports: what it says of itself, and that its files are those it names."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from graphql_api.reports.errors import UnusableWriter

DESCRIPTION = "writer.toml"
FILES = ("config.json", "openvino_model.bin", "openvino_model.xml", "tokenizer.json", "tokenizer_config.json")
MODELS = Path(__file__).parent / "model"


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `writer.toml` says."""

    name: str
    language: str
    licence: str
    origin: str
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    """SHA-256 of the files one after the other, in the order of their names."""


class WriterFolder(msgspec.Struct, frozen=True):
    """A model's folder whose files are all there and are the described ones."""

    path: Path
    description: Description


def read_writer(path: Path) -> WriterFolder:
    """Read a folder; raises `UnusableWriter`."""
    try:
        description = msgspec.toml.decode((path / DESCRIPTION).read_bytes(), type=Description)
    except FileNotFoundError:
        raise UnusableWriter(path, f"it has no {DESCRIPTION}") from None
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as problem:
        raise UnusableWriter(path, f"{DESCRIPTION} cannot be read: {' '.join(str(problem).split())}") from problem
    if digest_of(path) != description.digest:
        raise UnusableWriter(path, "its files are not those that it was described with")
    return WriterFolder(path, description)


def digest_of(path: Path) -> str:
    """Return the digest of a folder's files; raises `UnusableWriter` where one is missing."""
    digest = hashlib.sha256()
    for name in FILES:
        try:
            digest.update((path / name).read_bytes())
        except OSError as problem:
            raise UnusableWriter(path, f"{name} cannot be read: {problem.strerror}") from problem
    return digest.hexdigest()


@lru_cache
def default_writer(language: str) -> WriterFolder:
    """Return the writer of a language that comes with Shopfloor."""
    return read_writer(MODELS / language)
