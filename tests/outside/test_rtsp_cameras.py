"""Cameras behind a real RTSP server, watched by a real worker: cut off, restored, and never quoted with a password."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Self

import cv2
import msgspec
import pytest

from event_store.envelope import Envelope
from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.serialization import decode
from tests.builders.go_programs import go_program
from tests.builders.networks import blob_finder, save_model
from tests.builders.watching import layout, layout_file
from tests.builders.working import until
from vision_workers.cameras import LiveSource, live
from vision_workers.cameras.captures import open_live
from vision_workers.cameras.errors import LiveSourceDown
from vision_workers.worker.status import CameraStatus, WorkerStatus, status_path

SOURCES = Path(__file__).parent / "rtsp"
WALKER = SOURCES / "walker.ts"
"""The film of tests.builders.films, in H.264."""
DEMO_CLIP = Path(__file__).parents[2] / "infra" / "demo" / "entrance.mp4"
SILENCE_S = "2"
USER, PASSWORD = "till", "abra/cadabra"
QUOTED = "abra%2Fcadabra"

pytestmark = pytest.mark.outside


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The RTSP server, built; skips where there is no Go, or where its modules cannot be had."""
    return go_program(SOURCES, tmp_path_factory.mktemp("go") / "rtsp", "no RTSP server to watch")


class RtspServer:
    """Serves films on a port of its own; comes back on the same one."""

    def __init__(self, program: Path, films: dict[str, Path], *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        named = [f"{name}={path}" for name, path in films.items()]
        self._command = [str(program), "-address", self.address, "-user", USER, "-password", PASSWORD, *options, *named]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.on()
        return self

    def __exit__(self, *_: object) -> None:
        self.off()

    def on(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"

    def off(self) -> None:
        """Kill it, as a cut cable would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def camera(self, name: str, account: str = f"{USER}:{QUOTED}@") -> str:
        return f"rtsp://{account}{self.address}/{name}"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of the demo's clip as JPEG pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    clip = cv2.VideoCapture(str(DEMO_CLIP))
    for number in range(40):
        there, picture = clip.read()
        assert there
        cv2.imwrite(str(folder / f"{number:03}.jpg"), picture)
    return folder


class WatchedShop:
    """A worker process without a broker: what it found is in its spool."""

    def __init__(self, folder: Path, *sources: str) -> None:
        self._folder, self._data = folder, folder / "data"
        model = str(save_model(blob_finder(), folder / "blobs"))
        file = layout_file(folder / "shop.toml", layout("door", "entrance", sources=sources, model=model))
        nobody = {"SHOPFLOOR_KAFKA": "127.0.0.1:1", "SHOPFLOOR_SILENCE_S": SILENCE_S, "SHOPFLOOR_LOG_LEVEL": "INFO"}
        with (folder / "said").open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.cli", "worker", "--layout", str(file)],
                env=os.environ | nobody | {"SHOPFLOOR_DATA": str(self._data)},
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def facts(self) -> list[Envelope]:
        file, query = self._data / "spool" / "worker.sqlite", "SELECT record FROM waiting WHERE channel = 'events'"
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as spool:
                rows = spool.execute(f"{query} ORDER BY rowid").fetchall()
        except sqlite3.OperationalError:
            return []  # it is being made
        return [decode(record) for (record,) in rows]

    def kinds(self, after: str | None = None) -> list[str]:
        """Return the names of the facts about the door's camera, all or those after the last one so named."""
        events = [each.event for each in self.facts()]
        names = [type(each).__name__ for each in events if getattr(each, "camera_id", None) == "door"]
        return names[len(names) - names[::-1].index(after) :] if after else names

    def camera(self, camera_id: str) -> CameraStatus | None:
        file = status_path(self._data, "worker")
        if not file.exists():
            return None
        told = msgspec.json.decode(file.read_bytes(), type=WorkerStatus)
        return next(each for each in told.cameras if each.camera_id == camera_id)

    def frames(self, camera_id: str) -> int:
        camera = self.camera(camera_id)
        return camera.frames if camera else 0

    def stop(self) -> None:
        self._process.terminate()
        assert self._process.wait(20) == 0, self.said()

    def said(self) -> str:
        return (self._folder / "said").read_text()

    def written(self) -> bytes:
        """Return every byte that the worker wrote anywhere."""
        return b"\n".join(
            path.read_bytes() for path in [self._folder / "said", *self._data.rglob("*")] if path.is_file()
        )


@pytest.fixture
def recorder(program: Path) -> Iterator[RtspServer]:
    with RtspServer(program, {"door": WALKER}) as recorder:
        yield recorder


def test_an_rtsp_camera_that_is_cut_off_is_dark_and_comes_back_while_others_go_on(
    program: Path, recorder: RtspServer, pictures: Path, tmp_path: Path
) -> None:
    with RtspServer(program, {"entrance": pictures}) as other:
        shop = WatchedShop(tmp_path, recorder.camera("door"), other.camera("entrance"))
        until(lambda: "ShopperEntered" in shop.kinds() and shop.frames("entrance"))
        recorder.off()
        until(lambda: shop.kinds()[-1:] == ["CameraDark"])
        went_dark = shop.frames("entrance")
        until(lambda: shop.frames("entrance") > went_dark + 10)
        recorder.on()
        until(lambda: "ShopperEntered" in shop.kinds(after="CameraDark"))
        shop.stop()

    events = [each.event for each in shop.facts()]
    dark = [each for each in events if isinstance(each, CameraDark) and each.camera_id == "door"][-1]
    restored = [each for each in events if isinstance(each, CameraRestored) and each.camera_id == "door"][-1]
    online = {each.camera_id: (each.width_px, each.height_px) for each in events if isinstance(each, CameraOnline)}
    assert (dark.silence_ms, restored.dark_since) == (2000, dark.time)
    assert "refuses the connection" in dark.cause
    assert online == {"door": (256, 128), "entrance": (640, 360)}
    for secret in (PASSWORD, QUOTED):
        assert secret.encode() not in shop.written()


@pytest.mark.parametrize(
    ("camera", "account", "expected"),
    [
        ("door", f"{USER}:wrong-one@", "refuses the user or the password"),
        ("door", "", "asks for a user and a password"),
        ("yard", f"{USER}:{QUOTED}@", "has no such stream"),
    ],
    ids=["wrong password", "no password", "wrong path"],
)
def test_an_rtsp_server_that_refuses_is_quoted(recorder: RtspServer, camera: str, account: str, expected: str) -> None:
    with pytest.raises(LiveSourceDown, match=expected) as down:
        open_live(recorder.camera(camera, account), 2000)

    assert "wrong-one" not in str(down.value)
    assert "127.0.0.1" not in str(down.value)


def test_an_rtsp_server_that_sends_nothing_does_not_hold_the_worker(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "READ_PATIENCE_MS", 1000)
    with RtspServer(program, {"door": WALKER}, "-mute") as mute:
        source = LiveSource("door", mute.camera("door"))
        reading = threading.Thread(target=lambda: list(source.frames()))
        reading.start()
        until(lambda: source.trouble is not None)
        source.stop()
        reading.join(10)

    assert not reading.is_alive()
    assert "sends no picture" in str(source.trouble)
