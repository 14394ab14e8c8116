"""Nothing is sent into a network that the internet does not reach, whatever its address is written like."""

import socket
from typing import Any

import pytest

from event_store.webhooks import OPERATOR, PUBLIC, Reach, demand_allowed, post
from event_store.webhooks.addresses import demand_reachable
from event_store.webhooks.errors import ForbiddenHost, UnsafeAddress, WebhookError

PROBES = (
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://192.0.0.192/",
    "https://224.0.0.1/",
    "https://[fd00:ec2::254]/",
    # and some that are none of the fifteen
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://172.31.255.255/",
    "https://[fe80::1]/",
    "https://[::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[ff02::1]/",
    "https://198.18.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://[::]/",
)


@pytest.mark.parametrize("address", PROBES)
def test_an_address_inside_of_a_network_is_refused_when_it_is_named_and_when_it_is_sent_to(address: str) -> None:
    with pytest.raises(ForbiddenHost):
        demand_reachable(address, PUBLIC)
    with pytest.raises(ForbiddenHost):
        post(address, b"a fact", {}, PUBLIC)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "https://example.com:22/",
        "https://example.com:80/",
        "https://user:word@example.com/",
        "ftp://example.com/",
        "https:///",
        "https://example.com/a b",
        "https://example.com/\r\nx: y",
        "https://exämple.com/",
        "https://example.com/" + "x" * 3_000,
        "http://127.0.0.1:8080/",
        "x",
        "",
    ],
)
def test_what_is_no_https_address_at_an_allowed_port_is_refused(address: str) -> None:
    with pytest.raises(UnsafeAddress):
        demand_allowed(address, PUBLIC)


def test_a_host_that_leads_elsewhere_by_the_time_it_is_used_is_connected_to_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = ["203.0.114.9", "127.0.0.1"]
    connected = []

    def resolve(host: str, port: int, *_: Any, **__: Any) -> Any:
        address = answers.pop(0) if host == "rebinding.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(target: tuple[str, int], *_: object) -> None:
        connected.append(target)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(ConnectionRefusedError):
        post("https://rebinding.example/", b"a fact", {}, PUBLIC)
    with pytest.raises(ForbiddenHost):
        post("https://rebinding.example/", b"a fact", {}, PUBLIC)
    assert connected == [("203.0.114.9", 443)]


@pytest.mark.parametrize("address", ["http://127.0.0.1:8799/", "http://localhost:1/", "https://[::1]:99/x"])
def test_the_switch_for_development_allows_this_machine_and_nothing_else(address: str) -> None:
    demand_reachable(address, Reach(loopback=True))

    for other in ("https://10.0.0.1/", "https://169.254.169.254/"):
        with pytest.raises(ForbiddenHost):
            demand_reachable(other, Reach(loopback=True))
    with pytest.raises(WebhookError):
        demand_reachable("http://10.0.0.1/", Reach(loopback=True))


def test_whoever_runs_the_installation_may_name_a_host_of_its_own_network_by_tls() -> None:
    assert demand_allowed("https://10.0.0.1:9000/", OPERATOR).hostname == "10.0.0.1"
    with pytest.raises(UnsafeAddress):
        demand_allowed("http://10.0.0.1:9000/", OPERATOR)
