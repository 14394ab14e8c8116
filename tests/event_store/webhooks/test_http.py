"""One POST: over TLS or to the loopback, and never longer than its patience."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from event_store.webhooks import demand_allowed, http, post
from event_store.webhooks.errors import UnsafeAddress


@pytest.mark.parametrize(
    "address",
    ["http://example.com/", "ftp://example.com/", "https:///x", "x", "http://127.0.0.1.example.com", "https://a:b@c/"],
)
def test_a_checkpoint_goes_over_tls_or_nowhere(address: str) -> None:
    with pytest.raises(UnsafeAddress):
        demand_allowed(address)


@pytest.mark.parametrize(
    "address", ["https://example.com/x?y=1", "http://127.0.0.1:80/", "http://[::1]/", "http://localhost"]
)
def test_the_loopback_address_needs_no_tls(address: str) -> None:
    assert demand_allowed(address).geturl() == address


@contextmanager
def dripping(head: bytes) -> Iterator[int]:
    """Serve the beginning of an answer, then byte by byte, each within anybody's patience; yield the port."""
    enough = threading.Event()

    def drip() -> None:
        client, _ = server.accept()
        with client, suppress(OSError):
            client.sendall(head)
            while not enough.wait(0.02):
                client.sendall(b".")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            enough.set()
            thread.join()


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nx: ",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
    ],
    ids=["head", "body", "body of HTTP/1.0", "body until the close"],
)
@pytest.mark.usefixtures("no_garbage_is_collected")
def test_a_receiver_that_drips_is_left_when_the_patience_for_all_of_it_is_over(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PATIENCE_S", 0.4)

    with dripping(head) as port:
        with pytest.raises(TimeoutError, match=r"no whole answer within 0\.4 seconds"):
            post(f"http://127.0.0.1:{port}/", b"a checkpoint", {})
        until_nobody_is_connected(port)


def until_nobody_is_connected(port: int) -> None:
    deadline = time.monotonic() + 5
    while connected := [each for each in psutil.Process().net_connections() if each.raddr[1:] == (port,)]:
        assert time.monotonic() < deadline, connected
        time.sleep(0.01)


@contextmanager
def breaking_off(answer: bytes) -> Iterator[int]:
    """Serve an answer and nothing more; yield the port."""

    def serve() -> None:
        client, _ = server.accept()
        with client:
            client.recv(65_536)
            client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\ncontent-length: 100\r\n\r\n.",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n.",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"." * (http.MOST_BYTES + 1),
        b"no HTTP",
    ],
    ids=["closes", "stays", "chunks", "more than is read", "nonsense"],
)
@pytest.mark.usefixtures("no_garbage_is_collected")
def test_whatever_a_receiver_answers_its_connection_is_closed(answer: bytes) -> None:
    with breaking_off(answer) as port:
        try:
            outcome: object = post(f"http://127.0.0.1:{port}/", b"a checkpoint", {})
        except Exception as problem:  # noqa: BLE001  # kept, as whoever logs it later does
            outcome = problem

        until_nobody_is_connected(port)
        assert outcome is not None
