"""A camera on the network: MJPEG over HTTP, which can be cut off, refuse, and come back on the same port."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import cv2

from tests.builders.films import Walker, scene

FRAME_S = 0.04
CYCLE_S = 3.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    cut = False


class _Request(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        began = time.monotonic()
        try:
            while not self.server.cut:
                at_s = (time.monotonic() - began) % CYCLE_S
                _, jpeg = cv2.imencode(".jpg", scene(at_s, [Walker(begins_s=0.0, ends_s=CYCLE_S)]))
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {jpeg.size}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg.tobytes() + b"\r\n")
                time.sleep(FRAME_S)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing."""


class NetworkCamera:
    """Serves while it is on; `off` cuts every connection."""

    def __init__(self) -> None:
        self._server: _Server | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self.on()
        return self

    def __exit__(self, *_: object) -> None:
        self.off()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def on(self) -> None:
        """Serve, on the port of the first time."""
        self._server = _Server(("127.0.0.1", self._port), _Request)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def off(self) -> None:
        """Cut every connection and refuse new ones."""
        server, self._server = self._server, None
        if server is not None:
            server.cut = True
            server.shutdown()
            server.server_close()
            self._thread.join()
