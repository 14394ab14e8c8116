"""One POST to a receiver: over TLS, without following it elsewhere, and without waiting for ever."""

import http.client
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import msgspec

from event_store.publishing.errors import UnsafeAddress

PATIENCE_S = 5.0
MOST_BYTES = 65_536


class Answer(msgspec.Struct, frozen=True):
    """What the receiver said."""

    status: int
    kind: str
    """Its content type, without parameters."""
    body: bytes


def demand_safe(address: str) -> str:
    """Return an address that checkpoints may be sent to; raises `UnsafeAddress`."""
    parts = _parts(address)
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))):
        raise UnsafeAddress(address)
    return address


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it and return the answer, whatever its status; raises OSError or HTTPException where there is none."""
    parts = urlsplit(demand_safe(address))
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection = (
        http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    )
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        kind = (answer.getheader("content-type") or "").partition(";")[0].strip().lower()
        return Answer(answer.status, kind, answer.read(MOST_BYTES))
    finally:
        connection.close()


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
