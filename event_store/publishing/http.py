"""One POST to a receiver: over TLS, without following it elsewhere, and without waiting for ever."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import msgspec

from event_store.publishing.errors import UnsafeAddress

PATIENCE_S = 5.0
"""For the whole of it: finding the host, connecting, sending, and the answer to its last byte."""
MOST_BYTES = 65_536


class Answer(msgspec.Struct, frozen=True):
    """What the receiver said."""

    status: int
    kind: str
    """Its content type, without parameters."""
    body: bytes


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


def demand_safe(address: str) -> str:
    """Return an address that checkpoints may be sent to; raises `UnsafeAddress`."""
    parts = _parts(address)
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))):
        raise UnsafeAddress(address)
    return address


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it and return the answer, whatever its status; raises OSError or HTTPException where there is none.

    A socket's own patience is for each read, and looking a host up has none, so it is done in a thread that is left.
    """
    parts = urlsplit(demand_safe(address))
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection = (
        http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    )
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    answer: Future[Answer] = Future()
    line = _Line()

    def ask() -> None:
        try:
            connection.connect()
            line.open(connection.sock)
            answer.set_result(_ask(connection, path, body, headers))
        except Exception as problem:  # noqa: BLE001  # raised where it is waited for
            answer.set_exception(problem)
        finally:
            connection.close()

    threading.Thread(target=ask, daemon=True, name="post").start()
    try:
        return answer.result(PATIENCE_S)
    except TimeoutError:
        line.hang_up()
        raise TimeoutError(f"no whole answer within {PATIENCE_S:g} seconds") from None


def _ask(connection: http.client.HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection.request("POST", path, body, dict(headers))
    with connection.getresponse() as answer:  # which alone has the socket where the receiver closes after it
        kind = (answer.getheader("content-type") or "").partition(";")[0].strip().lower()
        return Answer(answer.status, kind, answer.read(MOST_BYTES))


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        sound = bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return None
    return parts if sound else None


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
