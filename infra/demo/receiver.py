"""The demo's subscriber: it takes what is sent, and lets the library of Standard Webhooks say who sent it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

from infra.local.ports import LOOPBACK

LARGEST = 1_000_000
SECRET_PATIENCE_S = 10.0
"""The challenge may come before whoever subscribed has read the secret."""


class Receiver:
    """Listens on the loopback address until the context ends; which messages came, by their ids."""

    def __init__(self) -> None:
        self.taken: dict[str, Any] = {}
        """The body of each message whose signature is right."""
        self.refused = 0
        self._webhook: Webhook | None = None
        self._has_secret = threading.Event()
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    def trust(self, secret: str) -> None:
        """Take messages that are signed by this secret."""
        self._webhook = Webhook(secret)
        self._has_secret.set()

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer to a message."""
        self._has_secret.wait(SECRET_PATIENCE_S)
        if self._webhook is None:
            return 503, b""
        try:
            said = self._webhook.verify(body, headers)
        except WebhookVerificationError:
            self.refused += 1
            return 401, b""
        if "challenge" in said:
            return 200, msgspec.json.encode({"challenge": said["challenge"]})
        self.taken[headers["webhook-id"]] = said
        return 204, b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SECRET_PATIENCE_S

        def do_POST(self) -> None:
            length = min(LARGEST, int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = receiver.take(headers, self.rfile.read(length))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler
