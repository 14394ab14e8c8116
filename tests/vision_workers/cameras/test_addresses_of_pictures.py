"""What else stands behind the address of a camera: single pictures, and recordings."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.builders.films import film
from vision_workers.cameras.captures import open_live
from vision_workers.cameras.errors import LiveSourceDown
from vision_workers.cameras.live import LiveSource


class Camera(SimpleHTTPRequestHandler):
    """Each request for a snapshot gets a lighter picture than the one before."""

    asked = 0

    def do_GET(self) -> None:
        if not self.path.startswith("/snapshot"):
            super().do_GET()
            return
        type(self).asked += 1
        picture = np.full((120, 160, 3), 10 * self.asked, np.uint8)
        body = cv2.imencode(".png" if "png" in self.path else ".jpg", picture)[1].tobytes()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[str]:
    handler = functools.partial(type("Fresh", (Camera,), {}), directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["snapshot.jpg", "snapshot?channel=1", "snapshot.png"])
def test_an_address_of_single_pictures_is_asked_again_and_again(camera: str, path: str) -> None:
    source = LiveSource("door", f"{camera}/{path}")

    frames = list(islice(source.frames(), 3))
    source.stop()

    assert [frame.number for frame in frames] == [0, 1, 2]
    assert [frame.picture.shape for frame in frames] == [(120, 160, 3)] * 3
    greys = [int(frame.picture.mean()) for frame in frames]
    assert greys == sorted(set(greys))
    assert all(before.time < after.time for before, after in pairwise(frames))
    assert source.trouble is None


def test_a_recording_behind_an_address_is_refused_and_not_played_for_ever(camera: str, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")

    with pytest.raises(LiveSourceDown, match="is a recording of 0:00:04 and never live; download it"):
        open_live(f"{camera}/door.mp4", 5_000)
