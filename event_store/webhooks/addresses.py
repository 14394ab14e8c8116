"""Where messages may be sent: checked when an address is named, and again at each message by what its host leads to."""

import logging
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

import msgspec
from requests.exceptions import RequestException
from requests_hardened.ip_filter import get_ip_address

from event_store.webhooks.errors import ForbiddenHost, UnsafeAddress

TLS, PLAIN = 443, 80
PORTS = frozenset({TLS, 8443})
LONGEST = 2_000

logging.getLogger("requests_hardened.ip_filter").setLevel(logging.ERROR)  # the refusal is told where it is caught

Ip = IPv4Address | IPv6Address


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Which addresses may be sent to."""

    private: bool = False
    """Any host and port: whoever runs the installation named them."""
    loopback: bool = False
    """This machine too, without TLS and at any port."""


OPERATOR = Reach(private=True, loopback=True)
PUBLIC = Reach()


def demand_allowed(address: str, reach: Reach = OPERATOR) -> SplitResult:
    """Return the parts of an address that may be sent to, as far as its text tells; raises `UnsafeAddress`."""
    parts = _parts(address)
    local = parts is not None and reach.loopback and _is_loopback(parts.hostname)
    if parts is None or not (parts.scheme == "https" or (local and parts.scheme == "http")):
        raise UnsafeAddress(address, "is no https:// address of a host; only the loopback address may be http://")
    if not (local or reach.private or port_of(parts) in PORTS):
        raise UnsafeAddress(address, f"has a port other than {' and '.join(map(str, sorted(PORTS)))}")
    return parts


def port_of(parts: SplitResult) -> int:
    """Return the port, also where the address does not name it."""
    return parts.port or (TLS if parts.scheme == "https" else PLAIN)


def find_target(parts: SplitResult, reach: Reach) -> tuple[str, int]:
    """Return what to connect to, found once so that nobody changes it in between; raises `ForbiddenHost` and OSError.

    Looking a host up may take long.
    """
    host, port = parts.hostname or "", port_of(parts)
    if reach.private:
        return host, port
    try:
        ip, _ = get_ip_address(host, port, reach.loopback)
    except RequestException as problem:
        raise ForbiddenHost(host, str(problem)) from None
    except (socket.gaierror, UnicodeError) as problem:
        raise OSError(f"host {host!r} cannot be found") from problem
    if not ((reach.loopback and ip.is_loopback) or _is_public(ip)):
        raise ForbiddenHost(host, str(ip))
    return str(ip), port


def demand_reachable(address: str, reach: Reach) -> None:
    """Check an address down to what its host leads to now; a host that is not found may come later."""
    parts = demand_allowed(address, reach)
    try:
        find_target(parts, reach)
    except OSError:
        return


def _is_public(ip: Ip) -> bool:
    return ip.is_global and not (ip.is_reserved or ip.is_multicast)


def _parts(address: str) -> SplitResult | None:
    if len(address) > LONGEST or not address.isascii() or not address.isprintable() or " " in address:
        return None
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
