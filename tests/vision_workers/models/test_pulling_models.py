import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.builders.networks import MODEL_TOML, SIDE, blob_finder, save_model
from vision_workers.models import Models, registry
from vision_workers.models import pull as pulling
from vision_workers.models.errors import ModelDigestMismatch, ModelExists, PullFailed, UnknownModel
from vision_workers.models.pull import pull


class Origin(ThreadingHTTPServer):
    """Serves files, and breaks off in the middle as often as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.files: dict[str, bytes] = {}
        self.break_offs = 0
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Request(BaseHTTPRequestHandler):
    server: Origin

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        until = len(content)
        if self.server.break_offs > 0:
            self.server.break_offs -= 1
            until = start + (until - start) // 2
        self.wfile.write(content[start:until])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[Origin]:
    server = Origin()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return save_model(blob_finder(), tmp_path / "elsewhere" / "blobs")


@pytest.fixture
def models(origin: Origin, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    """A registry that knows one published model, at the origin."""
    text = MODEL_TOML.format(name="blobs", head="ssd", side=SIDE)
    for name in ("blobs.xml", "blobs.bin"):
        content = (files / name).read_bytes()
        origin.files[f"/{name}"] = content
        digest = hashlib.sha256(content).hexdigest()
        text += f'\n[[download]]\nfile = "{name}"\naddress = "{origin.address}/{name}"\n'
        text += f'size = {len(content)}\nsha256 = "{digest}"\n'
    published = tmp_path / "published"
    published.mkdir()
    (published / "blobs.toml").write_text(text)
    monkeypatch.setattr(registry, "PUBLISHED", published)
    monkeypatch.setattr(pulling, "PUBLISHED", published)
    return Models(tmp_path / "mine")


def test_a_published_model_is_fetched_from_its_origin(models: Models) -> None:
    pulled = pull(models, "blobs")

    assert models.find("blobs") == pulled


def test_a_download_that_broke_off_is_resumed(models: Models, origin: Origin) -> None:
    origin.break_offs = 1
    with pytest.raises(PullFailed, match="cut off after"):
        pull(models, "blobs")
    assert list(models.folders()) == [] or "blobs" not in [folder.name for folder in models.folders()]

    pull(models, "blobs")

    assert origin.ranges[0] is None
    assert origin.ranges[1] is not None
    assert models.find("blobs").name == "blobs"


def test_a_wrong_digest_is_refused_and_nothing_is_kept(models: Models, origin: Origin) -> None:
    origin.files["/blobs.xml"] = origin.files["/blobs.xml"].replace(b"picture", b"Picture")

    with pytest.raises(ModelDigestMismatch, match="do not use it"):
        pull(models, "blobs")
    assert not list(models.user_folder.rglob("*.xml*"))
    with pytest.raises(UnknownModel):
        models.find("blobs")


def test_a_server_that_sends_more_than_was_published_is_refused(models: Models, origin: Origin) -> None:
    origin.files["/blobs.xml"] += b" "

    with pytest.raises(ModelDigestMismatch):
        pull(models, "blobs")


def test_a_file_that_the_origin_no_longer_has_is_a_clear_error(models: Models, origin: Origin) -> None:
    del origin.files["/blobs.bin"]

    with pytest.raises(PullFailed, match=r"blobs.bin could not be fetched \(the server says 404\).*--from FOLDER"):
        pull(models, "blobs")


def test_an_origin_that_cannot_be_reached_is_a_clear_error(models: Models, origin: Origin) -> None:
    origin.shutdown()
    origin.server_close()

    with pytest.raises(PullFailed, match="Connection refused"):
        pull(models, "blobs")


@pytest.mark.parametrize("inner", ["", "blobs", "blobs/FP16-INT8"])
def test_the_same_files_can_come_from_a_folder(models: Models, files: Path, tmp_path: Path, inner: str) -> None:
    source = tmp_path / "copied"
    (source / inner).mkdir(parents=True)
    for name in ("blobs.xml", "blobs.bin"):
        (source / inner / name).write_bytes((files / name).read_bytes())

    assert pull(models, "blobs", source) == models.find("blobs")


def test_a_folder_without_the_files_is_a_clear_error(models: Models, tmp_path: Path) -> None:
    with pytest.raises(PullFailed, match="not in"):
        pull(models, "blobs", tmp_path)


def test_a_model_that_is_here_is_not_pulled_over(models: Models) -> None:
    pull(models, "blobs")

    with pytest.raises(ModelExists):
        pull(models, "blobs")


def test_only_published_models_can_be_pulled(models: Models) -> None:
    with pytest.raises(UnknownModel, match="one of: blobs"):
        pull(models, "crystal-ball")
