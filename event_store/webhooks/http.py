"""One POST to a receiver: over TLS, without following it elsewhere, and without waiting for ever."""

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from urllib.parse import SplitResult

import msgspec

from event_store.webhooks.addresses import OPERATOR, Reach, demand_allowed, find_target, port_of

PATIENCE_S = 5.0
"""For the whole of it: finding the host, connecting, sending, and the answer to its last byte."""
MOST_BYTES = 65_536


class Answer(msgspec.Struct, frozen=True):
    """What the receiver said."""

    status: int
    kind: str
    """Its content type, without parameters."""
    body: bytes
    retry_after: str | None = None
    """When it wants to be asked again, as it wrote it."""


class _Line:
    """The socket of one POST, which whoever waits for the answer may end."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._given_up = False

    def open(self, connected: socket.socket) -> None:
        """Take the socket; raises `TimeoutError` where nobody waits any more."""
        self._socket = connected
        if self._given_up:
            raise TimeoutError

    def hang_up(self) -> None:
        """End whatever the thread waits for on its socket, now or once it has come to one."""
        self._given_up = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    reach: Reach = OPERATOR,
    patience_s: float | None = None,
) -> Answer:
    """Send it and return the answer, whatever its status; raises OSError or HTTPException where there is none.

    Raises `UnsafeAddress` and `ForbiddenHost` for what is out of reach.
    """
    patience = PATIENCE_S if patience_s is None else patience_s
    answer, line = _start(address, body, headers, reach, patience)
    try:
        return answer.result(patience)
    except TimeoutError:
        line.hang_up()
        raise _too_slow(patience) from None


async def post_beside(address: str, body: bytes, headers: Mapping[str, str], reach: Reach, patience_s: float) -> Answer:
    """Do the same as `post` while other work goes on."""
    answer, line = _start(address, body, headers, reach, patience_s)
    try:
        return await asyncio.wait_for(asyncio.wrap_future(answer), patience_s)
    except TimeoutError:
        raise _too_slow(patience_s) from None
    finally:
        if not answer.done():
            line.hang_up()


def _too_slow(patience: float) -> TimeoutError:
    return TimeoutError(f"no whole answer within {patience:g} seconds")


def _start(
    address: str, body: bytes, headers: Mapping[str, str], reach: Reach, patience: float
) -> tuple[Future[Answer], _Line]:
    """Send it in a thread, which can be left.

    A socket's own patience is for each read, and looking a host up has none.
    """
    parts = demand_allowed(address, reach)
    host, port = parts.hostname or "", port_of(parts)
    connection: http.client.HTTPConnection = (
        http.client.HTTPSConnection(host, port) if parts.scheme == "https" else http.client.HTTPConnection(host, port)
    )
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    answer: Future[Answer] = Future()
    answer.set_running_or_notify_cancel()  # from here on nobody takes it back
    line = _Line()

    def ask() -> None:
        try:
            _connect(connection, parts, reach, patience, line)
            answer.set_result(_ask(connection, path, body, headers))
        except Exception as problem:  # noqa: BLE001  # raised where it is waited for
            answer.set_exception(problem)
        finally:
            connection.close()

    threading.Thread(target=ask, daemon=True, name="post").start()
    return answer, line


def _connect(
    connection: http.client.HTTPConnection, parts: SplitResult, reach: Reach, patience: float, line: _Line
) -> None:
    """Connect to where the host leads now; the certificate must be the host's."""
    connection.sock = socket.create_connection(find_target(parts, reach), patience)
    if parts.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(
            connection.sock, server_hostname=parts.hostname, do_handshake_on_connect=False
        )
    line.open(connection.sock)
    if isinstance(connection.sock, ssl.SSLSocket):
        connection.sock.do_handshake()


def _ask(connection: http.client.HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection.request("POST", path, body, {"user-agent": "shopfloor", **headers})
    with connection.getresponse() as answer:  # which alone has the socket where the receiver closes after it
        kind = (answer.getheader("content-type") or "").partition(";")[0].strip().lower()
        return Answer(answer.status, kind, answer.read(MOST_BYTES), answer.getheader("retry-after"))
