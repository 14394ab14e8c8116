"""A subscriber's receiver on the loopback address: it answers challenges, checks signatures and keeps what came."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from event_store.webhooks import read_secret
from event_store.webhooks.signatures import demand_signed
from projections.webhooks.messages import CHALLENGE

Answer = tuple[int, dict[str, str]]
Decide = Callable[[dict[str, Any], int], Answer]
"""From a fact and how often it came before to status and headers."""


class Message(msgspec.Struct, frozen=True):
    """What came in."""

    id: str
    fact: dict[str, Any]
    status: int
    """What it was answered."""
    headers: dict[str, str]
    body: bytes

    @property
    def entity(self) -> str:
        return f"{self.fact['store']}/{self.fact['subject']}"


def taken(_: dict[str, Any], __: int) -> Answer:
    return 200, {}


class Subscriber:
    """Takes whatever is signed by its secret, unless told otherwise."""

    def __init__(self) -> None:
        self.secret = ""
        self.decide: Decide = taken
        self.messages: list[Message] = []
        self.forged: list[str] = []
        self.challenges = 0
        self.asked = 0
        """How many facts have come in, those that are not answered yet among them."""
        self.proves = True
        self._lock = threading.Lock()

    @property
    def accepted(self) -> list[Message]:
        """What it answered with 2xx, in the order in which it came."""
        return [each for each in list(self.messages) if each.status // 100 == 2]

    def handle(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        try:
            demand_signed(read_secret(self.secret), headers, body)
        except Exception as problem:  # noqa: BLE001  # told by the test
            self.forged.append(str(problem))
            return 401, {}, b""
        said = msgspec.json.decode(body)
        if said["type"] == CHALLENGE:
            self.challenges += 1
            return 200, {}, msgspec.json.encode({"challenge": said["challenge"]}) if self.proves else b"{}"
        with self._lock:
            self.asked += 1
            before = sum(each.id == headers["webhook-id"] for each in self.messages)
        status, more = self.decide(said, before)
        with self._lock:
            self.messages.append(Message(headers["webhook-id"], said, status, headers, body))
        return status, more, b"noted"

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Serve on a free port; yield the address."""
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, more, said = subscriber.handle(headers, self.rfile.read(int(headers["content-length"])))
                self.send_response(status)
                for name, value in {**more, "content-length": str(len(said))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
