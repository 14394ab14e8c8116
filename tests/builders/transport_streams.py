"""A camera on the network that sends a video file as an MPEG transport stream, in its own time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.builders.videos import packets_of

FRAME_S = 0.03


@contextmanager
def sent_as_stream(path: Path) -> Iterator[str]:
    """Serve a transport stream frame by frame to each who asks, and yield its address; it hangs up at the end."""
    content, places = path.read_bytes(), [at for at, _ in packets_of(path)]
    parts = [content[begin:end] for begin, end in zip([0, *places[1:]], [*places[1:], len(content)], strict=True)]

    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            try:
                for part in parts:
                    self.wfile.write(part)
                    time.sleep(FRAME_S)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/door.ts"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
