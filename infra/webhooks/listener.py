"""A receiver as one is meant to be: it answers challenges, checks every signature and shows what comes in."""

import asyncio
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TextIO

import msgspec

from event_store.webhooks import read_secret
from event_store.webhooks.errors import InvalidMessage
from event_store.webhooks.signatures import demand_signed
from infra.errors import PortInUse
from infra.local.ports import LOOPBACK
from projections.webhooks.messages import CHALLENGE

LARGEST = 1_000_000
REMEMBERED = 100_000
PATIENCE_S = 15.0


class Listener:
    """Takes messages that are signed by one secret, on the loopback address."""

    def __init__(self, secret: str, port: int, out: TextIO, *, as_json: bool = False) -> None:
        """Raise `InvalidSecret` where it signs nothing."""
        self._secret = read_secret(secret)
        self._port, self._out, self._as_json = port, out, as_json
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until it is told to stop; raises `PortInUse`."""
        try:
            server = ThreadingHTTPServer((LOOPBACK, self._port), _handler(self))
        except OSError as problem:
            raise PortInUse(self._port, "webhooks") from problem
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self._say(f"listening at http://{LOOPBACK}:{server.server_port}/")
        try:
            await stop.wait()
        finally:
            await asyncio.to_thread(server.shutdown)
            thread.join()
            server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer to a message."""
        try:
            demand_signed(self._secret, headers, body)
            said = msgspec.json.decode(body)
            if not isinstance(said, dict):
                raise InvalidMessage("the body is no JSON object")  # noqa: TRY301  # told as the others
        except (InvalidMessage, msgspec.DecodeError) as problem:
            self._say(f"refused: {problem}")
            return 401, b""
        if said.get("type") == CHALLENGE:
            self._say(f"challenge of {said.get('subscription')} answered")
            return 200, msgspec.json.encode({"challenge": said.get("challenge")})
        self._show(headers["webhook-id"], said, body)
        return 204, b""

    def _show(self, message_id: str, said: dict[str, Any], body: bytes) -> None:
        if self._as_json:
            self._say(body.decode())
            return
        with self._lock:
            mark = "again" if message_id in self._seen else "verified"
            self._seen[message_id] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        fact = str(said.get("type", "?")).removeprefix("shopfloor.")
        place = f"{said.get('organisation')}/{said.get('store')}"
        self._say(f"{mark}  {said.get('deliverysequence', '-')}  {fact}  {place}  {said.get('subject')}  {message_id}")

    def _say(self, line: str) -> None:
        with self._lock:
            self._out.write(f"{line}\n")
            self._out.flush()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not (length.isascii() and length.isdecimal()):
                self._answer(411, b"")
            elif int(length) > LARGEST:
                self._answer(413, b"")
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._answer(*listener.take(headers, self.rfile.read(int(length))))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if body:
                self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler
