"""Fetches a published model: from its origin, or from a folder that holds the same files."""

import hashlib
import shutil
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from vision_workers.models.description import Download, ModelDescription
from vision_workers.models.errors import ModelDigestMismatch, ModelExists, PullFailed
from vision_workers.models.folder import DESCRIPTION, Model, read_model_folder
from vision_workers.models.registry import PUBLISHED, Models

CHUNK_BYTES = 1 << 18
QUIET_S = 30.0
"""A server that says nothing for so long is given up; what has arrived is kept for the next try."""
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416


def pull(models: Models, name: str, source: Path | None = None) -> Model:
    """Fetch a published model into the user's folder, from `source` if given, and return it; raises a `ModelError`.

    A download that was cut off is resumed by the next call. Nothing is put in place before every digest is right.
    """
    publication = models.publication(name)
    target = models.user_folder / name
    if target.exists():
        raise ModelExists(name, target)
    partial = models.user_folder / f".{name}.partial"
    partial.mkdir(parents=True, exist_ok=True)
    for download in publication.download:
        if source is None:
            _fetch(publication, download, partial)
        else:
            shutil.copyfile(_find(publication, download, source), partial / download.file)
            _accept(download, partial / download.file)
    shutil.copyfile(PUBLISHED / f"{name}.toml", partial / DESCRIPTION)
    partial.rename(target)
    return read_model_folder(target)


def _find(publication: ModelDescription, download: Download, source: Path) -> Path:
    precisions = ("", "FP16", "FP16-INT8", "FP32")
    places = [source / inner / precision for inner in ("", publication.name) for precision in precisions]
    found = [place / download.file for place in places if (place / download.file).is_file()]
    if not found:
        raise PullFailed(publication.name, download.file, f"not in {source}, nor in {publication.name}/ below it")
    return next((path for path in found if _digest(path) == download.sha256), found[0])


def _fetch(publication: ModelDescription, download: Download, folder: Path) -> None:
    file = folder / download.file
    if file.is_file() and _digest(file) == download.sha256:
        return
    unfinished = file.with_name(f"{file.name}.unfinished")
    have = unfinished.stat().st_size if unfinished.exists() else 0
    try:
        _append(download, unfinished, have)
    except HTTPError as problem:
        if problem.code == RANGE_NOT_SATISFIABLE:
            unfinished.unlink()
        raise PullFailed(publication.name, download.file, f"the server says {problem.code}") from problem
    except (URLError, OSError, HTTPException) as problem:
        reason = getattr(problem, "reason", None) or problem
        raise PullFailed(publication.name, download.file, str(reason)) from problem
    size = unfinished.stat().st_size
    if size < download.size:
        raise PullFailed(publication.name, download.file, f"cut off after {size} of {download.size} bytes")
    _accept(download, unfinished)
    unfinished.rename(file)


def _append(download: Download, file: Path, have: int) -> None:
    if have >= download.size:
        return
    headers = {"Range": f"bytes={have}-"} if have else {}
    request = Request(download.address, headers=headers)  # noqa: S310 - the address is in the committed manifest
    with urlopen(request, timeout=QUIET_S) as response:  # noqa: S310 - the same
        resumed = have > 0 and response.status == PARTIAL_CONTENT
        with file.open("ab" if resumed else "wb") as into:
            room = download.size - (have if resumed else 0) + 1
            while room > 0 and (chunk := response.read(min(CHUNK_BYTES, room))):
                into.write(chunk)
                room -= len(chunk)


def _accept(download: Download, file: Path) -> None:
    found = _digest(file)
    if found != download.sha256:
        file.unlink()
        raise ModelDigestMismatch(download.file, download.sha256, found)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
