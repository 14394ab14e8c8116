"""One POST: over TLS or to the loopback, and never longer than its patience."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from event_store.publishing import http
from event_store.publishing.errors import UnsafeAddress
from event_store.publishing.http import demand_safe, post


@pytest.mark.parametrize(
    "address",
    ["http://example.com/", "ftp://example.com/", "https:///x", "x", "http://127.0.0.1.example.com", "https://a:b@c/"],
)
def test_a_checkpoint_goes_over_tls_or_nowhere(address: str) -> None:
    with pytest.raises(UnsafeAddress):
        demand_safe(address)


@pytest.mark.parametrize(
    "address", ["https://example.com/x?y=1", "http://127.0.0.1:80/", "http://[::1]/", "http://localhost"]
)
def test_the_loopback_address_needs_no_tls(address: str) -> None:
    assert demand_safe(address) == address


@contextmanager
def dripping(answer: bytes) -> Iterator[str]:
    """Serve an answer byte by byte, each within anybody's patience; yield the address."""
    enough = threading.Event()

    def drip() -> None:
        client, _ = server.accept()
        with client:
            for byte in answer:
                if enough.wait(0.02):
                    return
                try:
                    client.sendall(bytes([byte]))
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        enough.set()
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20, b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b"." * 100],
    ids=["head", "body"],
)
def test_a_receiver_that_drips_is_left_when_the_patience_for_all_of_it_is_over(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PATIENCE_S", 0.4)

    with dripping(answer) as address, pytest.raises(TimeoutError, match=r"no whole answer within 0\.4 seconds"):
        post(address, b"a checkpoint", {})
