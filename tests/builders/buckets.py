"""A server that speaks as much of S3 as putting and getting objects takes; it checks no signatures."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class Bucket(ThreadingHTTPServer):
    """Objects by their path, `/bucket/key`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.objects: dict[str, bytes] = {}
        self.refuses = False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What tells every S3 tool how to reach it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-north-1",
        }


class _Request(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    @property
    def name(self) -> str:
        return unquote(self.path.partition("?")[0])

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self.server.refuses:
            self._answer(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        else:
            self.server.objects[self.name] = content
            self._answer(200, b"")

    def do_GET(self) -> None:
        content = self.server.objects.get(self.name)
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        wanted = RANGE.fullmatch(self.headers.get("range") or "")
        if wanted is None:
            self._answer(200, content)
        else:
            first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
            self._answer(206, content[first : last + 1], f"bytes {first}-{last}/{len(content)}")

    def _answer(self, status: int, content: bytes, span: str | None = None) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.send_header("etag", '"1"')
        self.send_header("last-modified", "Sat, 21 Nov 2026 09:00:00 GMT")
        if span is not None:
            self.send_header("content-range", span)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the standard library's
        """Say nothing."""


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    """Serve until the context ends."""
    with Bucket() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
