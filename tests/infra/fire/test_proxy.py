"""The proxy between processes and servers passes everything on, or nothing."""

import socket
from collections.abc import Iterator

import pytest

from infra.fire.proxy import Proxy
from infra.local.ports import LOOPBACK, free_port

PATIENCE_S = 20.0
SILENCE_S = 0.2


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(PATIENCE_S)
        yield listener


@pytest.fixture
def proxy(server: socket.socket) -> Iterator[Proxy]:
    with Proxy(free_port(), server.getsockname()[1]) as proxy:
        yield proxy


@pytest.fixture
def ends(server: socket.socket, proxy: Proxy) -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two ends of a connection through the proxy: the client's and the server's."""
    with socket.create_connection((LOOPBACK, proxy.port), PATIENCE_S) as client:
        accepted, _ = server.accept()
        with accepted:
            accepted.settimeout(PATIENCE_S)
            yield client, accepted


def test_bytes_go_both_ways(ends: tuple[socket.socket, socket.socket]) -> None:
    client, server = ends
    client.sendall(b"question")

    assert server.recv(100) == b"question"
    server.sendall(b"answer")
    assert client.recv(100) == b"answer"


def test_what_was_sent_while_it_was_cut_arrives_when_it_has_healed(
    proxy: Proxy, ends: tuple[socket.socket, socket.socket]
) -> None:
    client, server = ends
    proxy.cut()
    client.sendall(b"question")
    server.settimeout(SILENCE_S)
    with pytest.raises(TimeoutError):
        server.recv(100)
    proxy.heal()
    server.settimeout(PATIENCE_S)

    assert server.recv(100) == b"question"


def test_connections_that_break_are_broken_for_both_ends(
    proxy: Proxy, ends: tuple[socket.socket, socket.socket]
) -> None:
    ends[0].sendall(b"question")
    assert ends[1].recv(100) == b"question"
    proxy.cut()
    proxy.heal(broken=True)

    for end in ends:
        with pytest.raises(ConnectionResetError):
            end.recv(100)


def test_a_server_that_is_gone_is_gone_behind_the_proxy_too(proxy: Proxy, server: socket.socket) -> None:
    server.close()

    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection((LOOPBACK, proxy.port), PATIENCE_S) as client,
    ):
        client.recv(100)


def test_who_is_turned_away_is_let_in_when_it_has_healed(
    proxy: Proxy, server: socket.socket, ends: tuple[socket.socket, socket.socket]
) -> None:
    proxy.turn_away()
    for end in ends:
        with pytest.raises(ConnectionResetError):
            end.recv(100)
    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection((LOOPBACK, proxy.port), PATIENCE_S) as client,
    ):
        client.recv(100)
    assert proxy.turned_away == 1
    proxy.heal()

    with socket.create_connection((LOOPBACK, proxy.port), PATIENCE_S) as client:
        client.sendall(b"question")
        accepted, _ = server.accept()
        with accepted:
            assert accepted.recv(100) == b"question"
